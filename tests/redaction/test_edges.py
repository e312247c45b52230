"""Edge cases of what is secret."""

from telnyx_connections_mcp.redaction.names import is_secret_name
from telnyx_connections_mcp.redaction.urls import mask_url, secret_part


def test_a_long_name_with_numbers_is_masked_but_not_reported() -> None:
    """A long mixture of words and numbers is masked because it may be a token, but not reported as a secret."""
    url = "https://h.example/in/abc-123-def-456-ghi-789"
    assert mask_url(url) == "https://h.example/in/***"
    assert secret_part(url) is None


def test_a_name_that_ends_in_pass_is_secret() -> None:
    """A name whose last word ends in `pass` is secret, unless it is an ordinary word such as `compass`."""
    names = ("sippass", "bypass_sippass", "compass", "user_bypass")
    assert [name for name in names if is_secret_name(name)] == ["sippass", "bypass_sippass"]
