"""Telnyx accounts stay separate under many concurrent callers over real sockets."""

import logging
import random
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from telnyx_connections_mcp.auth.token_editing import add_token
from telnyx_connections_mcp.config.accounts import Accounts, one_account
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
Era = Literal["auto", "legacy"]
Serve = Callable[..., str]
NAMES = ("berlin", "paris")


@dataclass
class Upstream:
    """Telnyx for one account, with its own key and fleet, which records what it receives."""

    name: str
    seed: int
    limited: bool = False
    """Whether it says that the rate limit is used up, for ten minutes."""
    keys: set[str] = field(default_factory=set)
    requests: int = 0
    base_url: str = ""

    def __post_init__(self) -> None:
        self.key = f"KEY-of-{self.name}-0123456789"
        self.app = create_app(seed=self.seed)
        self.limit = create_app(seed=self.seed, fault="429-wait")
        self.ids = {row["id"] for row in create_fleet(size=55, seed=self.seed).connections}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as the sandbox, if the key is this account's."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        self.requests += 1
        self.keys.add(headers[b"authorization"].decode())
        if headers[b"authorization"].decode() == f"Bearer {self.key}":
            headers[b"authorization"] = f"Bearer {SANDBOX_KEY}".encode()
        await (self.limit if self.limited else self.app)(scope | {"headers": list(headers.items())}, receive, send)


@dataclass
class Team:
    """A server of two accounts, and the tokens of its callers."""

    origin: str
    upstreams: dict[str, Upstream]
    tokens: dict[str, str]

    @asynccontextmanager
    async def client(self, caller: str, era: Era = "auto") -> Any:
        headers = {"authorization": f"Bearer {self.tokens[caller]}"}
        async with (
            httpx.AsyncClient(headers=headers, trust_env=False, timeout=30) as http,
            Client(streamable_http_client(f"{self.origin}/mcp", http_client=http), mode=era) as client,
        ):
            yield client

    async def ask(self, caller: str, tool: str = "search_connections", **arguments: Any) -> Any:
        async with self.client(caller) as client:
            return await client.call_tool(tool, arguments)


BINDINGS: dict[str, tuple[str, ...] | None] = {
    "of-berlin": ("berlin",),
    "of-paris": ("paris",),
    "of-both": ("berlin", "paris"),
    "of-none": None,
    "of-rome": ("rome",),
}


def accounts_of(upstreams: dict[str, Upstream], default: str | None) -> Accounts:
    shared = Settings(snapshot_seconds=30)
    by_name = {
        name: replace(shared, api_key=upstream.key, base_url=upstream.base_url) for name, upstream in upstreams.items()
    }
    return Accounts(settings=shared, by_name=by_name, default=default)


@pytest.fixture
def team(listen: Callable[..., str], serve: Serve, tmp_path: Path) -> Callable[..., Team]:
    """Two accounts with fleets of their own, and callers bound to them."""

    def make(default: str | None = None) -> Team:
        upstreams = {name: Upstream(name, seed) for seed, name in enumerate(NAMES, 1)}
        for upstream in upstreams.values():
            upstream.base_url = f"{listen(upstream)}/v2"
        file = tmp_path / "tokens"
        tokens = {name: add_token(file, name, accounts=bound, expires=None) for name, bound in BINDINGS.items()}
        origin = serve({"TELNYX_HTTP_TOKENS": str(file)}, accounts_of(upstreams, default))
        return Team(origin, upstreams, tokens)

    return make


def text_of(result: Any) -> str:
    return str(result.content[0].text)


def ids_in(result: Any) -> set[str]:
    assert not result.is_error, text_of(result)
    return {row["id"] for row in result.structured_content["connections"]}


