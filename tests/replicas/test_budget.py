"""All replicas together keep to the account's rate limit."""

import time
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.telnyx.errors import RateLimited

from .conftest import RedisServer
from .replicas import Network, RunningReplica, lines, replica, until

pytestmark = pytest.mark.anyio


class Scripted(httpx.AsyncBaseTransport):
    """An account whose responses have the status and headers that the test sets."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[float] = []

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.asked.append(time.monotonic())
        counted, refused = b'{"data": {"counts": {}, "limits": {}}}', b'{"errors": [{"code": "10011"}]}'
        body = httpx.ByteStream(counted if self.status == 200 else refused)
        return httpx.Response(self.status, headers=self.headers, stream=body)


async def ask(one: RunningReplica, count: int = 1) -> None:
    """Send this many requests, ten at a time."""
    if count == 1:
        await one.context.client.count_connections()
        return
    left = list(range(count))

    async def work() -> None:
        while left:
            left.pop()
            await one.context.client.count_connections()

    async with anyio.create_task_group() as tasks:
        for _ in range(min(10, count)):
            tasks.start_soon(work)


async def told(redis_server: RedisServer, field: str) -> None:
    """Wait until a replica has shared what it learned."""
    await until(lambda: any(redis_server.client.hexists(key, field) for key in redis_server.keys("budget")))


async def test_a_429_of_one_replica_pauses_the_other(redis_server: RedisServer) -> None:
    """The other sends nothing until the pause is over, and says so at once to a caller that cannot wait."""
    account = Scripted()
    account.status, account.headers = 429, {"retry-after": "1.5"}
    async with replica(redis_server.url, account) as one, replica(redis_server.url, account) as other:
        with pytest.raises(RateLimited), anyio.fail_after(1.2):
            await ask(one)
        await told(redis_server, "paused")
        paused = account.asked[-1]
        account.status = 200
        with (
            pytest.raises(RateLimited, match="is used up, so no request was sent: try again in"),
            anyio.fail_after(0.5),
        ):
            await other.context.client.count_connections()
        assert len(account.asked) == 1
        await ask(other)
        assert account.asked[-1] - paused >= 1.4


@pytest.mark.parametrize("limit", ["8/1", "30/2", "40/1"])
async def test_a_real_limit_holds_for_two_replicas_together(redis_server: RedisServer, limit: str) -> None:
    """Two replicas send as much as they can over a slow network, and no request is refused."""
    requests, seconds = (int(part) for part in limit.split("/"))
    network = Network(rate_limit=limit, size=10, fault="slow=0.1")
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await ask(one)
        await told(redis_server, "ends")
        begun = time.monotonic()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, one, requests * 5 // 4)
            tasks.start_soon(ask, other, requests * 5 // 4)
        assert network.refused == 0
        assert network.asked == 1 + requests * 5 // 4 * 2
        assert time.monotonic() - begun > seconds


async def test_the_remaining_budget_is_spread_over_all_replicas(redis_server: RedisServer) -> None:
    """Nine requests in 1.5 seconds leave one by one, whichever replica sends them."""
    account = Scripted()
    account.headers = {"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1.5", "x-ratelimit-limit": "10"}
    async with replica(redis_server.url, account) as one, replica(redis_server.url, account) as other:
        await ask(one)
        await told(redis_server, "left")
        account.headers = {}
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, one, 4)
            tasks.start_soon(ask, other, 4)
        gaps = [later - earlier for earlier, later in zip(account.asked[1:], account.asked[2:], strict=False)]
        assert min(gaps) > 0.01
        assert sum(gaps) > 0.9


async def test_an_old_window_is_forgotten(redis_server: RedisServer) -> None:
    """Once a window is over, the little that was left in it no longer counts."""
    account = Scripted()
    account.headers = {"x-ratelimit-remaining": "2", "x-ratelimit-reset": "0.3", "x-ratelimit-limit": "1000"}
    async with replica(redis_server.url, account) as one:
        await ask(one)
        await told(redis_server, "left")
        account.headers = {"x-ratelimit-remaining": "900", "x-ratelimit-reset": "60", "x-ratelimit-limit": "1000"}
        await anyio.sleep(0.31)  # the time that the answer named
        begun = time.monotonic()
        await ask(one, 20)
        assert time.monotonic() - begun < 2
        assert not redis_server.client.hexists(redis_server.keys("budget")[0], "left")


async def test_a_window_may_begin_early(redis_server: RedisServer) -> None:
    """A reset later than the known one begins another window."""
    account = Scripted()
    account.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2", "x-ratelimit-limit": "10"}
    async with replica(redis_server.url, account) as one, replica(redis_server.url, account) as other:
        account.headers["x-ratelimit-remaining"] = "5"
        await ask(one)
        await told(redis_server, "left")
        account.headers = {"x-ratelimit-remaining": "90", "x-ratelimit-reset": "60", "x-ratelimit-limit": "100"}
        await ask(other)
        budget = redis_server.keys("budget")[0]
        await until(lambda: redis_server.client.hget(budget, "left") == b"90")


async def test_replicas_split_the_limit_while_redis_is_away(redis_server: RedisServer) -> None:
    """Three replicas take a third each; one that never met another takes half."""
    account = Scripted()
    async with (
        replica(redis_server.url, account) as one,
        replica(redis_server.url, account) as other,
        replica(redis_server.url, account) as third,
    ):
        await ask(one)
        assert one.context.replica is not None
        assert one.context.replica.rate_limiter.sharers == 2
        for each in (other, third, one):
            await ask(each)
        assert one.context.replica.rate_limiter.sharers == 3
        redis_server.stop()
        account.headers = {"x-ratelimit-remaining": "29", "x-ratelimit-reset": "1"}
        await ask(one)
        begun = time.monotonic()
        await ask(one, 4)
        assert time.monotonic() - begun > 0.3  # a thirtieth of a second, three times, for each of four
        assert one.status == "away"


async def test_a_real_limit_holds_without_redis(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Each replica keeps to its part, and no request is refused."""
    network = Network(rate_limit="40/2", size=10)
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await ask(one)
        await ask(other)
        redis_server.stop()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, one, 25)
            tasks.start_soon(ask, other, 25)
        assert network.refused == 0
        assert len(lines(caplog)) == 2


