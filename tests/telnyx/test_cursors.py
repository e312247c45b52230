"""Cursors that the sandbox cannot produce."""

import pytest

from telnyx_connections_mcp.telnyx.cursors import read_cursor, shown_cursor


def test_half_a_surrogate_pair_is_not_a_cursor() -> None:
    """Half a surrogate pair is neither shown as a cursor nor accepted as one."""
    assert shown_cursor("\ud83d") is None
    with pytest.raises(ValueError, match="no cursor is shown like this"):
        read_cursor("\ud83d")
