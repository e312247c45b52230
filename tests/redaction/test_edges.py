"""Edges of what is secret that only a change to the code would move."""

from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.redaction.names import is_secret_name
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
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


def test_changes_are_counted_in_words() -> None:
    """One is singular; what did not happen is not named."""
    assert Cleaner(masked=1, cut=2).changes() == "2 texts cut; 1 value masked as *** (secret, or possibly secret)"
    assert Cleaner().changes() is None


def test_of_two_keys_the_longer_is_replaced_whole() -> None:
    """Also if it begins with the shorter."""
    keys = OwnSecrets(["KEY01234", "KEY01234abcdef"])
    assert keys.redact("x KEY01234abcdef y KEY01234 z") == "x [the API key] y [the API key] z"


def test_a_key_is_found_in_percent_encoding() -> None:
    """Of any of its characters."""
    keys = OwnSecrets(["KEY0123456789abc"])
    assert keys.found_in("%4BEY012345%36789abc")
    assert not keys.found_in("%4BEX012345%36789abc")
