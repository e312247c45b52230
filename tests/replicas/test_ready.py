"""What `/readyz` of the real command says about Redis, which never makes it unready."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.sandbox import SANDBOX_KEY

from .conftest import RedisServer

Probe = Callable[[], httpx.Response]


@pytest.fixture
def serve(start: Callable[..., Any], sandbox_url: str) -> Iterator[Callable[..., Probe]]:
    """Start a replica with a Redis; returns its probe."""
    started: list[Any] = []

    def run(url: str, **environ: str) -> Probe:
        key = {"TELNYX_BASE_URL": f"{sandbox_url}/v2", "TELNYX_API_KEY": SANDBOX_KEY, "TELNYX_HTTP_READY_SECONDS": "1"}
        server = start("serve", "--http", "0", TELNYX_REDIS_URL=url, **key, **environ)
        started.append(server)
        found = re.search(r"http://[^/]+", server.popen.stderr.readline().decode())
        assert found is not None
        return lambda: httpx.get(f"{found[0]}/readyz", trust_env=False)

    yield run
    for server in started:
        server.popen.terminate()
        assert server.popen.wait(20) == 0


def test_it_says_whether_redis_is_shared(serve: Callable[..., Probe], redis_server: RedisServer) -> None:
    """It is ready whether Redis is shared or away, and gives the reason if away."""
    probe = serve(redis_server.url)
    there = probe()
    assert (there.status_code, there.json()["sharing"]) == (200, "shared")
    assert "sharing_why" not in there.json()
    redis_server.stop()
    said = probe().json()
    while said["sharing"] == "shared":  # until the news of Telnyx is old, nothing is asked of Redis
        said = probe().json()
    assert said["status"] == "ready"
    assert (said["sharing"], said["sharing_why"]) == ("away", "cannot be reached")
    assert said.keys() == {"status", "telnyx", "age_seconds", "sharing", "sharing_why"}
