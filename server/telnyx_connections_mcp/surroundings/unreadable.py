"""What could not be read, and why: a part of an answer, never an error of the whole."""

from dataclasses import dataclass, field

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.telnyx.errors import Forbidden, NoSuchObject, NotFound, TelnyxError


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Objects of a kind that could not be read."""

    why: str
    """In words, without a full stop."""
    refused: bool = False
    """Whether another request would get the same answer: the key may not read it, or it is not offered."""
    forbidden: bool = field(default=False, compare=False)
    """Whether a right of the key is missing."""


def unreadable(kind: Kind, error: TelnyxError) -> Unreadable:
    """Why objects of `kind` could not be read."""
    if isinstance(error, Forbidden):
        return Unreadable(f"this API key may not read {kind.labels}", refused=True, forbidden=True)
    if isinstance(error, NotFound) and not isinstance(error, NoSuchObject):
        return Unreadable(f"Telnyx does not offer {kind.labels} to this account", refused=True)
    tried = f", tried {error.tries} times" if error.tries > 1 else ""
    return Unreadable(f"{error.what}{tried}")
