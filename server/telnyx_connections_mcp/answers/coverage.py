"""Tells a model what part of the account an answer is based on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

_TOGETHER = timedelta(minutes=1)
"""What was read within this time is said to be as of the first."""
_NONE: Mapping[Kind, str] = {}
_SCHEMA = open_object(
    read="integer",
    of="integer",
    complete="boolean",
    as_of="string",
    why="string",
    cut="object",
    api_filter="object",
    also="object",
)
CoverageInfo = Annotated[
    dict[str, Any],
    WithJsonSchema(_SCHEMA),
    Field(description="read, of (absent: unknown), complete, as_of, why not, api_filter sent; also: other kinds read."),
]


def coverage_info(coverage: Coverage, api_filter: ConnectionFilter | None) -> CoverageInfo:
    """`coverage` as plain data, with the filter that was sent to Telnyx."""
    info: dict[str, Any] = {"read": coverage.read}
    if coverage.of is not None:
        info["of"] = coverage.of
    info |= {"complete": coverage.complete, "as_of": in_words(coverage.as_of)}
    if coverage.why is not None:
        info["why"] = coverage.why
    if coverage.rest_complete:
        info["left_out"] = list(coverage.left_out)
    if coverage.cut:
        info["cut"] = dict(coverage.cut)
    if api_filter is not None:
        info["api_filter"] = api_filter.model_dump(exclude_none=True)
    return info


def is_whole(answer: Mapping[str, Any]) -> bool:
    """Whether an answer is based on everything that its coverage is about.

    That has a part for each kind if there are several. What the key may not read, or is not offered, does not count.
    """
    coverage = answer.get("coverage", {})
    parts = [coverage] if "complete" in coverage else coverage.values()
    return all(part.get("complete") is not False or "left_out" in part for part in parts)


def covered(coverages: Mapping[Kind, Coverage], of_one: Mapping[Kind, str] = _NONE) -> str:
    """`connections 55 of 55, phone_numbers 120 of 120 as of 2026-11-24T12:00:00Z`.

    `of_one` are the kinds that were read of one connection alone, with its id.
    """
    counts = [
        f"{kind.name} {each.read} of {_total(each)}{_limits(kind, each, of_one.get(kind))}"
        for kind, each in coverages.items()
    ]
    times = sorted(each.as_of for each in coverages.values())
    until = f" to {in_words(times[-1])}" if times[-1] - times[0] > _TOGETHER else ""
    return f"{', '.join(counts)} as of {in_words(times[0])}{until}"


def _limits(kind: Kind, coverage: Coverage, connection_id: str | None) -> str:
    """Of what there are so many, if not of the whole account, or of any time."""
    since = beginning(kind, coverage)
    of_connection = f" of connection {connection_id}" if connection_id else ""
    return of_connection + (f" since {in_words(since)}" if since else "")


def beginning(kind: Kind, coverage: Coverage) -> datetime | None:
    """The time from which objects of the kind were read; None if that is any."""
    return next((coverage.as_of - each.window.length for each in kind.sources if each.window), None)


def warning(coverage: Coverage, kind: Kind = CONNECTIONS) -> str:
    """The beginning of an answer that is based on a part of the objects or fields; empty if complete."""
    text = ""
    if coverage.rest_complete:
        text = f"Left out of the {kind.labels}: {(coverage.why or '').removeprefix('left out: ')}. "
    elif not coverage.complete and coverage.of is not None and coverage.read >= coverage.of:
        text = f"INCOMPLETE, although {coverage.read} {kind.labels} were read: {coverage.why}. "
    elif not coverage.complete:
        text = f"INCOMPLETE, only {coverage.read} of {of(coverage)} {kind.labels} could be read: {coverage.why}. "
    if coverage.cut:
        cut = (f"{name} of {count} {kind.label if count == 1 else kind.labels}" for name, count in coverage.cut.items())
        text += f"Too large to keep in full, so only partly known: {', '.join(cut)}. "
    return text


def warnings_around(others: Mapping[Kind, Coverage]) -> str:
    """The same about other kinds by which connections are selected or grouped."""
    partly = "".join(warning(coverage, kind) for kind, coverage in others.items())
    if all(coverage.complete for coverage in others.values()):
        return partly
    return f"{partly}A connection that seems to be without may have what was not read. "


def words_around(others: Mapping[Kind, Coverage], beside: Coverage) -> str:
    """` Also read: phone_numbers 110 of 110.`, and as of when if that is another time; empty without others."""
    if not others:
        return ""
    words = covered(others)
    if all(abs(each.as_of - beside.as_of) <= _TOGETHER for each in others.values()):
        words = words.partition(" as of ")[0]
    return f" Also read: {words}."


def with_others(info: CoverageInfo, others: Mapping[Kind, Coverage]) -> CoverageInfo:
    """`info` with the coverage of other kinds; complete only if all are."""
    if not others:
        return info
    missing = [f"not all {kind.labels} were read" for kind, coverage in others.items() if not coverage.complete]
    why = [*([info["why"]] if "why" in info else []), *missing]
    complete = {"complete": False, "why": "; ".join(why)} if why else {}
    return info | complete | {"also": {kind.name: coverage_info(coverage, None) for kind, coverage in others.items()}}


def _total(coverage: Coverage) -> str:
    """The total without a noun after it."""
    return of(coverage).removesuffix(" of")


def of(coverage: Coverage) -> str:
    """The total, or that it is unknown."""
    return "an unknown number of" if coverage.of is None else str(coverage.of)
