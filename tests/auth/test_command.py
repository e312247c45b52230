"""The real command as a team runs it: tokens, accounts, an issuer and JSON logs, over real sockets."""

import io
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, redirect_stdout
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import anyio
import httpx
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import PromptReference

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
Era = Literal["auto", "legacy"]
NAMES = ("berlin", "paris")
CALLS = "telnyx_connections_mcp.calls"
METADATA = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Upstream:
    """Telnyx for one account, with its own fleet and key, which records the keys it receives."""

    def __init__(self, name: str, seed: int, fault: str | None = None) -> None:
        self.key = f"KEY-of-{name}-0123456789"
        self.sent: set[str] = set()
        self.ids = {row["id"] for row in create_fleet(size=55, seed=seed).connections}
        self._app = create_app(seed=seed, fault=fault)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            self.sent.add(headers[b"authorization"].decode())
            headers[b"authorization"] = f"Bearer {SANDBOX_KEY}".encode()
            scope = scope | {"headers": list(headers.items())}
        await self._app(scope, receive, send)


def printed(*arguments: str) -> str:
    """What a command that succeeds prints."""
    with redirect_stdout(io.StringIO()) as out:
        assert main(arguments) == 0
    return out.getvalue().strip()


class Command:
    """The running command, its standard error, and the tokens of its callers."""

    def __init__(self, process: Any, tokens: Path) -> None:
        self._popen = process.popen
        self._tokens = tokens
        self.said: list[dict[str, Any]] = []
        self.secrets: dict[str, str] = {}
        first = json.loads(self._popen.stderr.readline())
        self.url: str = first["message"].split(" serves MCP at ")[1].split("; ")[0].split(" ")[0]
        self._thread = Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        self.said += map(json.loads, self._popen.stderr)

    def token(self, *words: str) -> str:
        """What `token WORDS` prints for the token file of this server."""
        return printed("token", *words, "--file", str(self._tokens))

    def add(self, name: str, *accounts: str) -> None:
        self.secrets[name] = self.token("new", name, *(part for account in accounts for part in ("--account", account)))

    def ping(self, *authorization: str, **headers: str) -> httpx.Response:
        """Send a ping."""
        given = [("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2025-11-25")]
        given += [*headers.items(), *(("authorization", value) for value in authorization)]
        with httpx.Client(trust_env=False) as client:
            return client.post(self.url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=given)

    @asynccontextmanager
    async def client(self, caller: str, era: Era = "auto", **headers: str) -> AsyncIterator[Client]:
        given = {"authorization": f"Bearer {self.secrets[caller]}"} | headers
        async with (
            httpx.AsyncClient(headers=given, trust_env=False, timeout=30) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=era) as client,
        ):
            yield client

    def stop(self) -> list[dict[str, Any]]:
        """Stop it normally, and return the request lines."""
        if self._thread.is_alive():
            self._popen.terminate()
            assert self._popen.wait(20) == 0
            self._thread.join()
            text = json.dumps(self.said)
            assert not [secret for secret in self.secrets.values() if secret in text]
        return [line for line in self.said if line["logger"] == CALLS]


Run = Callable[..., Command]


@pytest.fixture
def run(start: Callable[..., Any], tmp_path: Path) -> Iterator[Run]:
    """Start `serve --http` with JSON lines; when the test ends it is stopped, and its log must show no token."""
    started: list[Command] = []

    def make(*options: str, **environ: str) -> Command:
        tokens = tmp_path / "tokens"
        first = printed("token", "new", "first", "--file", str(tokens))
        process = start("serve", "--http", "0", "--log-format", "json", *options, **environ)
        started.append(Command(process, tokens))
        started[-1].secrets["first"] = first
        return started[-1]

    yield make
    for command in started:
        command.stop()


def with_accounts(
    run: Run, listen: Callable[..., str], directory: Path, fault: str | None = None, **environ: str
) -> tuple[Command, dict[str, Upstream]]:
    """The command with two accounts, and callers of one, the other and both."""
    upstreams = {name: Upstream(name, seed, fault) for seed, name in enumerate(NAMES, 1)}
    said = ""
    for name, upstream in upstreams.items():
        (directory / f"{name}.key").write_text(upstream.key)
        said += f'[accounts.{name}]\nkey_file = "{name}.key"\nbase_url = "{listen(upstream)}/v2"\n'
    (directory / "accounts.toml").write_text(said)
    command = run("--tokens", str(directory / "tokens"), "--accounts", str(directory / "accounts.toml"), **environ)
    command.add("of-berlin", "berlin")
    command.add("of-paris", "paris")
    command.add("of-both", "berlin", "paris")
    until_known(command, "of-both")
    return command, upstreams


def until_known(command: Command, caller: str) -> None:
    """Wait until the running server has read the token of `caller`."""
    eventually(lambda: command.ping(f"Bearer {command.secrets[caller]}").status_code == 200)


