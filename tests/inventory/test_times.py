"""Times of the API are read quickly where they are kept as they are, and give the same as the slow way."""

import pytest

from telnyx_connections_mcp.inventory.times import instant_of, kept_time, plain_time, plain_times


@pytest.mark.parametrize(
    ("fraction", "plain"),
    [
        ("", True),
        (".521", True),
        (".521992", True),
        (".000357", True),
        (".100001", True),
        (".000", False),
        (".521000", False),
        (".000000", False),
        (".5", False),
        (".5219", False),
        (".5219921", False),
    ],
)
def test_a_time_is_kept_to_the_microsecond(fraction: str, plain: bool) -> None:  # noqa: FBT001  # both cases
    """Telnyx sends seconds, milliseconds or microseconds; zeros at the end are left out."""
    text = f"2024-03-01T00:00:00{fraction}Z"
    instant = instant_of(text)
    assert instant is not None
    assert plain_time(text) == (kept_time(instant) if plain else None)
    assert plain_times([text, text]) == ([kept_time(instant)] * 2 if plain else None)
