"""Plain data without its secrets, for what is no row of an answer."""

from telnyx_connections_mcp.secrecy.rows import without_secrets


def test_secrets_are_masked_at_any_depth() -> None:
    """By their own name or by the one beside them; all else stays as it is."""
    given = {"a": [{"apiKey": [1], "b": 5}, {"name": "Cookie", "value": "s"}], "password": None, "c": ("x",)}
    shown = {"a": [{"apiKey": "***", "b": 5}, {"name": "Cookie", "value": "***"}], "password": None, "c": ("x",)}
    assert without_secrets(given) == shown
