"""Edges of what is secret that only a change to the code would move."""

from telnyx_connections_mcp.redaction.names import is_secret_name
from telnyx_connections_mcp.redaction.urls import mask_url, secret_part


def test_a_long_mixture_with_separators_is_hidden_and_not_found() -> None:
    """It may be a token, or a name with dates and numbers."""
    url = "https://h.example/in/abc-123-def-456-ghi-789"
    assert mask_url(url) == "https://h.example/in/***"
    assert secret_part(url) is None


def test_a_name_that_ends_with_pass_is_secret_by_its_last_word() -> None:
    """Unless that is an ordinary word."""
    names = ("sippass", "bypass_sippass", "compass", "user_bypass")
    assert [name for name in names if is_secret_name(name)] == ["sippass", "bypass_sippass"]