async def test_concurrent_callers_see_only_their_own_fleet(
    team: Callable[..., Team], era: Era, caplog: pytest.LogCaptureFixture
) -> None:
    """Twenty callers of two accounts use every tool; each answer and each key sent is checked."""
    caplog.set_level(logging.DEBUG)
    made = team()
    mixed = random.Random(0)  # noqa: S311  # an order, no secret
    callers = [("of-berlin", "berlin"), ("of-paris", "paris"), ("of-both", "berlin"), ("of-both", "paris")] * 5
    mixed.shuffle(callers)
    checked = 0

    async def call(caller: str, account: str) -> None:
        nonlocal checked
        named = {"account": account} if caller == "of-both" else {}
        own = made.upstreams[account].ids
        async with made.client(caller, era) as client:
            for tool, arguments in (
                ("list_connections", {"page": {"size": 50}}),
                ("search_connections", {"where": {"active": True}}),
                ("search_connections", {"fresh": True}),
            ):
                result = await client.call_tool(tool, arguments | named)
                seen = ids_in(result)
                assert seen
                assert seen <= own
                assert result.structured_content["account"] == account
                checked += 1
            one = mixed.choice(sorted(own))
            got = await client.call_tool("get_connection", {"id": one} | named)
            assert got.structured_content["connection"]["id"] == one
            foreign = mixed.choice(sorted(set().union(*(u.ids for u in made.upstreams.values())) - own))
            assert (await client.call_tool("get_connection", {"id": foreign} | named)).is_error

    assert not made.upstreams["berlin"].ids & made.upstreams["paris"].ids
    async with anyio.create_task_group() as tasks:
        for caller, account in callers:
            tasks.start_soon(call, caller, account)
    assert checked == 60
    for upstream in made.upstreams.values():
        assert upstream.keys == {f"Bearer {upstream.key}"}
        assert upstream.key not in caplog.text


async def test_another_callers_account_looks_unknown(team: Callable[..., Team]) -> None:
    """The error for another caller's account is that for an unknown one, and no request is sent."""
    made = team()
    foreign = await made.ask("of-berlin", account="paris")
    missing = await made.ask("of-berlin", account="rome")
    assert foreign.is_error
    assert text_of(foreign) == "Nothing was sent to Telnyx: you have no account 'paris'; your accounts: berlin."
    assert text_of(foreign) == text_of(missing).replace("rome", "paris")
    assert foreign.structured_content is None
    assert all(upstream.requests == 0 for upstream in made.upstreams.values())


async def test_a_caller_uses_its_own_accounts(team: Callable[..., Team]) -> None:
    """A caller of one account need not name it; one of several names one or is asked to."""
    made = team()
    assert ids_in(await made.ask("of-paris")) <= made.upstreams["paris"].ids
    both = await made.ask("of-both")
    assert text_of(both) == "Nothing was sent to Telnyx: name one of your accounts in `account`: berlin, paris."
    for caller in ("of-none", "of-rome"):
        for arguments in ({}, {"account": "berlin"}):
            refused = await made.ask(caller, **arguments)
            assert "you may not use any Telnyx account of this server" in text_of(refused)
            assert "berlin" not in text_of(refused)


async def test_the_default_account_is_only_for_its_callers(team: Callable[..., Team]) -> None:
    """An unbound caller has the default account alone, and one bound elsewhere neither uses nor sees it."""
    made = team("berlin")
    for caller in ("of-none", "of-both"):
        assert (await made.ask(caller)).structured_content["account"] == "berlin"
    assert "you have no account 'paris'; your accounts: berlin" in text_of(await made.ask("of-none", account="paris"))
    assert (await made.ask("of-paris")).structured_content["account"] == "paris"
    assert "berlin" not in text_of(await made.ask("of-rome"))


async def test_a_default_account_of_others_is_not_named(serve: Serve, tmp_path: Path) -> None:
    """A caller that names no account is told its own two, not the server's default."""
    upstreams = {name: Upstream(name, seed, base_url="http://127.0.0.1:9/v2") for seed, name in enumerate("abc")}
    tokens = {"x": add_token(tmp_path / "tokens", "x", accounts=("a", "b"), expires=None)}
    origin = serve({"TELNYX_HTTP_TOKENS": str(tmp_path / "tokens")}, accounts_of(upstreams, "c"))
    said = text_of(await Team(origin, upstreams, tokens).ask("x"))
    assert said == "Nothing was sent to Telnyx: name one of your accounts in `account`: a, b."


