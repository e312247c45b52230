"""Cursors, where no answer of the sandbox has such a one."""

import pytest

from telnyx_connections_mcp.telnyx.cursors import read_cursor, shown_cursor


def test_half_a_character_is_no_cursor() -> None:
    """Neither shown, nor taken from a caller."""
    assert shown_cursor("\ud83d") is None
    with pytest.raises(ValueError, match="no cursor is shown like this"):
        read_cursor("\ud83d")
