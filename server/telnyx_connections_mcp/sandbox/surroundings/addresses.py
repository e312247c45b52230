"""IP addresses and FQDNs: where trunks stand. The API gives neither in any order of its own."""

from collections.abc import Mapping, Sequence

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.values import generator, id_of

_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")


def ips(connections: Sequence[Row], busiest: str | None, without: str | None, seed: int) -> list[Row]:
    """One address for most IP connections, two for others and the `busiest`, none for the connection `without`."""
    random = generator(seed, "ips")
    rows: list[Row] = []
    for connection in connections:
        if connection["record_type"] == "ip_connection" and connection["id"] != without:
            for _ in range(2 if connection["id"] == busiest or random.random() < 0.25 else 1):
                rows.append(_ip(connection, len(rows), 5060 if random.random() < 0.9 else 5061))
    random.shuffle(rows)
    return rows


def _ip(connection: Row, number: int, port: int) -> Row:
    inner, last = divmod(number, 254)
    start = _NETWORKS[inner] if inner < len(_NETWORKS) else f"198.{18 + inner // 256 % 2}.{inner % 256}"  # RFC 2544
    return {
        "id": id_of(4, number),
        "record_type": "ip",
        "connection_id": connection["id"],
        "ip_address": f"{start}.{last + 1}",
        "port": port,
        "created_at": connection["created_at"],
        "updated_at": connection["updated_at"],
    }


def fqdns(connections: Sequence[Row], names: Mapping[str, Sequence[str]], seed: int) -> list[Row]:
    """A row for each of the FQDNs that `names` has for a connection."""
    rows: list[Row] = [
        {
            "id": id_of(5, number),
            "record_type": "fqdn",
            "connection_id": row["id"],
            "fqdn": name,
            "port": 5060,
            "dns_record_type": ("a", "srv")[number % 2],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
        for number, row in enumerate(connections)
        for name in names.get(row["id"], ())
    ]
    generator(seed, "fqdns").shuffle(rows)
    return rows
