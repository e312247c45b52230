"""Tells a model what part of the account an answer is based on."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

CoverageInfo = Annotated[
    dict[str, Any], Field(description="read, of (absent: unknown), complete, as_of, why not, api_filter sent.")
]


def coverage_info(coverage: Coverage, asked: ConnectionFilter | None) -> CoverageInfo:
    """`coverage` as plain data, with the filter that was sent to Telnyx."""
    said: dict[str, Any] = {"read": coverage.read}
    if coverage.of is not None:
        said["of"] = coverage.of
    said |= {"complete": coverage.complete, "as_of": in_words(coverage.as_of)}
    if coverage.why is not None:
        said["why"] = coverage.why
    if coverage.cut:
        said["cut"] = dict(coverage.cut)
    if asked is not None:
        said["api_filter"] = asked.model_dump(exclude_none=True)
    return said


def warning(coverage: Coverage) -> str:
    """The beginning of an answer that is based on a part of the connections or fields; empty if complete."""
    said = ""
    if not coverage.complete and coverage.of is not None and coverage.read >= coverage.of:
        said = f"INCOMPLETE, although {coverage.read} connections were read: {coverage.why}. "
    elif not coverage.complete:
        said = f"INCOMPLETE, only {coverage.read} of {of(coverage)} connections could be read: {coverage.why}. "
    if coverage.cut:
        said += f"Too large to keep in full, so only partly known: {', '.join(_counted(coverage.cut))}. "
    return said


def _counted(cut: Mapping[str, int]) -> list[str]:
    return [f"{name} of {count} connection{'' if count == 1 else 's'}" for name, count in cut.items()]


def of(coverage: Coverage) -> str:
    """The total, or that it is unknown."""
    return "an unknown number of" if coverage.of is None else str(coverage.of)
