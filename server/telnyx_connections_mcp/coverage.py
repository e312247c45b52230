"""What part of the account an answer rests on, as it is said to a model."""

from typing import Annotated, Any

from pydantic import Field

from telnyx_connections_mcp.fleet.instants import in_words
from telnyx_connections_mcp.fleet.reading import Coverage
from telnyx_connections_mcp.telnyx.query import ConnectionFilter

CoverageSaid = Annotated[
    dict[str, Any], Field(description="read, of (absent: unknown), complete, as_of, why not, api_filter sent.")
]


def coverage_said(coverage: Coverage, asked: ConnectionFilter | None) -> CoverageSaid:
    """`coverage` of the connections that Telnyx was asked for."""
    said: dict[str, Any] = {"read": coverage.read}
    if coverage.of is not None:
        said["of"] = coverage.of
    said |= {"complete": coverage.complete, "as_of": in_words(coverage.as_of)}
    if coverage.why is not None:
        said["why"] = coverage.why
    if asked is not None:
        said["api_filter"] = asked.model_dump(exclude_none=True)
    return said


def warning(coverage: Coverage) -> str:
    """The sentence that an answer about part of the connections begins with; empty when they were all read."""
    if coverage.complete:
        return ""
    return f"INCOMPLETE, only {coverage.read} of {of(coverage)} connections could be read: {coverage.why}. "


def of(coverage: Coverage) -> str:
    """The total, or that it is not known."""
    return "an unknown number of" if coverage.of is None else str(coverage.of)
