"""What the query process gives up, on systems with more and fewer means for it."""

import os
import signal
import sqlite3
import sys

import pytest

from telnyx_connections_mcp.sql.confinement import address_space, bound_heap, kill_after, set_limits


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
def test_limits_that_a_system_lacks_or_refuses_are_left_out() -> None:
    """The limits that the system supports are set."""
    import resource

    core, _ = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (core, core))
    assert set_limits({"RLIMIT_CORE": core, "RLIMIT_NOWHERE": 0, "RLIMIT_NOFILE": -7}) == {"RLIMIT_CORE"}


def test_the_address_space_is_known_or_not() -> None:
    """Only Linux reports it."""
    assert address_space(os.devnull + "/nowhere") is None
    if sys.platform == "linux":
        assert (address_space() or 0) > 1_000_000


class Unlimited(sqlite3.Connection):
    """SQLite built without memory accounting, where a limit has no effect."""

    def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:  # type: ignore[override]  # as it is used here
        return super().execute("SELECT 1" if "hard_heap_limit" in sql else sql, *arguments)  # type: ignore[arg-type]


def test_memory_that_is_not_bounded_is_noticed() -> None:
    """A limit that is set but not enforced counts as none."""
    handle = sqlite3.connect(":memory:", factory=Unlimited)
    assert not bound_heap(handle, 0)
    handle.close()


def test_without_a_timer_of_processor_time_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows only the server stops a process that takes too long."""
    monkeypatch.delattr(signal, "setitimer", raising=False)
    kill_after(1)
