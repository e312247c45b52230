"""What the query process gives up, on systems that have more and less of it."""

import os
import signal
import sqlite3
import sys

import pytest

from telnyx_connections_mcp.sql.confinement import address_space, bound_heap, kill_after, set_limits


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
def test_limits_that_a_system_lacks_or_refuses_are_left_out() -> None:
    """Those that it has are set."""
    import resource

    core, _ = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (core, core))
    assert set_limits({"RLIMIT_CORE": core, "RLIMIT_NOWHERE": 0, "RLIMIT_NOFILE": -7}) == {"RLIMIT_CORE"}


def test_the_address_space_is_known_or_not() -> None:
    """Only Linux says."""
    assert address_space(os.devnull + "/nowhere") is None
    if sys.platform == "linux":
        assert (address_space() or 0) > 1_000_000


class Unlimited(sqlite3.Connection):
    """SQLite as it is where it was built to keep no account of its memory: a limit has no effect."""

    def execute(self, sql: str, *arguments: object) -> sqlite3.Cursor:  # type: ignore[override]  # as it is used here
        return super().execute("SELECT 1" if "hard_heap_limit" in sql else sql, *arguments)  # type: ignore[arg-type]


def test_memory_that_is_not_bounded_is_noticed() -> None:
    """A limit that is set but not kept counts as none."""
    handle = sqlite3.connect(":memory:", factory=Unlimited)
    assert not bound_heap(handle)
    handle.close()


def test_without_a_timer_of_processor_time_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where the server alone kills a process that takes too long."""
    monkeypatch.delattr(signal, "setitimer", raising=False)
    kill_after(1)
