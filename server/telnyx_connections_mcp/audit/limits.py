"""How much of an account's limits of connections is used."""

from collections.abc import Mapping

from telnyx_connections_mcp.telnyx.models import Counts

NEAR = 0.9
"""The share of a limit from which on it is near."""


def near_limits(account: Counts) -> str | None:
    """The limits of which 90 % are used, as in `90 of 100 (global_limit)`; None where there is none."""
    reached = reached_limits(account.counts, account.limits)
    return ", ".join(f"{used} of {limit} ({name})" for name, used, limit in reached) or None


def reached_limits(counts: Mapping[str, int], limits: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """The limits of which 90 % are used, each with how many are used and how many there may be.

    Telnyx has one `global_limit`, or a `standard_limit` beside limits of their own for TeXML and UAC.
    """
    own = {"texml_limit": "texml_applications", "uac_limit": "uac_connections"}
    used = {name: counts.get(own[name], 0) for name in limits.keys() & own.keys()}
    used["standard_limit"] = sum(counts.values()) - sum(used.values())
    used["global_limit"] = sum(counts.values())
    return [
        (name, used[name], limit)
        for name, limit in sorted(limits.items())
        if name in used and limit > 0 and used[name] >= NEAR * limit
    ]
