"""Which tokens are accepted over a real socket, and what the others get."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from telnyx_connections_mcp.auth import token_file
from telnyx_connections_mcp.auth.challenge import ChallengeMiddleware
from telnyx_connections_mcp.auth.setup import create_auth
from telnyx_connections_mcp.auth.token_editing import add_token, revoke_token
from telnyx_connections_mcp.config.accounts import one_account
from telnyx_connections_mcp.config.auth_settings import AuthOptions, read_auth_options
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

pytestmark = pytest.mark.anyio
Issuer = Any  # tests/auth/conftest.py: Issuer
Serve = Callable[..., str]
Ping = Callable[..., httpx.Response]
METADATA = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_file, "LOOK_EVERY", 0.0)


def challenge(response: httpx.Response) -> str:
    return str(response.headers["www-authenticate"])


def test_a_token_of_the_file_works_until_it_is_revoked(path: Path, serve: Serve, ping: Ping) -> None:
    """A missing, a wrong and a revoked token each get a 401, which without an issuer points to no metadata."""
    token = add_token(path, "ops", accounts=None, expires=None)
    origin = serve({"TELNYX_HTTP_TOKENS": str(path)})
    assert ping(origin, f"Bearer {token}").status_code == 200
    assert ping(origin, f"bearer {token}").status_code == 200  # RFC 9110, section 11.1
    nothing = ping(origin)
    assert (nothing.status_code, challenge(nothing)) == (401, "Bearer")
    assert "send a token" in nothing.json()["error_description"]
    said = 'Bearer error="invalid_token", error_description="the token is unknown: it was mistyped, or was revoked"'
    wrong = ping(origin, f"Bearer {token[:-1]}")
    assert (wrong.status_code, challenge(wrong)) == (401, said)
    revoke_token(path, "ops")
    revoked = ping(origin, f"Bearer {token}")
    assert (revoked.status_code, challenge(revoked)) == (401, said)


@pytest.mark.parametrize("header", ["Basic b3BzOng=", "Bearer", "tcm_x", ""])
def test_other_credentials_count_as_none(path: Path, serve: Serve, ping: Ping, header: str) -> None:
    """Credentials of another scheme get a challenge without an error (RFC 6750, section 3.1)."""
    add_token(path, "ops", accounts=None, expires=None)
    response = ping(serve({"TELNYX_HTTP_TOKENS": str(path)}), header)
    assert (response.status_code, challenge(response)) == (401, "Bearer")


@pytest.mark.parametrize("token", ["two words", "é", '"', "a,b", "x" * 20_000])
def test_a_malformed_token_is_refused(path: Path, serve: Serve, ping: Ping, token: str) -> None:
    """A malformed token is an invalid_token (RFC 6750, section 3.1), and not echoed."""
    add_token(path, "ops", accounts=None, expires=None)
    response = ping(serve({"TELNYX_HTTP_TOKENS": str(path)}), f"Bearer {token}".encode())
    assert response.status_code == 401
    assert 'error="invalid_token"' in challenge(response)
    assert "is not a token" in challenge(response)


def test_two_authorization_headers_are_refused(path: Path, serve: Serve, ping: Ping) -> None:
    """Two Authorization headers get a 400 even if one is valid, because they are ambiguous."""
    token = add_token(path, "ops", accounts=None, expires=None)
    response = ping(serve({"TELNYX_HTTP_TOKENS": str(path)}), f"Bearer {token}", "Bearer other")
    assert response.status_code == 400
    assert 'error="invalid_request"' in challenge(response)


def test_a_token_of_the_issuer_is_accepted(issuer: Issuer, serve: Serve, ping: Ping) -> None:
    """A valid token is accepted, and a challenge gives the address of the metadata and the scopes."""
    origin = serve(issuer.environ())
    assert ping(origin, f"Bearer {issuer.token()}").status_code == 200
    nothing = ping(origin)
    assert (nothing.status_code, challenge(nothing)) == (401, f'Bearer scope="telnyx.read", {METADATA}')
    expired = ping(origin, f"Bearer {issuer.token(exp=-3600)}")
    assert expired.status_code == 401
    assert challenge(expired) == (
        'Bearer error="invalid_token", error_description="the token has expired: get a new one", '
        f'scope="telnyx.read", {METADATA}'
    )
    assert expired.json()["error"] == "invalid_token"
    foreign = ping(origin, f"Bearer {issuer.token(aud='https://other.example')}")
    assert (foreign.status_code, "another audience" in challenge(foreign)) == (401, True)


def test_a_token_with_too_little_scope_is_a_403(issuer: Issuer, serve: Serve, ping: Ping) -> None:
    """The 403 names every scope needed, so that a client can step up at once."""
    origin = serve(issuer.environ(TELNYX_OAUTH_SCOPES="telnyx.read voice"))
    response = ping(origin, f"Bearer {issuer.token()}")
    assert response.status_code == 403
    assert challenge(response) == (
        'Bearer error="insufficient_scope", error_description="the token must grant: telnyx.read voice", '
        f'scope="telnyx.read voice", {METADATA}'
    )


def test_the_metadata_names_the_issuer(issuer: Issuer, serve: Serve) -> None:
    """The metadata (RFC 9728) is public."""
    origin = serve(issuer.environ())
    answer = httpx.get(f"{origin}/.well-known/oauth-protected-resource/mcp").json()
    assert answer["resource"] == issuer.audience
    assert answer["authorization_servers"] == [issuer.origin]
    assert answer["scopes_supported"] == ["telnyx.read"]
    assert answer["bearer_methods_supported"] == ["header"]


def test_an_unavailable_issuer_is_a_503(issuer: Issuer, serve: Serve, ping: Ping) -> None:
    """While the issuer is away a token gets a 503 with a time to retry, so that no client discards it."""
    issuer.instead = Response(status_code=500)
    response = ping(serve(issuer.environ()), f"Bearer {issuer.token()}")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"
    assert "www-authenticate" not in response.headers


def test_both_kinds_of_tokens_may_be_enabled(path: Path, issuer: Issuer, serve: Serve, ping: Ping) -> None:
    """A token of the file needs no scope, and anything with its prefix is never checked with the issuer."""
    token = add_token(path, "ops", accounts=None, expires=None)
    origin = serve(issuer.environ(TELNYX_HTTP_TOKENS=str(path)))
    assert ping(origin, f"Bearer {token}").status_code == 200
    assert issuer.asked == []
    assert ping(origin, f"Bearer {issuer.token()}").status_code == 200
    assert ping(origin, "Bearer tcm_made-up").status_code == 401


def test_a_token_of_the_file_without_token_file(issuer: Issuer, serve: Serve, ping: Ping) -> None:
    """If only the issuer is enabled, the reason says which tokens are accepted."""
    response = ping(serve(issuer.environ()), "Bearer tcm_made-up")
    assert response.status_code == 401
    assert "its OAuth issuer" in challenge(response)


async def test_a_callers_token_reaches_neither_telnyx_nor_the_log(
    path: Path, issuer: Issuer, serve: Serve, listen: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    """Even at DEBUG the log shows neither the caller's token nor the Telnyx key, and Telnyx never gets the token."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.DEBUG)
    recorded: list[str] = []
    sandbox = create_app()

    async def upstream(scope: Any, receive: Any, send: Any) -> None:
        recorded.append(repr(scope))
        await sandbox(scope, receive, send)

    account = one_account(Settings(api_key=SANDBOX_KEY, base_url=f"{listen(upstream)}/v2"))
    secrets = [add_token(path, "ops", accounts=None, expires=None), issuer.token()]
    origin = serve(issuer.environ(TELNYX_HTTP_TOKENS=str(path)), account)
    for secret in secrets:
        async with (
            httpx.AsyncClient(headers={"authorization": f"Bearer {secret}"}, trust_env=False) as http,
            Client(streamable_http_client(f"{origin}/mcp", http_client=http)) as client,
        ):
            assert not (await client.call_tool("list_connections", {})).is_error
    assert len([line for line in recorded if "/v2/connections" in line]) == 2
    assert all(SANDBOX_KEY in line for line in recorded if "/v2/connections" in line)
    for secret in [*secrets, *(secret.rpartition(".")[2] for secret in secrets)]:
        assert secret not in "".join(recorded)
        assert secret not in caplog.text
    assert SANDBOX_KEY not in caplog.text


