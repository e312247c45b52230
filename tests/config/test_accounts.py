"""The accounts file: what it may contain, and how a server of several accounts behaves."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client import Client

from telnyx_connections_mcp.config.accounts import Accounts, one_account, read_accounts
from telnyx_connections_mcp.config.key_text import PLACEHOLDER
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.mcp_server.context import open_accounts
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

pytestmark = pytest.mark.anyio
KEY = "KEY0123456789ABCDEF"
SNAPSHOT = Path(__file__).parents[1] / "contract" / "tools_list.json"
Start = Callable[..., Any]  # tests/conftest.py: start
Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an accounts file with a key file beside it, and return its path."""
    (tmp_path / "key").write_text(f"{KEY}-B\n", encoding="utf-8")

    def run(text: str) -> str:
        path = tmp_path / "accounts.toml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        return str(path)

    return run


TWO = """
[accounts.berlin]
key_file = "key"

[accounts.paris]
key_env = "KEY_PARIS"
base_url = "http://127.0.0.1:1/v2/"
default = true
"""


def test_without_a_file_the_environment_is_the_only_account() -> None:
    """Without an accounts file there is one account, which requests that name none use."""
    settings = Settings(api_key=KEY)
    assert read_accounts({"TELNYX_API_KEY": KEY}) == one_account(settings)
    assert one_account(settings) == Accounts(settings=settings, by_name={"default": settings}, default="default")


def test_an_accounts_file_refers_to_keys(write: Write) -> None:
    """Keys come from files and variables that the accounts file names, and other settings from the environment."""
    environ = {"KEY_PARIS": f"{KEY}-P", "TELNYX_TOOL_TIMEOUT": "7", "TELNYX_ACCOUNTS": write(TWO)}
    accounts = read_accounts(environ | {"TELNYX_LOG_LEVEL": "debug"})
    assert accounts.settings == Settings(tool_timeout=7, log_level="DEBUG")
    assert accounts.default == "paris"
    assert accounts.by_name == {
        "berlin": Settings(api_key=f"{KEY}-B", tool_timeout=7, log_level="DEBUG"),
        "paris": Settings(api_key=f"{KEY}-P", base_url="http://127.0.0.1:1/v2", tool_timeout=7, log_level="DEBUG"),
    }
    assert KEY not in repr(accounts)


def test_a_single_account_is_the_default(write: Write) -> None:
    """A single account is the default; of two without `default`, neither is."""
    assert read_accounts({"TELNYX_ACCOUNTS": write("[accounts.berlin]\nkey_file = 'key'")}).default == "berlin"
    two = "[accounts.a]\nkey_file = 'key'\n[accounts.b]\nkey_file = 'key'"
    assert read_accounts({"TELNYX_ACCOUNTS": write(two)}).default is None


def test_the_sandbox_is_one_account() -> None:
    """With the sandbox an accounts file is ignored, and its keys are not read."""
    assert read_accounts({"TELNYX_ACCOUNTS": "/does/not/exist"}, sandbox=True) == one_account(Settings(sandbox=True))


def test_a_wrong_setting_is_reported_before_the_file_is_read() -> None:
    """A wrong setting in the environment, which concerns every account, is reported first."""
    accounts = read_accounts({"TELNYX_TOOL_TIMEOUT": "never", "TELNYX_ACCOUNTS": "/does/not/exist"})
    assert "TELNYX_TOOL_TIMEOUT" in (accounts.settings.problem or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[accounts.berlin]\nkey = 'KEY0123456789ABCDEF'", "[accounts.berlin] contains a key"),
        ("[accounts.berlin]\napi_key = 'KEY0123456789ABCDEF'", "[accounts.berlin] contains a key"),
        ("[accounts.berlin]\nkey_file = 'key'\nbaseurl = 'x'", "[accounts.berlin] contains baseurl, which is unknown"),
        ("[accounts.berlin]\n'KEY0 1' = 'x'", "[accounts.berlin] contains a setting, which is unknown"),
        ("[accounts.berlin]", "[accounts.berlin] must name its key with either"),
        ("[accounts.berlin]\nkey_file = 'key'\nkey_env = 'X'", "[accounts.berlin] must name its key with either"),
        ("[accounts.berlin]\nkey_file = ''", "key_file in [accounts.berlin] must be text"),
        ("[accounts.berlin]\nkey_env = 7", "key_env in [accounts.berlin] must be text"),
        ("[accounts.berlin]\ndefault = 'yes'", "default in [accounts.berlin] must be true or false"),
        ("[accounts.berlin]\nkey_env = 'UNSET'", "named by key_env in [accounts.berlin] holds no key"),
        ("[accounts.berlin]\nkey_file = 'nope'", "The file named by key_file in [accounts.berlin] cannot be read"),
        (
            "[accounts.berlin]\nkey_file = '~nobody-of-that-name/k'",
            "The file named by key_file in [accounts.berlin] cannot",
        ),
        ("[accounts.berlin]\nkey_env = 'PLACE'", "[accounts.berlin] holds a placeholder"),
        (
            "[accounts.berlin]\nkey_file = 'key'\nbase_url = 'http://10.0.0.1'",
            "base_url in [accounts.berlin] must begin with https://",
        ),
        (TWO + "[accounts.rome]\nkey_file='key'\ndefault = true", "[accounts.rome] is a second default"),
        ("[accounts]\nberlin = 7", "[accounts.berlin] in the accounts file must be a table"),
        ("[accounts.'a b']\nkey_file = 'key'", "An account name in the accounts file"),
        ("[account.berlin]\nkey_file = 'key'", "one or more [accounts.NAME] tables"),
        ("x = 1\n[accounts.berlin]\nkey_file = 'key'", "one or more [accounts.NAME] tables"),
        ("[accounts]", "one or more [accounts.NAME] tables"),
        ("accounts = 'KEY0123456789ABCDEF'", "one or more [accounts.NAME] tables"),
        ("[accounts.berlin]\nkey = KEY0123456789ABCDEF", "is not valid TOML at line 2, column 7"),
        ("[accounts.berlin", "is not valid TOML"),
        ("# \udcff", "not a readable text file"),
    ],
)
async def test_an_unusable_file_is_reported(write: Write, text: str, said: str) -> None:
    """Every tool reports an unusable file in one sentence that names the table and never quotes a key."""
    accounts = read_accounts({"KEY_PARIS": KEY, "PLACE": PLACEHOLDER, "TELNYX_ACCOUNTS": write(text)})
    problem = accounts.settings.problem or ""
    assert said in problem
    assert KEY not in problem
    assert "\n" not in problem
    async with Client(create_server(accounts.settings, accounts=accounts)) as client:
        answer = await client.call_tool("list_connections", {})
    assert answer.is_error
    assert answer.content[0].text == problem


