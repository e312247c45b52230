"""The URIs of the resources."""

CONNECTION = "telnyx://connections/{id}"
FLEET = "telnyx://fleet"
AUDIT = "telnyx://audit"
REFERENCE = "telnyx://reference/api"
JSON = "application/json"
