"""The URIs of the resources, and links to them."""

from mcp_types import ResourceLink

CONNECTION = "telnyx://connections/{id}"
FLEET = "telnyx://fleet"
AUDIT = "telnyx://audit"
REFERENCE = "telnyx://reference/api"
JSON = "application/json"

_FIRST_WITH_LINKS = "2025-06-18"


def is_id(text: str) -> bool:
    """Whether `text` can be the id of a connection, as the tools take it: 1 to 64 letters, digits and hyphens."""
    return 1 <= len(text) <= 64 and text.isascii() and text.replace("-", "0").isalnum()


def connection_link(connection_id: object, protocol_version: str | None) -> ResourceLink | None:
    """A link to the resource of one connection, for a result; None where a client could not follow it.

    That is what is no id, and a protocol before links, whose clients may refuse a whole result for one (versions are
    days). Source: https://modelcontextprotocol.io/specification/2025-06-18/changelog, "Major changes".
    """
    if not isinstance(connection_id, str) or not is_id(connection_id):
        return None
    if protocol_version is None or protocol_version < _FIRST_WITH_LINKS:
        return None
    uri = CONNECTION.replace("{id}", connection_id)
    return ResourceLink(type="resource_link", uri=uri, name=f"connection {connection_id}", mime_type=JSON)
