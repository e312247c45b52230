"""How much of an account's connection limits is used."""

from collections.abc import Mapping

from telnyx_connections_mcp.telnyx.models import Counts

NEAR = 0.9
"""Share of a limit from which it counts as nearly reached."""


def near_limits(account: Counts) -> str | None:
    """The limits that are 90 % used, as in `90 of 100 (global_limit)`; None if there are none."""
    reached = reached_limits(account.counts, account.limits)
    return ", ".join(f"{used} of {limit} ({name})" for name, used, limit in reached) or None


def reached_limits(counts: Mapping[str, int], limits: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """The limits that are 90 % used, each with its use and its size.

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