async def test_a_snapshot_is_shared_only_within_its_account(team: Callable[..., Team]) -> None:
    """A second caller of an account costs no request, and a caller of another gets another snapshot."""
    made = team()
    berlin, paris = made.upstreams["berlin"], made.upstreams["paris"]
    await made.ask("of-berlin")
    asked = berlin.requests
    assert asked > 0
    assert paris.requests == 0
    await made.ask("of-both", account="berlin")
    assert (berlin.requests, paris.requests) == (asked, 0)
    await made.ask("of-paris")
    assert berlin.requests == asked
    assert paris.requests > 0


async def test_a_rate_limit_slows_only_its_own_account(team: Callable[..., Team]) -> None:
    """Paris is answered at once while Berlin has to wait ten minutes."""
    made = team()
    made.upstreams["berlin"].limited = True
    assert "rate limit" in text_of(await made.ask("of-berlin"))
    begun = time.monotonic()
    for _ in range(5):
        ids_in(await made.ask("of-paris", fresh=True))
    assert time.monotonic() - begun < 10
    assert "rate limit" in text_of(await made.ask("of-both", account="berlin"))
    asked = made.upstreams["berlin"].requests
    await made.ask("of-berlin", "list_connections")
    assert made.upstreams["berlin"].requests == asked


async def test_a_claim_of_the_issuer_binds_a_caller(listen: Any, serve: Serve, issuer: Any) -> None:
    """A token that names an account gets that one, and one that names none gets none, not even the default."""
    upstreams = {name: Upstream(name, seed) for seed, name in enumerate(NAMES, 1)}
    for upstream in upstreams.values():
        upstream.base_url = f"{listen(upstream)}/v2"
    origin = serve(issuer.environ(TELNYX_OAUTH_ACCOUNT_CLAIM="accounts"), accounts_of(upstreams, "berlin"))
    made = Team(origin, upstreams, {"bound": issuer.token(accounts=["paris"]), "unbound": issuer.token()})
    assert ids_in(await made.ask("bound")) <= upstreams["paris"].ids
    assert "you may not use any Telnyx account" in text_of(await made.ask("unbound"))


async def test_a_binding_holds_for_a_single_account_too(serve: Serve, listen: Any, tmp_path: Path) -> None:
    """A token for Berlin does not work for the only account of a server without an accounts file."""
    upstream = Upstream("only", 3)
    upstream.base_url = f"{listen(upstream)}/v2"
    file = tmp_path / "tokens"
    tokens = {name: add_token(file, name, accounts=bound, expires=None) for name, bound in BINDINGS.items()}
    only = one_account(Settings(api_key=upstream.key, base_url=upstream.base_url))
    made = Team(serve({"TELNYX_HTTP_TOKENS": str(file)}, only), {"only": upstream}, tokens)
    assert ids_in(await made.ask("of-none")) <= upstream.ids
    assert "you may not use any Telnyx account" in text_of(await made.ask("of-berlin"))


async def test_a_caller_without_a_binding_gets_nothing(listen: Any) -> None:
    """If nothing says which accounts a caller may use, it may use none."""
    from mcp.server.auth.provider import AccessToken
    from mcp.server.auth.settings import AuthSettings
    from pydantic import AnyHttpUrl

    from telnyx_connections_mcp.mcp_server.app import create_server

    class Anybody:
        async def verify_token(self, token: str) -> AccessToken:
            return AccessToken(token=token, client_id="x", scopes=[])

    upstream = Upstream("only", 3)
    upstream.base_url = f"{listen(upstream)}/v2"
    server = create_server(Settings(api_key=upstream.key, base_url=upstream.base_url))
    app = server._lowlevel_server.streamable_http_app(  # noqa: SLF001  # the SDK's door to its HTTP app
        stateless_http=True,
        auth=AuthSettings(issuer_url=AnyHttpUrl("https://i.example"), resource_server_url=None),
        token_verifier=Anybody(),
    )
    result = await Team(listen(app), {}, {"x": "x"}).ask("x")
    assert result.is_error
    assert upstream.requests == 0
