"""A typed, read-only client of the Telnyx connections API. It knows nothing of MCP."""
