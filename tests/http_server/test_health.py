"""Health checks over real sockets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from telnyx_connections_mcp.sandbox import SANDBOX_KEY

Serve = Callable[..., Any]
FOREIGN = {"host": "10.1.2.3:8000"}
"""What a kubelet sends: the address of the pod."""


def test_it_is_alive(plain: Any) -> None:
    """/healthz answers anybody, under any host name, by GET or HEAD."""
    answer = httpx.get(f"{plain.origin}/healthz", headers=FOREIGN)
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    head = httpx.head(f"{plain.origin}/healthz")
    assert (head.status_code, head.content) == (200, b"")
    assert httpx.post(f"{plain.origin}/healthz").status_code == 405


def test_probes_share_one_request(serve: Serve, telnyx: Any) -> None:
    """Twenty concurrent probes send Telnyx one request, and later ones none."""
    server = serve(TELNYX_BASE_URL=telnyx.url)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: httpx.get(f"{server.origin}/readyz", headers=FOREIGN), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == {"status": "ready", "telnyx": "reached", "age_seconds": 0}
    assert httpx.head(f"{server.origin}/readyz").status_code == 200
    assert len(telnyx.asked) == 1


def test_a_recent_request_is_enough(serve: Serve, telnyx: Any, wire: Any) -> None:
    """A server in use sends no extra request for its probes."""
    server = serve(TELNYX_BASE_URL=telnyx.url)
    assert not wire.result_of(wire.call(server.url)).get("isError")
    assert httpx.get(f"{server.origin}/readyz").status_code == 200
    assert len(telnyx.asked) == 1


def test_an_old_result_is_renewed(serve: Serve, telnyx: Any, wire: Any) -> None:
    """After the configured time one more request is sent."""
    server = serve(TELNYX_BASE_URL=telnyx.url, TELNYX_HTTP_READY_SECONDS="1")
    wire.eventually(lambda: httpx.get(f"{server.origin}/readyz").status_code == 200 and len(telnyx.asked) == 2)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("401", "key refused"),
        ("html-502", "unavailable"),
        ("not-json", "no usable answer"),
        ("waf-403", "something else answers"),
        ("slow=20", "no answer in time"),
        ("reset", "unreachable"),
    ],
)
def test_it_is_not_ready_without_telnyx(serve: Serve, sandbox_url: str, fault: str, why: str) -> None:
    """The probe gets a 503 with the kind of failure and nothing else."""
    server = serve(TELNYX_BASE_URL=f"{sandbox_url}/fault/{fault}/v2")
    answer = httpx.get(f"{server.origin}/readyz", timeout=15)
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "telnyx": why, "age_seconds": 0}
    assert httpx.get(f"{server.origin}/healthz").status_code == 200


def test_a_client_that_cannot_be_built_is_reported(serve: Serve, tmp_path: Path) -> None:
    """If certificates have disappeared since the start, the probe gives the reason and does not fail."""
    authorities = tmp_path / "authorities.pem"
    trustme.CA().cert_pem.write_to_path(authorities)
    server = serve(TELNYX_BASE_URL="https://127.0.0.1:9/v2", SSL_CERT_FILE=str(authorities))
    authorities.unlink()
    answer = httpx.get(f"{server.origin}/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "telnyx": "settings cannot be used", "age_seconds": 0}


@pytest.mark.parametrize("fault", ["429-wait", "403"])
def test_a_rate_limit_counts_as_ready(serve: Serve, sandbox_url: str, fault: str) -> None:
    """A used-up rate limit passes, because taking the server out of service would not help."""
    server = serve(TELNYX_BASE_URL=f"{sandbox_url}/fault/{fault}/v2")
    assert httpx.get(f"{server.origin}/readyz", timeout=15).status_code == 200


def test_accounts_are_checked_concurrently(serve: Serve, telnyx: Any, tmp_path: Path) -> None:
    """A slow account does not delay the result of another."""
    (tmp_path / "key").write_text(SANDBOX_KEY)
    tables = [f'[accounts.{name}]\nkey_file = "key"\n' for name in ("berlin", "paris")]
    (tmp_path / "accounts.toml").write_text("".join(tables))
    server = serve("--accounts", str(tmp_path / "accounts.toml"), TELNYX_BASE_URL=telnyx.url)
    telnyx.open.clear()
    with ThreadPoolExecutor(1) as pool:
        probe = pool.submit(httpx.get, f"{server.origin}/readyz", timeout=15)
        asked = [telnyx.waiting.acquire(timeout=3) for _ in range(2)]
        telnyx.open.set()
        assert probe.result(15).json()["accounts_reached"] == 2
    assert asked == [True, True]
