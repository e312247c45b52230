"""Fixtures for authentication: real sockets, an OAuth issuer, and our server behind them."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from telnyx_connections_mcp.auth.challenge import ChallengeMiddleware
from telnyx_connections_mcp.auth.setup import create_auth
from telnyx_connections_mcp.config.accounts import Accounts
from telnyx_connections_mcp.config.auth_settings import read_auth_options
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

Listen = Callable[[ASGIApp], str]
Serve = Callable[..., str]
Ping = Callable[..., httpx.Response]


def listening(stack: ExitStack, app: ASGIApp) -> str:
    """Serve `app` over a real socket until the stack closes, and return its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)

    def stop() -> None:
        server.should_exit = True
        thread.join()
        listener.close()

    thread.start()
    stack.callback(stop)
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Serve applications over real sockets until the test ends; returns the origin of each."""
    with ExitStack() as stack:
        yield lambda app: listening(stack, app)


@dataclass
class Issuer:
    """An OAuth issuer on this machine, with metadata, keys, and tokens signed with any of them."""

    origin: str = ""
    audience: str = "https://mcp.example.com/mcp"
    published: list[dict[str, Any]] = field(default_factory=list)
    private: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The paths of the requests that came."""
    instead: Response | None = None
    """What it answers to everything, while it is away or broken."""
    metadata: dict[str, Any] = field(default_factory=dict)
    metadata_path: str = "/.well-known/oauth-authorization-server"

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        if self.instead is not None:
            return self.instead
        if request.url.path == "/keys":
            return JSONResponse({"keys": self.published})
        if request.url.path == self.metadata_path:
            return JSONResponse({"issuer": self.origin, "jwks_uri": f"{self.origin}/keys"} | self.metadata)
        return Response(status_code=404)

    def add_key(self, kid: str, algorithm: str = "ES256", **jwk: Any) -> None:
        """Create a key and publish its public half."""
        key: Any = {
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]()
        self.private[kid] = key
        public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
        public.pop("key_ops", None)
        self.published.append(public | {"kid": kid} | jwk)

    def token(self, kid: str = "one", algorithm: str = "ES256", header: Mapping[str, Any] = {}, **claims: Any) -> str:
        """A valid token except for these claims; None leaves a claim out, and times are in seconds from now."""
        now = int(time.time())
        good = {
            "iss": self.origin,
            "aud": self.audience,
            "sub": "ada",
            "exp": 300,
            "iat": 0,
            "scope": "telnyx.read openid",
        }
        said = {name: value for name, value in (good | claims).items() if value is not None}
        for name in {"exp", "nbf", "iat"} & said.keys():
            said[name] += now
        headers = {"kid": kid, "typ": "at+jwt"} | dict(header)
        return jwt.encode(said, self.private[kid], algorithm, {k: v for k, v in headers.items() if v is not None})

    def environ(self, **more: str) -> dict[str, str]:
        """The variables that make our server accept this issuer's tokens."""
        return {
            "TELNYX_OAUTH_ISSUER": self.origin,
            "TELNYX_OAUTH_AUDIENCE": self.audience,
            "TELNYX_OAUTH_SCOPES": "telnyx.read",
        } | more


@pytest.fixture(scope="session")
def issuers() -> Iterator[tuple[str, list[Issuer]]]:
    """The address that all issuers share, and the list of them, of which the last one answers."""
    made: list[Issuer] = []

    async def answer(request: Request) -> Response:
        return await made[-1].answer(request)

    with ExitStack() as stack:
        yield listening(stack, Starlette(routes=[Route("/{path:path}", answer)])), made


@pytest.fixture
def issuer(issuers: tuple[str, list[Issuer]]) -> Issuer:
    """An issuer with one ES256 key called `one`."""
    made = Issuer(issuers[0])
    made.add_key("one")
    issuers[1].append(made)
    return made


@pytest.fixture
def serve(listen: Listen) -> Serve:
    """Serve our server over HTTP with authentication by `environ`, on the sandbox unless `accounts` are given."""

    def run(environ: Mapping[str, str], accounts: Accounts | None = None) -> str:
        sandbox = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2")
        server = (
            create_server(sandbox, lambda: httpx.ASGITransport(create_app()))
            if accounts is None
            else create_server(accounts.settings, accounts=accounts)
        )
        auth = create_auth(read_auth_options(environ))
        app: Starlette = server._lowlevel_server.streamable_http_app(  # noqa: SLF001  # the SDK's door to its HTTP app
            stateless_http=True,
            auth=auth.settings if auth else None,
            token_verifier=auth.verifier if auth else None,
        )
        if auth is not None:
            app.add_middleware(ChallengeMiddleware, auth=auth.settings)
        return listen(app)

    return run


@pytest.fixture
def ping() -> Ping:
    """Send a ping with these Authorization headers."""

    def send(origin: str, *authorization: str) -> httpx.Response:
        headers = [("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2025-11-25")]
        headers += [("authorization", value) for value in authorization]
        with httpx.Client(trust_env=False) as client:
            return client.post(f"{origin}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=headers)

    return send