def eventually(true: Callable[[], object]) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.05)


async def test_the_accounts_of_one_command_stay_separate(
    run: Run, listen: Callable[..., str], tmp_path: Path, era: Era
) -> None:
    """24 concurrent callers see only their accounts, and each request line names caller and account."""
    command, upstreams = with_accounts(
        run, listen, tmp_path, TELNYX_HTTP_MAX_CALLS_PER_CALLER="64", TELNYX_HTTP_QUEUE_SECONDS="30"
    )

    async def caller(account: str, *, of_both: bool) -> None:
        own, [other] = upstreams[account].ids, [one.ids for name, one in upstreams.items() if name != account]
        named = {"account": account} if of_both else {}
        async with command.client("of-both" if of_both else f"of-{account}", era) as client:
            found = await client.call_tool("list_connections", {"page": {"size": 50}} | named)
            assert found.structured_content is not None
            assert {row["id"] for row in found.structured_content["connections"]} <= own
            assert found.structured_content["account"] == account
            assert "find-connection" in {prompt.name for prompt in (await client.list_prompts()).prompts}
            assert (await client.get_prompt("find-connection", {"hint": "acme"})).messages
            if of_both:
                return
            fleet = (await client.read_resource("telnyx://fleet")).contents[0]
            assert fleet.text.startswith("{")  # type: ignore[union-attr]  # it is text
            one, foreign = min(own), min(other)
            seen = await client.read_resource(f"telnyx://connections/{one}")
            assert one in seen.contents[0].text  # type: ignore[union-attr]  # it is text
            with pytest.raises(Exception, match=r"not found|no connection|No connection"):
                await client.read_resource(f"telnyx://connections/{foreign}")
            offered = await client.complete(
                PromptReference(name="find-connection"), {"name": "connection_id", "value": ""}
            )
            assert offered.completion.values
            assert set(offered.completion.values) <= own

    async with anyio.create_task_group() as tasks:
        for number in range(24):
            tasks.start_soon(lambda n: caller(NAMES[n % 2], of_both=n % 3 == 0), number)
    lines = [line for line in command.stop() if line["outcome"] == "ok" or line["method"] == "resources/read"]
    calls = [line for line in lines if line["method"] == "tools/call"]
    assert len(calls) == 24
    assert len({line["request_id"] for line in lines}) == len(lines)
    for line in lines:
        wanted = {"of-berlin": {"berlin"}, "of-paris": {"paris"}, "of-both": {*NAMES}}[line["caller"]]
        assert line["method"] == "prompts/get" or line["account"] in wanted  # a prompt is a text of ours
    assert {line["account"] for line in calls if line["caller"] == "of-both"} == {*NAMES}
    text = json.dumps(command.said)
    for upstream in upstreams.values():
        assert upstream.sent == {f"Bearer {upstream.key}"}
        assert upstream.key not in text


def test_tokens_can_be_added_and_revoked_while_it_serves(run: Run, tmp_path: Path) -> None:
    """A new token works and a revoked one stops working, and a refusal is logged with its reason, not the token."""
    command = run("--sandbox", "--tokens", str(tmp_path / "tokens"))
    first = f"Bearer {command.secrets['first']}"
    assert command.ping(first).status_code == 200
    nothing = command.ping()
    assert (nothing.status_code, nothing.headers["www-authenticate"]) == (401, "Bearer")
    command.secrets["made up"] = "tcm_madeup0123456789abcdefghijklmnopqrstuvwxyz"
    wrong = command.ping("Bearer tcm_madeup0123456789abcdefghijklmnopqrstuvwxyz", **{"x-request-id": "proxy-7"})
    assert wrong.status_code == 401
    assert wrong.headers["x-request-id"] == "proxy-7"
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    command.add("second")
    until_known(command, "second")
    command.token("revoke", "first")
    eventually(lambda: command.ping(first).status_code == 401)
    refused = [line for line in command.stop() if line["outcome"] == 401]
    assert "why" not in refused[0]
    [named] = [line for line in refused if line["request_id"] == "proxy-7"]
    assert named["why"] == "the token is unknown: it was mistyped, or was revoked"
    assert (named["client"], named["target"], "caller" in named) == ("127.0.0.1", "/mcp", False)


async def test_a_busy_answer_is_logged_with_caller_account_and_wait(
    run: Run, listen: Callable[..., str], tmp_path: Path, era: Era
) -> None:
    """A request that waited in vain has a line whose duration includes the wait."""
    command, _ = with_accounts(
        run, listen, tmp_path, "slow=2", TELNYX_HTTP_MAX_CALLS="1", TELNYX_HTTP_QUEUE_SECONDS="0.3"
    )

    async def call(caller: str) -> None:
        async with command.client(caller, era) as client:
            await client.call_tool("list_connections", {})

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call, "of-berlin")
        tasks.start_soon(call, "of-paris")
    by_outcome = {line["outcome"]: line for line in command.stop() if line["method"] == "tools/call"}
    assert by_outcome.keys() == {"ok", "Busy"}
    assert by_outcome["Busy"]["milliseconds"] >= 300
    for line in by_outcome.values():
        assert line["caller"] == f"of-{line['account']}"