def test_a_missing_file_is_reported() -> None:
    """A missing file is reported with where its path may be wrong."""
    problem = read_accounts({"TELNYX_ACCOUNTS": "/does/not/exist"}).settings.problem or ""
    assert "No such file or directory" in problem
    assert "TELNYX_ACCOUNTS" in problem


async def tools_of(server: Any) -> list[dict[str, Any]]:
    async with Client(server) as client:
        listed = (await client.list_tools()).tools
    return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]


async def test_tools_have_an_account_argument_only_for_several_accounts(write: Write) -> None:
    """One account leaves the tools unchanged; several add the argument, but no names of accounts."""
    one = read_accounts({"TELNYX_ACCOUNTS": write("[accounts.berlin]\nkey_file = 'key'")})
    recorded = json.loads(SNAPSHOT.read_text())["tools"]
    assert await tools_of(create_server(replace(one.settings, app=False), accounts=one)) == [
        {part: said for part, said in tool.items() if part != "_meta"} for tool in recorded
    ]
    two = read_accounts({"KEY_PARIS": KEY, "TELNYX_ACCOUNTS": write(TWO)})
    tools = await tools_of(create_server(two.settings, accounts=two))
    for tool in tools:
        assert tool["inputSchema"]["properties"]["account"]["type"] == "string"
        assert "account" not in tool["inputSchema"].get("required", [])
        assert "account" in tool["outputSchema"]["properties"]
    assert not re.search("berlin|paris", json.dumps(tools))


def test_each_account_can_be_queried_over_stdio(start: Start, write: Write, sandbox_url: str) -> None:
    """A request may use the default account or a named one, and an unknown name is answered with the known ones."""
    (Path(write("")).parent / "key").write_text("sandbox-key-is-wrong", encoding="utf-8")
    file = write(
        f"[accounts.good]\nkey_env = 'GOOD'\nbase_url = '{sandbox_url}/v2'\ndefault = true\n"
        f"[accounts.bad]\nkey_file = 'key'\nbase_url = '{sandbox_url}/v2'"
    )
    server = start("--accounts", file, GOOD=SANDBOX_KEY)
    said = server.handshake()
    assert "several Telnyx accounts" in said["result"]["instructions"]

    def call(number: int, **arguments: Any) -> dict[str, Any]:
        answer = server.ask(number, "tools/call", name="list_connections", arguments=arguments)
        result: dict[str, Any] = answer["result"]
        return result

    answer = call(1)["structuredContent"]
    assert list(answer)[:2] == ["account", "summary"]
    assert answer["account"] == "good"
    assert call(2, account="good", page={"size": 1})["structuredContent"]["page"]["size"] == 1
    assert call(3, account=None)["structuredContent"]["account"] == "good"
    assert "refused" in call(4, account="bad")["content"][0]["text"]
    wrong = call(5, account="rome")
    assert wrong["isError"]
    assert (
        wrong["content"][0]["text"]
        == "Nothing was sent to Telnyx: you have no account 'rome'; your accounts: good, bad."
    )
    assert "must be an account name" in call(6, account=["good"])["content"][0]["text"]
    assert "`page.sise` is unknown" in call(7, account="good", page={"sise": 1})["content"][0]["text"]
    code, stderr = server.close()
    assert (code, stderr) == (0, "")


async def test_without_a_default_account_nothing_is_prepared() -> None:
    """Without a default account no client is prepared, and the first request still works."""
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2")
    accounts = Accounts(settings=settings, by_name={"berlin": settings, "paris": settings}, default=None)
    async with open_accounts(accounts, lambda: httpx.ASGITransport(create_app())) as states:
        states.prepare()
        counts = await states.choose("paris", ["paris"]).client.count_connections()
        assert counts.counts
