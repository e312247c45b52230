"""Tells a model what part of the account an answer is based on."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

_SCHEMA = open_object(
    read="integer", of="integer", complete="boolean", as_of="string", why="string", cut="object", api_filter="object"
)
CoverageInfo = Annotated[
    dict[str, Any],
    WithJsonSchema(_SCHEMA),
    Field(description="read, of (absent: unknown), complete, as_of, why not, api_filter sent."),
]


def coverage_info(coverage: Coverage, api_filter: ConnectionFilter | None) -> CoverageInfo:
    """`coverage` as plain data, with the filter that was sent to Telnyx."""
    info: dict[str, Any] = {"read": coverage.read}
    if coverage.of is not None:
        info["of"] = coverage.of
    info |= {"complete": coverage.complete, "as_of": in_words(coverage.as_of)}
    if coverage.why is not None:
        info["why"] = coverage.why
    if coverage.cut:
        info["cut"] = dict(coverage.cut)
    if api_filter is not None:
        info["api_filter"] = api_filter.model_dump(exclude_none=True)
    return info


def in_short(coverage: Coverage) -> str:
    """`412 of 412 as of 2026-11-24T12:00:00Z`."""
    return f"{coverage.read} of {of(coverage)} as of {in_words(coverage.as_of)}"


def warning(coverage: Coverage) -> str:
    """The beginning of an answer that is based on a part of the connections or fields; empty if complete."""
    text = ""
    if not coverage.complete and coverage.of is not None and coverage.read >= coverage.of:
        text = f"INCOMPLETE, although {coverage.read} connections were read: {coverage.why}. "
    elif not coverage.complete:
        text = f"INCOMPLETE, only {coverage.read} of {of(coverage)} connections could be read: {coverage.why}. "
    if coverage.cut:
        text += f"Too large to keep in full, so only partly known: {', '.join(_counted(coverage.cut))}. "
    return text


def _counted(cut: Mapping[str, int]) -> list[str]:
    return [f"{name} of {count} connection{'' if count == 1 else 's'}" for name, count in cut.items()]


def of(coverage: Coverage) -> str:
    """The total, or that it is unknown."""
    return "an unknown number of" if coverage.of is None else str(coverage.of)