async def test_a_request_for_an_unavailable_account_is_logged_without_one(
    run: Run, listen: Callable[..., str], tmp_path: Path
) -> None:
    """A request for which no account was chosen has none in its line."""
    command, _ = with_accounts(run, listen, tmp_path)
    async with httpx.AsyncClient(trust_env=False) as http:
        probe = (await http.get(command.url.replace("/mcp", "/readyz"))).json()
    assert probe == {
        "status": "ready",
        "telnyx": "reached",
        "age_seconds": probe["age_seconds"],
        "accounts": 2,
        "accounts_reached": 2,
    }
    async with command.client("of-berlin") as client:
        assert (await client.call_tool("list_connections", {"account": "paris"})).is_error
        assert (await client.call_tool("list_connections", {"account": ["paris"]})).is_error
    lines = [line for line in command.stop() if line["method"] == "tools/call"]
    assert [line["outcome"] for line in lines] == ["AccountRefused", "ArgumentError"]
    assert [line.get("account") for line in lines] == [None, None]


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
def test_a_request_keeps_its_id_and_its_trace(run: Run, tmp_path: Path, version: str) -> None:
    """The line has the request id of the proxy and the trace of the client, but no arguments."""
    command = run("--sandbox", "--tokens", str(tmp_path / "tokens"))
    meta = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    if version == "2026-07-28":
        meta["io.modelcontextprotocol/protocolVersion"] = version
        meta |= {"io.modelcontextprotocol/clientCapabilities": {}}  # type: ignore[dict-item]  # an object
    params = {"name": "search_connections", "arguments": {"where": {"name_contains": "umbrella"}}, "_meta": meta}
    answer = httpx.post(
        command.url,
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params},
        headers={
            "authorization": f"Bearer {command.secrets['first']}",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": version,
            "mcp-method": "tools/call",
            "mcp-name": "search_connections",
            "x-request-id": "proxy-8",
        },
        timeout=20,
    )
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, "proxy-8")
    [line] = command.stop()
    assert (line["request_id"], line["trace_id"], line["caller"]) == ("proxy-8", TRACE, "first")
    assert line.get("account") is None
    assert "umbrella" not in json.dumps(command.said)


async def test_tokens_of_an_issuer(run: Run, issuer: Any) -> None:
    """A valid token is accepted, and each refusal has its status, its challenge and its line."""
    command = run("--sandbox", **issuer.environ())
    command.secrets["ada"] = issuer.token()
    async with command.client("ada") as client:
        assert not (await client.call_tool("list_connections", {})).is_error
    refusals = {
        "no token": (command.ping(), 401, f'Bearer scope="telnyx.read", resource_metadata="{METADATA}"'),
        "another audience": (command.ping(f"Bearer {issuer.token(aud='https://x.example')}"), 401, "invalid_token"),
        "has expired": (command.ping(f"Bearer {issuer.token(exp=-300)}"), 401, "invalid_token"),
        "scope": (command.ping(f"Bearer {issuer.token(scope='openid')}"), 403, 'error="insufficient_scope"'),
    }
    for why, (answer, status, challenge) in refusals.items():
        assert answer.status_code == status, why
        assert challenge in answer.headers["www-authenticate"]
        assert f'resource_metadata="{METADATA}"' in answer.headers["www-authenticate"]
    origin = command.url.removesuffix("/mcp")
    async with httpx.AsyncClient(trust_env=False) as http:
        metadata = (await http.get(f"{origin}/.well-known/oauth-protected-resource/mcp")).json()
    assert metadata["resource"] == issuer.audience
    assert metadata["authorization_servers"][0].rstrip("/") == issuer.origin
    assert metadata["scopes_supported"] == ["telnyx.read"]
    lines = command.stop()
    assert [line["outcome"] for line in lines] == ["ok", 401, 401, 401, 403]
    assert [line.get("caller") for line in lines] == ["ada", None, None, None, "ada"]
    assert ["another audience" in line.get("why", "") for line in lines] == [False, False, True, False, False]


def test_other_addresses_need_authentication(run: Run, start: Callable[..., Any], tmp_path: Path) -> None:
    """With tokens it listens on any address; without, it says in one sentence why not."""
    refused = start("serve", "--sandbox", "--http", "0.0.0.0:0")
    assert refused.popen.wait(20) == 2
    assert b"Without authentication this server listens on loopback only" in refused.popen.stderr.read()
    command = run("--sandbox", "--http", "0.0.0.0:0", "--tokens", str(tmp_path / "tokens"))
    command.url = command.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104  # not listened on
    assert command.ping().status_code == 401
    assert command.ping(f"Bearer {command.secrets['first']}").status_code == 200
