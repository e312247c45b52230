"""What the sandbox marks as secret gets out by no tool, no statement and no file."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

pytestmark = pytest.mark.anyio
MARK = "SECRET-"
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("query_account", {"sql": f"SELECT * FROM {kind.name}"}) for kind in KINDS),
    ("search_connections", {"where": {"has_numbers": True}, "detail": "full", "limit": 250}),
    ("search_connections", {"group_by": ["profile_name", "sip_region"]}),
    ("list_connections", {"detail": "full"}),
    ("audit_connections", {}),
)


@pytest.mark.parametrize(
    "path", ["phone_numbers/slim", "ip_connections", "credential_connections", "webhook_deliveries", "audit_events"]
)
def test_the_sandbox_has_secrets_to_keep(path: str, sandbox_url: str) -> None:
    """Else the tests below would show nothing."""
    answer = httpx.get(f"{sandbox_url}/v2/{path}", headers={"authorization": f"Bearer {SANDBOX_KEY}"})
    assert MARK in answer.text


@pytest.mark.parametrize(("tool", "arguments"), CALLS, ids=[str(arguments)[:60] for _, arguments in CALLS])
async def test_no_tool_shows_a_secret(tool: str, arguments: dict[str, Any], connect: Callable[..., Any]) -> None:
    """Of everything that a kind has, its secrets are not part."""
    async with connect() as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    assert MARK not in result.content[0].text


@pytest.mark.parametrize("name", ["fleet.sqlite", "fleet.jsonl", "fleet.csv"])
def test_no_file_holds_a_secret(name: str, tmp_path: Path) -> None:
    """Nor do the pages of a database that are not shown."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "export", "--sandbox", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert MARK not in done.stdout + done.stderr
    assert MARK.encode() not in (tmp_path / name).read_bytes()
