"""The URIs of the resources, and what may stand in them."""

CONNECTION = "telnyx://connections/{id}"
FLEET = "telnyx://fleet"
AUDIT = "telnyx://audit"
REFERENCE = "telnyx://reference/api"
JSON = "application/json"


def is_id(text: str) -> bool:
    """Whether `text` can be the id of a connection, as the tools take it: 1 to 64 letters, digits and hyphens."""
    return 1 <= len(text) <= 64 and text.isascii() and text.replace("-", "0").isalnum()
