"""What an answer says of other kinds that it is based on."""

from datetime import UTC, datetime, timedelta

from telnyx_connections_mcp.answers.coverage import words_around
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.snapshot import Coverage

AS_OF = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONNECTIONS_READ = Coverage(read=55, of=55, complete=True, as_of=AS_OF)


def numbers_read(after: timedelta) -> Coverage:
    return Coverage(read=110, of=110, complete=True, as_of=AS_OF + after)


def test_another_time_is_said() -> None:
    """Numbers that were read minutes apart from the connections are as of another time, and the sentence says so."""
    together = words_around({PHONE_NUMBERS: numbers_read(timedelta(seconds=1))}, CONNECTIONS_READ)
    apart = words_around({PHONE_NUMBERS: numbers_read(timedelta(minutes=5))}, CONNECTIONS_READ)
    assert together == " Also read: phone_numbers 110 of 110."
    assert apart == " Also read: phone_numbers 110 of 110 as of 2026-11-24T12:05:00Z."
