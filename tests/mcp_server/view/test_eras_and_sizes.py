"""The page works in both eras of the protocol, with several accounts, and with the largest accounts."""

import csv
import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.mcp_server.view.shown import Shown

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.fleet import create_fleet

SIZE = 5000


@contextmanager
def running(*arguments: str, **environ: str) -> Iterator[str]:
    """The first URL that our command prints, while it runs."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=os.environ | environ
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://[0-9.]+:[0-9]+", process.stdout.readline())
        assert found is not None
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield found[0]
        process.terminate()


@pytest.fixture(scope="module")
def large_url() -> Iterator[str]:
    """Our server over HTTP, with an account of 5,000 connections."""
    with running("sandbox", "--port", "0", "--size", str(SIZE)) as telnyx:
        environ = {"TELNYX_API_KEY": SANDBOX_KEY, "TELNYX_BASE_URL": f"{telnyx}/v2"}
        with running("serve", "--http", "0", **environ) as server:
            yield f"{server}/mcp"


@pytest.mark.parametrize("legacy", [False, True], ids=["2026", "2025"])
def test_both_eras_show_and_ask(*, legacy: bool, mount: Callable[..., Shown], server_url: str) -> None:
    """With and without a handshake the page is found, shown, and can ask for more."""
    shown = mount(server=server_url, tool="search_connections", arguments={"group_by": ["active"]}, legacy=legacy)
    assert shown.seen()["era"] == ("2025-11-25" if legacy else "2026-07-28")
    shown.press("inactive")
    shown.goes_to("Connections")
    shown.press("Load all 10") if shown.has_button("Load all") else None
    assert shown.text(".sentence").startswith("10 connections of all 55 match")


def test_5000_connections_are_paged(mount: Callable[..., Shown], large_url: str) -> None:
    """All of them are loaded, each once, 250 with each request, and none of that reaches a model."""
    capabilities = {"serverTools": {}, "downloadFile": {}}
    shown = mount(server=large_url, tool="search_connections", capabilities=capabilities)
    shown.frame.get_by_role("button", name="Load all 5,000").click()
    shown.frame.get_by_role("status").filter(has_text="Loaded 5,000 of 5,000 rows.").wait_for(timeout=30_000)
    calls = shown.seen()["calls"]
    assert len(calls) == 20
    assert all(call["_meta"] == {"telnyx-connections-mcp/view": {"page": True}} for call in calls)
    assert shown.text(".place").endswith("of 5,000")
    assert shown.height <= 500
    shown.press("Copy", exact=True)
    shown.press("Save as CSV")
    shown.says("Handed 5,000 rows to the host.")
    _, *rows = csv.reader(io.StringIO(shown.seen()["downloads"][0]["resource"]["text"]))
    assert {row[0] for row in rows} == {row["id"] for row in create_fleet(size=SIZE, seed=0).connections}
    box = shown.frame.get_by_role("searchbox")
    box.fill(rows[4999][1])
    assert rows[4999][1] in shown.texts("tbody th")


def test_loading_can_be_stopped(mount: Callable[..., Shown], large_url: str) -> None:
    """A click stops it; what is loaded stays, and the rest can be loaded later."""
    shown = mount(server=large_url, tool="search_connections")
    button = shown.frame.locator("[data-key=all]")
    button.click()
    shown.wait("[data-key=all]:text('Stop')")
    button.click()
    shown.wait("[data-key=all]:text('Load all 5,000')")
    assert len(shown.seen()["calls"]) < 20
    assert shown.text(".place").endswith("of 5,000")


def test_a_bar_of_5000_lists_as_many_as_it_says(mount: Callable[..., Shown], large_url: str) -> None:
    """The largest type of a large account has as many rows as its bar says."""
    shown = mount(server=large_url, tool="search_connections", arguments={"group_by": ["record_type"]})
    said = shown.frame.locator(".bar .value").first.inner_text().strip(" :\n")
    shown.frame.locator("button.bar").first.click()
    shown.goes_to("Connections")
    assert shown.text(".place").endswith(f"of {said}")


def test_every_request_stays_with_its_account(mount: Callable[..., Shown], sandbox_url: str, tmp_path: Path) -> None:
    """With several accounts the page says which one it shows, and asks about no other."""
    file = tmp_path / "accounts.toml"
    base = f'key_env = "KEY"\nbase_url = "{sandbox_url}/v2"'
    file.write_text(f"[accounts.north]\ndefault = true\n{base}\n[accounts.south]\n{base}\n")
    with running("serve", "--http", "0", "--accounts", str(file), KEY=SANDBOX_KEY) as server:
        asked = {"account": "south", "group_by": ["active"]}
        shown = mount(server=f"{server}/mcp", tool="search_connections", arguments=asked)
        assert shown.text(".coverage").startswith("Account south. Read 55 of 55 connections")
        shown.press("inactive")
        shown.goes_to("Connections")
        shown.frame.locator("button.open").first.click()
        shown.wait("section")
        assert {call["arguments"]["account"] for call in shown.seen()["calls"]} == {"south"}
