"""The URIs of the resources, and what they may contain."""

CONNECTION = "telnyx://connections/{id}"
FLEET = "telnyx://fleet"
AUDIT = "telnyx://audit"
REFERENCE = "telnyx://reference/api"
JSON = "application/json"


def is_id(text: str) -> bool:
    """Whether `text` may be the id of a connection, as in the tools: 1 to 64 letters, digits and hyphens."""
    return 1 <= len(text) <= 64 and text.isascii() and text.replace("-", "0").isalnum()