@pytest.mark.parametrize(
    "forged",
    [
        {"paused": "nan", "ends": "inf", "left": "-5", "next": "soon"},
        {"paused": "99999999999999999", "ends": "1e400", "left": "many"},
        {"ends": "1", "left": b"\xff\x00", "limit": "0", "span": "-1", "guessed": "perhaps"},
    ],
)
async def test_impossible_numbers_are_ignored(redis_server: RedisServer, forged: dict[str, Any]) -> None:
    """Nobody waits for a time that no replica wrote."""
    account = Scripted()
    async with replica(redis_server.url, account) as one:
        account.headers = {"x-ratelimit-remaining": "50", "x-ratelimit-reset": "60"}
        await ask(one)
        await told(redis_server, "left")
        redis_server.client.hset(redis_server.keys("budget")[0], mapping=forged)
        begun = time.monotonic()
        await ask(one, 5)
        assert time.monotonic() - begun < 2
        assert one.status == "shared"


async def test_values_of_another_type_are_replaced(redis_server: RedisServer) -> None:
    """Someone else's values under our keys stop nothing."""
    account = Scripted()
    async with replica(redis_server.url, account) as one:
        account.headers = {"x-ratelimit-remaining": "50", "x-ratelimit-reset": "60"}
        await ask(one)
        await told(redis_server, "left")
        for kind in ("budget", "replicas"):
            redis_server.client.set(redis_server.keys(kind)[0], "something else")
        await ask(one, 2)
        await told(redis_server, "left")
        assert one.status == "shared"


async def test_accounts_share_no_limit(redis_server: RedisServer) -> None:
    """Another key or another base URL is another account."""
    account = Scripted()
    account.status, account.headers = 429, {"retry-after": "30"}
    async with (
        replica(redis_server.url, account) as one,
        replica(redis_server.url, account, api_key="KEY-OF-ANOTHER-ACCOUNT") as other,
        replica(redis_server.url, account, base_url="http://127.0.0.1/v2") as elsewhere,
    ):
        with pytest.raises(RateLimited), anyio.fail_after(5):
            await ask(one)
        await told(redis_server, "paused")
        account.status = 200
        await ask(other)
        await ask(elsewhere)
        with pytest.raises(RateLimited), anyio.fail_after(5):
            await one.context.client.count_connections()


