"""`demo --app`: a small local host of MCP Apps, over a real socket."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="module")
def demo_url() -> Iterator[str]:
    """The address that `demo --app` says, while it runs; it ends well."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "demo", "--app"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"serves its page at (http://127\.0\.0\.1:[0-9]+)/ on the sandbox account", said)
        assert found is not None, said
        yield found[1]
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


@pytest.mark.parametrize("path", ["/", "/host.js", "/host.css", "/view"])
def test_everything_it_is_made_of_comes_from_the_package(demo_url: str, path: str) -> None:
    """Its host and the page are served under a policy that lets nothing load from elsewhere."""
    answer = httpx.get(f"{demo_url}{path}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert re.findall(r"https?://", answer.text) == []
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_has_an_origin_of_its_own(demo_url: str) -> None:
    """Opened without its host, the page still runs in a sandbox, and asks nobody."""
    policy = httpx.get(f"{demo_url}/view").headers["content-security-policy"]
    assert "sandbox allow-scripts" in policy
    assert "connect-src" not in policy


def test_a_page_of_another_site_cannot_use_it(demo_url: str) -> None:
    """A name that someone points at this machine is refused, and so is a foreign origin."""
    for path in ("/", "/view"):
        assert httpx.get(f"{demo_url}{path}", headers={"Host": "evil.example"}).status_code == 421
    foreign = httpx.post(f"{demo_url}/mcp", headers={"Origin": "http://evil.example"}, json={})
    assert foreign.status_code == 403


def test_it_has_the_limits_of_the_server(demo_url: str) -> None:
    """Other methods, other paths and large bodies are refused as by `serve --http`."""
    assert httpx.post(f"{demo_url}/", content=b"x").status_code == 405
    assert httpx.get(f"{demo_url}/etc/passwd").status_code == 404
    json = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    assert httpx.post(f"{demo_url}/mcp", headers=json, content=b" " * 10_000_000).status_code == 413
