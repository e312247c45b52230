"""Forty questions about an account of the sandbox, with answers computed from its data, without this server's code."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from telnyx_connections_mcp.sandbox.fleet import create_fleet

SIZE, SEED = 640, 2026
ACCOUNT = create_fleet(size=SIZE, seed=SEED)
ROWS = ACCOUNT.connections
PRIMARY, FAILOVER, PROFILE = "webhook_event_url", "webhook_event_failover_url", "outbound_voice_profile_id"
Row = dict[str, Any]


class Question(NamedTuple):
    """A question, with the form of its answer, and the answer."""

    text: str
    answer: Any


def count(holds: Callable[[Row], Any]) -> int:
    return sum(1 for row in ROWS if holds(row))


def ids(holds: Callable[[Row], Any]) -> list[str]:
    return sorted(row["id"] for row in ROWS if holds(row))


def name(row: Row) -> str:
    return str(row["connection_name"])


def host(row: Row, field: str = PRIMARY) -> str | None:
    return urlsplit(row.get(field) or "").hostname


def tags(row: Row) -> set[str]:
    return set(row.get("tags") or [])


def top(values: Iterable[Any]) -> tuple[Any, int]:
    """The most frequent value, which must be the only one, and how often it occurs."""
    (first, most), (_, second) = Counter(values).most_common(2)
    assert most > second
    return first, most


def day(row: Row, field: str = "created_at") -> datetime:
    return datetime.fromisoformat(row[field])


def _pair() -> list[Any]:
    pairs = ((one, other) for row in ROWS for one in tags(row) for other in tags(row) if one < other)
    pair, times = top(pairs)
    return [*pair, times]


def _busy_hosts() -> list[str]:
    rows = {domain: [row for row in ROWS if host(row) == domain] for domain in {host(row) for row in ROWS} - {None}}
    return sorted(
        str(domain)
        for domain, its in rows.items()
        if len(its) > 20 and sum(not row["active"] for row in its) / len(its) > 0.15
    )


def _inactive_year() -> list[Any]:
    years = {row["created_at"][:4] for row in ROWS}
    share = {
        year: sum(not row["active"] for row in its) / len(its)
        for year in years
        if (its := [row for row in ROWS if row["created_at"].startswith(year)])
    }
    year = max(share, key=lambda year: share[year])
    return [int(year), round(100 * share[year], 1)]


def _spread_profiles() -> int:
    types: dict[str, set[str]] = {}
    for row in ROWS:
        if row.get(PROFILE):
            types.setdefault(row[PROFILE], set()).add(row["record_type"])
    return sum(len(found) >= 7 for found in types.values())


def _longest_unchanged() -> list[Any]:
    row = max(ROWS, key=lambda row: day(row, "updated_at") - day(row))
    return [row["id"], (day(row, "updated_at") - day(row)).days]


PROFILES = Counter(row[PROFILE] for row in ROWS if row.get(PROFILE)).most_common()
BUSY = max(ACCOUNT.calls, key=lambda id_: len(ACCOUNT.calls[id_]))
FQDN = next(iter(ACCOUNT.fqdns.items()))
SEVENTH = ROWS[200]
NAMES = Counter(name(row).casefold() for row in ROWS)

QUESTIONS = [
    Question(
        "How many connections are there, and how many of them are inactive? [total, inactive]",
        [SIZE, count(lambda r: not r["active"])],
    ),
    Question(
        "Which type is the most frequent, and how many are of it? [record_type, count]",
        [*top(r["record_type"] for r in ROWS)],
    ),
    Question(
        "How many active connections have no primary webhook? number", count(lambda r: r["active"] and not r[PRIMARY])
    ),
    Question(
        "How many connections send their primary webhooks to hooks.globex.example? number",
        count(lambda r: host(r) == "hooks.globex.example"),
    ),
    Question(
        "Which inactive connections carry the tag pci? [ids]", ids(lambda r: not r["active"] and "pci" in tags(r))
    ),
    Question(
        "What are the ids of the five newest connections? [ids]",
        sorted(r["id"] for r in sorted(ROWS, key=lambda r: r["created_at"])[-5:]),
    ),
    Question("How many were created in 2024? number", count(lambda r: r["created_at"].startswith("2024"))),
    Question(
        "How many have not been changed since before 1 June 2023? number",
        count(lambda r: r["updated_at"] < "2023-06-01"),
    ),
    Question(
        "How many are anchored in Frankfurt? number",
        count(lambda r: r.get("anchorsite_override") == "Frankfurt, Germany"),
    ),
    Question("Which voice profile is used most, and by how many connections? [id, count]", [*PROFILES[0]]),
    Question(
        "How many active connections have no voice profile? number", count(lambda r: r["active"] and not r.get(PROFILE))
    ),
    Question(
        "How many active connections have a primary webhook but no failover? number",
        count(lambda r: r["active"] and r[PRIMARY] and not r[FAILOVER]),
    ),
    Question(
        "Which failover host is the most frequent, and on how many connections? [host, count]",
        [*top(host(r, FAILOVER) for r in ROWS if r[FAILOVER])],
    ),
    Question(
        "Which connections have credentials or a secret in a webhook URL? [ids]",
        ids(lambda r: any(sign in (r[PRIMARY] or "") for sign in ("@", "token=", "/services/"))),
    ),
    Question(
        "Which connections have a webhook that does not use https? [ids]",
        ids(lambda r: (r[PRIMARY] or "").startswith("http:")),
    ),
    Question(
        "How many names are used by more than one connection, ignoring case? number",
        sum(times > 1 for times in NAMES.values()),
    ),
    Question(
        "How many connections have büro in their name, in any case? number",
        count(lambda r: "büro" in name(r).casefold()),
    ),
    Question(
        "How many connections are named exactly main line, all in lower case? number",
        count(lambda r: name(r) == "main line"),
    ),
    Question("How many carry no tag at all? number", count(lambda r: not tags(r))),
    Question(
        "Which tag is the most frequent, and on how many connections? [tag, count]",
        [*top(tag for row in ROWS for tag in tags(row))],
    ),
    Question(f"What is the type of connection {SEVENTH['id']}? record_type", SEVENTH["record_type"]),
    Question(
        "How many active connections have the webhook API version 1, with or without a webhook? number",
        count(lambda r: r["active"] and r.get("webhook_api_version") == "1"),
    ),
    Question(
        "How many FQDN or IP connections without a tag were created before 2022? number",
        count(
            lambda r: (
                r["record_type"] in ("fqdn_connection", "ip_connection") and not tags(r) and r["created_at"] < "2022"
            )
        ),
    ),
    Question(f"Which connection is behind the FQDN {FQDN[1][0]}? id", FQDN[0]),
    Question(f"How many live calls does connection {BUSY} have? number", len(ACCOUNT.calls[BUSY])),
    Question("How many are of type fax? number", count(lambda r: r["record_type"] == "fax_application")),
    Question(
        "Which connections have a webhook to a private or local host? [ids]",
        ids(lambda r: host(r) in ("10.1.2.3", "localhost")),
    ),
    Question(
        "How many connections of the company Umbrella (in the name) are inactive? number",
        count(lambda r: "umbrella" in name(r).casefold() and not r["active"]),
    ),
    Question("How many have a tag both of prod and of eu? number", count(lambda r: {"prod", "eu"} <= tags(r))),
    Question(
        "How many connections have neither a voice profile nor a primary webhook? number",
        count(lambda r: not r.get(PROFILE) and not r[PRIMARY]),
    ),
    Question(
        "In which month of 2024 were most connections created, and how many? [month as YYYY-MM, count]",
        [*top(r["created_at"][:7] for r in ROWS if r["created_at"].startswith("2024"))],
    ),
    Question("How many connections does the third most used voice profile have? number", PROFILES[2][1]),
    Question(
        "How many voice profiles are used by connections of at least 7 different types? number", _spread_profiles()
    ),
    Question("Which two tags occur together most often, and on how many connections? [tag, tag, count]", _pair()),
    Question(
        "Which primary webhook hosts have more than 20 connections, more than 15 % of them inactive? [hosts]",
        _busy_hosts(),
    ),
    Question(
        "How many connections have a primary and a failover webhook below the same domain (the last two labels"
        " of the host)? number",
        count(
            lambda r: (
                r[PRIMARY] and r[FAILOVER] and str(host(r)).split(".")[-2:] == str(host(r, FAILOVER)).split(".")[-2:]
            )
        ),
    ),
    Question(
        "How many primary webhook URLs have a path other than /voice? number",
        count(lambda r: r[PRIMARY] and urlsplit(r[PRIMARY]).path != "/voice"),
    ),
    Question(
        "How many connections have exactly 0, 1, 2 and 3 tags? [n0, n1, n2, n3]",
        [count(lambda r, n=n: len(tags(r)) == n) for n in range(4)],
    ),
    Question(
        "For which connection did most time pass between its creation and its last change, and how many whole"
        " days? [id, days]",
        _longest_unchanged(),
    ),
    Question(
        "In which creation year is the share of inactive connections highest, and what percentage, with one"
        " decimal? [year, percent]",
        _inactive_year(),
    ),
]
