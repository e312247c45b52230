"""How many requests for what surrounds a connection wait for each other."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from .account import Network
from .test_include import CREDENTIAL, FQDN, MOBILE, TRUNK, UAC, get
from .test_recent_changes import Events, event

pytestmark = pytest.mark.anyio


class Rounds(httpx.AsyncBaseTransport):
    """Holds every request until nothing else happens, then lets all of them go: a round."""

    def __init__(self, network: Network, tasks: anyio.abc.TaskGroup) -> None:
        self.rounds: list[int] = []
        self._network = network
        self._tasks = tasks
        self._held: anyio.Event | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._held is None:
            self._held = anyio.Event()
            self.rounds.append(0)
            self._tasks.start_soon(self._release)
        self.rounds[-1] += 1
        await self._held.wait()
        return await self._network.handle_async_request(request)

    async def _release(self) -> None:
        await anyio.wait_all_tasks_blocked()
        assert self._held is not None
        self._held.set()
        self._held = None


@pytest.mark.parametrize(
    ("asked", "rounds"),
    [
        ({"id": TRUNK}, [7, 5]),
        ({"id": CREDENTIAL}, [7, 5, 1]),
        ({"id": UAC}, [7, 5]),
        ({"id": FQDN}, [7, 5]),
        ({"id": MOBILE}, [7, 4]),
        ({"connection_name": "HooliIvrLine"}, [1, 8, 4]),
    ],
)
async def test_at_most_three_requests_wait_for_each_other(
    connect: Callable[..., Any], asked: dict[str, str], rounds: list[int]
) -> None:
    """Everything that needs the id alone goes out with the connection; by name, all goes out with the snapshot."""
    busy = Events([event(n) for n in range(1000)], total=5231)
    async with anyio.create_task_group() as tasks:
        transport = Rounds(Network({"audit_events": busy}), tasks)
        await get(connect, transport, include=["all"], **asked)
    assert transport.rounds == rounds
    assert sum(rounds) <= 13


async def test_a_settings_path_that_moved_is_no_fourth(connect: Callable[..., Any]) -> None:
    """The other path is tried in the third round."""
    async with anyio.create_task_group() as tasks:
        transport = Rounds(Network(fault="moved-mobile"), tasks)
        await get(connect, transport, id=MOBILE, include=["all"])
    assert transport.rounds == [7, 1, 1]