async def test_invented_replicas_stop_nobody(redis_server: RedisServer) -> None:
    """However many replicas Redis lists, each takes at least a hundredth, and waits a minute at most."""
    account = Scripted()
    async with replica(redis_server.url, account) as one:
        await ask(one)
        seconds, _ = redis_server.client.time()
        made_up = {f"made-up-{n}": (seconds + 60) * 1000 for n in range(10_000)}
        redis_server.client.zadd(redis_server.keys("replicas")[0], made_up)
        await ask(one)
        assert one.context.replica is not None
        assert one.context.replica.rate_limiter.sharers == 100
        redis_server.stop()
        account.headers = {"x-ratelimit-remaining": "5000", "x-ratelimit-reset": "3600", "x-ratelimit-limit": "5000"}
        await ask(one, 3)
        account.headers["x-ratelimit-remaining"] = "20"
        await ask(one)
        with pytest.raises(RateLimited, match=r"try again in (60|59) seconds"), anyio.fail_after(5):
            await one.context.client.count_connections()


def set_budget(redis_server: RedisServer, **ahead: int) -> None:
    """Move the fields of the budget this many seconds ahead, as if the time until then had passed."""
    seconds, _ = redis_server.client.time()
    fields = {name: (seconds + each) * 1000 for name, each in ahead.items()}
    redis_server.client.hset(redis_server.keys("budget")[0], mapping=fields)


async def test_a_long_pause_is_probed_once_a_minute_by_one_replica(redis_server: RedisServer) -> None:
    """The others wait for its result, which then counts for all."""
    account = Scripted()
    account.status, account.headers = 429, {"retry-after": "3000"}
    async with replica(redis_server.url, account) as one, replica(redis_server.url, account) as other:
        with pytest.raises(RateLimited), anyio.fail_after(5):
            await ask(one)
        await told(redis_server, "paused")
        with pytest.raises(RateLimited, match=r"try again in (3000|2999) seconds"), anyio.fail_after(5):
            await ask(other)
        set_budget(redis_server, probe=-1)
        account.headers = {"retry-after": "200"}
        with pytest.raises(RateLimited, match="try again in 200 seconds"), anyio.fail_after(5):
            await ask(other)
        await until(lambda: paused_seconds(redis_server) < 201)
        with pytest.raises(RateLimited, match=r"try again in (200|199) seconds"), anyio.fail_after(5):
            await ask(one)
        set_budget(redis_server, probe=-1)
        account.status, account.headers = 200, {}
        await ask(one)
        await until(lambda: not redis_server.client.hexists(redis_server.keys("budget")[0], "paused"))
        await ask(other, 3)
        assert len(account.asked) == 6


def paused_seconds(redis_server: RedisServer) -> float:
    seconds, _ = redis_server.client.time()
    return float(redis_server.client.hget(redis_server.keys("budget")[0], "paused") or 0) / 1000 - seconds


async def test_a_long_empty_window_is_probed_once_a_minute(redis_server: RedisServer) -> None:
    """One header does not stop the account for an hour."""
    account = Scripted()
    account.headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3600", "x-ratelimit-limit": "100"}
    async with replica(redis_server.url, account) as one, replica(redis_server.url, account) as other:
        await ask(one)
        await told(redis_server, "left")
        with pytest.raises(RateLimited, match=r"try again in (3600|3599) seconds"), anyio.fail_after(5):
            await ask(other)
        redis_server.client.hdel(redis_server.keys("budget")[0], "probe")  # as an older version leaves it
        for _ in range(2):
            with pytest.raises(RateLimited), anyio.fail_after(5):
                await ask(other)
        set_budget(redis_server, probe=-1)
        account.headers = {"x-ratelimit-remaining": "90", "x-ratelimit-reset": "60", "x-ratelimit-limit": "100"}
        await ask(other)
        await until(lambda: redis_server.client.hget(redis_server.keys("budget")[0], "left") == b"90")
        await ask(one, 3)


@pytest.mark.parametrize("text", ["", "5", "0/1", "5/0", "5/x", "5/4000"])
def test_the_sandbox_checks_its_rate_limit(text: str) -> None:
    """A rate limit is given as requests/seconds."""
    with pytest.raises(ValueError, match="REQUESTS/SECONDS"):
        create_app(rate_limit=text)