def test_responses_of_the_application_pass_through(listen: Callable[..., str]) -> None:
    """A 401 of the application without a bearer challenge, and a lifespan, pass through unchanged."""
    auth = create_auth(AuthOptions(tokens=None))
    assert auth is None

    async def basic(_: Any) -> Response:
        return Response("mine", 401, headers={"www-authenticate": "Basic"})

    app = Starlette(routes=[Route("/", basic)])
    settings = read_auth_options(
        {"TELNYX_OAUTH_ISSUER": "https://i.example", "TELNYX_OAUTH_AUDIENCE": "https://m.example"}
    )
    made = create_auth(settings)
    assert made is not None
    response = httpx.get(listen(ChallengeMiddleware(app, made.settings)))
    assert (response.status_code, response.text, challenge(response)) == (401, "mine", "Basic")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TELNYX_OAUTH_ISSUER": "https://i.example"}, "require both TELNYX_OAUTH_ISSUER"),
        ({"TELNYX_OAUTH_AUDIENCE": "https://m.example/mcp"}, "require both TELNYX_OAUTH_ISSUER"),
        ({"TELNYX_OAUTH_SCOPES": "x"}, "require both TELNYX_OAUTH_ISSUER"),
        ({"TELNYX_OAUTH_ISSUER": "http://i.example"}, "TELNYX_OAUTH_ISSUER must be an https:// URL"),
        ({"TELNYX_OAUTH_ISSUER": "https://i.example?x"}, "TELNYX_OAUTH_ISSUER must be an https:// URL"),
        ({"TELNYX_OAUTH_AUDIENCE": "api://guid"}, "The first of TELNYX_OAUTH_AUDIENCE must be"),
        ({"TELNYX_OAUTH_JWKS_URL": "ftp://i.example"}, "TELNYX_OAUTH_JWKS_URL must be an https:// URL"),
        ({"TELNYX_OAUTH_SCOPES": 'a "b"'}, "TELNYX_OAUTH_SCOPES contains characters"),
    ],
)
def test_unusable_settings_are_reported(environ: dict[str, str], said: str) -> None:
    """The error is one sentence that names the variable."""
    good = {"TELNYX_OAUTH_ISSUER": "https://i.example", "TELNYX_OAUTH_AUDIENCE": "https://m.example/mcp"}
    given = environ if "require both" in said else good | environ
    with pytest.raises(SettingsError, match=re.escape(said)) as raised:
        read_auth_options(given)
    assert "\n" not in str(raised.value)


def test_the_settings_are_read(path: Path) -> None:
    """The issuer may use audiences other than our URL, and empty variables count as unset."""
    assert read_auth_options({}) == AuthOptions()
    options = read_auth_options(
        {
            "TELNYX_HTTP_TOKENS": str(path),
            "TELNYX_OAUTH_ISSUER": "https://login.example/tenant",
            "TELNYX_OAUTH_AUDIENCE": "https://m.example/mcp api://guid",
            "TELNYX_OAUTH_JWKS_URL": "https://login.example/keys",
            "TELNYX_OAUTH_ACCOUNT_CLAIM": "accounts",
        }
    )
    assert options.tokens == path
    assert options.oauth is not None
    assert (options.oauth.resource, options.oauth.audiences) == (
        "https://m.example/mcp",
        ("https://m.example/mcp", "api://guid"),
    )
    assert (options.oauth.jwks_url, options.oauth.scopes, options.oauth.account_claim) == (
        "https://login.example/keys",
        (),
        "accounts",
    )
