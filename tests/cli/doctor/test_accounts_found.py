"""What the doctor finds out about each account of an accounts file."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.doctor.check_result import Step

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
BERLIN, PARIS = "KEY_SANDBOX", "KEY0123456789abcdefPARIS"


@pytest.fixture
def accounts(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """An environment with an accounts file; each account has this base URL, and the first is the default."""

    def write(**base_urls: str) -> dict[str, str]:
        tables = [
            f"[accounts.{name}]\nkey_env = 'KEY_OF_{name.upper()}'\nbase_url = '{url}'\n"
            for name, url in base_urls.items()
        ]
        tables[0] += "default = true\n"
        (tmp_path / "accounts.toml").write_text("".join(tables), encoding="utf-8")
        file = str(tmp_path / "accounts.toml")
        return {"TELNYX_ACCOUNTS": file, "KEY_OF_BERLIN": BERLIN, "KEY_OF_PARIS": PARIS}

    return write


async def test_one_account_of_a_file_is_the_account(
    examined: Examine, accounts: Callable[..., dict[str, str]], sandbox_url: str
) -> None:
    """No other key is used, and its own base URL is checked."""
    steps = await examined(**accounts(berlin=f"{sandbox_url}/v2"), TELNYX_API_KEY="KEY_OF_NOBODY")
    assert {step.status for name, step in steps.items() if name != "command"} <= {"ok", "skipped"}
    assert steps["key"].detail == "From the file named by TELNYX_ACCOUNTS only: berlin: 11 characters, ends in OX"
    assert steps["base_url"].detail == f"{sandbox_url}/v2 on this machine, from the file named by TELNYX_ACCOUNTS"
    assert steps["fleet"].detail == "The account has 55 connections"


async def test_each_account_is_queried(
    examined: Examine, accounts: Callable[..., dict[str, str]], sandbox_url: str
) -> None:
    """If one fails, the check fails with its name and advice, and no key is shown."""
    steps = await examined(**accounts(berlin=f"{sandbox_url}/v2", paris=f"{sandbox_url}/fault/401/v2"))
    assert steps["key"].status == "ok"
    assert steps["request"].status == "failed"
    assert re.match("berlin: HTTP 200 in .*; paris: Telnyx refused the API key", steps["request"].detail)
    assert steps["request"].advice.startswith("for paris, put a valid key ")
    assert steps["fleet"].status == "skipped"
    assert BERLIN not in str(steps)
    assert PARIS not in str(steps)


async def test_each_fleet_is_counted(
    examined: Examine, accounts: Callable[..., dict[str, str]], sandbox_url: str
) -> None:
    """Each fleet is counted under the name of its account."""
    given = accounts(berlin=f"{sandbox_url}/v2", paris=f"{sandbox_url}/v2/") | {"KEY_OF_PARIS": BERLIN}
    step = (await examined(**given))["fleet"]
    assert step.status == "ok"
    assert step.detail == "berlin: The account has 55 connections; paris: The account has 55 connections"


async def test_a_key_that_goes_elsewhere_is_a_warning(
    examined: Examine, accounts: Callable[..., dict[str, str]]
) -> None:
    """A key of any account that does not go to Telnyx is a warning."""
    given = accounts(berlin="https://api.telnyx.com/v2", paris="https://other.example/v2")
    step = (await examined("base_url", **given))["base_url"]
    assert step.status == "warning"
    assert step.detail.startswith(
        "berlin: https://api.telnyx.com/v2, the default; paris: https://other.example/v2, from"
    )
    assert step.advice == "for paris, if that is not intended, remove it from the file named by TELNYX_ACCOUNTS"


async def test_an_unusable_accounts_file_fails(examined: Examine) -> None:
    """The file is reported whatever else is wrong, and the base URL is checked all the same."""
    given = {"TELNYX_ACCOUNTS": "/no/such.toml", "TELNYX_REQUEST_TIMEOUT": "x", "TELNYX_API_KEY": PARIS}
    steps = await examined("key", "settings", "base_url", **given)
    assert [steps[name].status for name in ("key", "settings", "base_url")] == ["failed", "failed", "ok"]
    assert steps["key"].detail == "The accounts file cannot be read (No such file or directory)"
