"""Tokens of an OAuth issuer: which are accepted, which are refused and why, and how keys are fetched."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from typing import Any

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse, RedirectResponse, Response

from telnyx_connections_mcp.auth import jwks
from telnyx_connections_mcp.auth.error_messages import IssuerUnavailable, TokenRefused
from telnyx_connections_mcp.auth.jwks import KeySet
from telnyx_connections_mcp.auth.jwt_verifier import JwtVerifier

pytestmark = pytest.mark.anyio
Issuer = Any  # tests/auth/conftest.py: Issuer


@pytest.fixture
def checker(issuer: Issuer) -> JwtVerifier:
    return JwtVerifier(issuer=issuer.origin, audiences=(issuer.audience,), keys=KeySet(issuer.origin, None))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never wait between two fetches of keys."""
    monkeypatch.setattr(jwks, "PAUSE", 0.0)
    monkeypatch.setattr(jwks, "PAUSE_WITHOUT_KEYS", 0.0)


def by_hand(header: dict[str, Any], claims: dict[str, Any], sign: bytes | None = None) -> str:
    """A forged token with any header, signed with an HMAC of any secret or not at all."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signed = b".".join(parts)
    signature = b"" if sign is None else hmac.digest(sign, signed, hashlib.sha256)
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_valid_token_gives_its_caller(checker: JwtVerifier, issuer: Issuer, algorithm: str) -> None:
    """A valid token gives its subject and scopes, for every kind of key, and is not kept."""
    issuer.add_key("two", algorithm)
    token = issuer.token("two", algorithm, scp=["calls.read", "x"], aud=["other", issuer.audience])
    caller = await checker.check(token)
    assert (caller.client_id, caller.accounts) == ("ada", None)
    assert caller.scopes == ["telnyx.read", "openid", "calls.read", "x"]
    assert token not in repr(caller)
    assert issuer.asked == ["/.well-known/oauth-authorization-server", "/keys"]


@pytest.mark.parametrize(
    ("claims", "header", "said"),
    [
        ({"exp": -60}, {}, "has expired"),
        ({"exp": None}, {}, "lacks one of the claims"),
        ({"exp": 1e400}, {}, "not well-formed"),
        ({"nbf": 60}, {}, "not valid yet"),
        ({"iat": 60}, {}, "not valid yet"),
        ({"aud": "https://other.example/mcp"}, {}, "another audience"),
        ({"aud": None}, {}, "lacks one of the claims"),
        ({"iss": "https://other.example"}, {}, "another issuer"),
        ({"iss": None}, {}, "lacks one of the claims"),
        ({"sub": None}, {}, "neither a subject nor a client"),
        ({"sub": "\u200b "}, {}, "neither a subject nor a client"),
        ({"cnf": {"jkt": "x"}}, {}, "bound to a key"),
        ({}, {"typ": "logout+jwt"}, "not an access token"),
        ({}, {"typ": 7}, "not an access token"),
        ({}, {"crit": ["b65"], "b65": 1}, "not a JSON Web Token"),
        ({}, {"kid": "unknown"}, "no key with that id"),
    ],
)
async def test_an_invalid_token_is_refused(
    checker: JwtVerifier, issuer: Issuer, claims: dict[str, Any], header: dict[str, Any], said: str
) -> None:
    """Each wrong claim or header is refused, and the reason quotes nothing of the token."""
    with pytest.raises(TokenRefused, match=said):
        await checker.check(issuer.token(header=header, **claims))


async def test_clocks_may_differ_a_little(checker: JwtVerifier, issuer: Issuer) -> None:
    """A token is valid some seconds before and after its time, also for the SDK's own check."""
    caller = await checker.check(issuer.token(exp=-10, nbf=10, iat=None))
    assert (caller.expires_at or 0) > time.time()


async def test_another_signature_is_refused(checker: JwtVerifier, issuer: Issuer) -> None:
    """A token signed with another key than the one it names is refused."""
    issuer.add_key("two")
    token = issuer.token("two", header={"kid": "one"})
    with pytest.raises(TokenRefused, match="token's signature is wrong"):
        await checker.check(token)


async def test_a_public_key_is_no_shared_secret(checker: JwtVerifier, issuer: Issuer) -> None:
    """Neither `none` nor HS256 is accepted, not even with the public key as secret (RFC 8725, 2.1)."""
    public = (
        issuer.private["one"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    claims = {"iss": issuer.origin, "aud": issuer.audience, "sub": "eve", "exp": int(time.time()) + 300}
    for token in (
        by_hand({"alg": "none"}, claims),
        by_hand({"alg": "None", "kid": "one"}, claims),
        by_hand({"alg": "HS256", "kid": "one"}, claims, public),
        by_hand({"alg": ["ES256"], "kid": "one"}, claims, public),
        by_hand({"kid": "one"}, claims),
    ):
        with pytest.raises(TokenRefused, match=r"in a way that this server does not accept|not a JSON Web Token"):
            await checker.check(token)
    for algorithm in ("RS256", "EdDSA", "ES384"):  # a key of another kind is no key for it
        with pytest.raises(TokenRefused, match="no key with that id"):
            await checker.check(by_hand({"alg": algorithm, "kid": "one"}, claims, public))


async def test_unsuitable_keys_are_not_used(checker: JwtVerifier, issuer: Issuer) -> None:
    """Keys for encryption or other algorithms, shared secrets, and broken or short keys are not used."""
    issuer.published.clear()
    issuer.add_key("enc", use="enc")
    issuer.add_key("es384", alg="ES384")
    issuer.add_key("broken", x="AA")
    issuer.published.append({"kty": "oct", "kid": "oct", "k": "c2VjcmV0"})
    issuer.private["short"] = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that is what is refused
    short = jwt.get_algorithm_by_name("RS256").to_jwk(issuer.private["short"].public_key(), as_dict=True)
    issuer.published.append({name: short[name] for name in ("kty", "n", "e")} | {"kid": "short"})
    for kid in ("enc", "es384", "broken"):
        with pytest.raises(TokenRefused, match=r"no key with that id|cannot be used"):
            await checker.check(issuer.token(kid))
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = issuer.token("short", "RS256")
    with pytest.raises(TokenRefused, match="not well-formed"):
        await checker.check(token)


@pytest.mark.usefixtures("at_once")
async def test_a_token_without_kid_means_the_only_key(checker: JwtVerifier, issuer: Issuer) -> None:
    """A token without kid is verified with the only suitable key, and refused if there are two."""
    token = issuer.token(header={"kid": None})
    assert (await checker.check(token)).client_id == "ada"
    issuer.add_key("two")
    checker = replace(checker, keys=KeySet(issuer.origin, None))
    with pytest.raises(TokenRefused, match="no key with that id"):
        await checker.check(token)


@pytest.mark.parametrize(
    ("claim", "accounts"),
    [
        ("berlin", ("berlin",)),
        (["berlin", "paris"], ("berlin", "paris")),
        ([], ()),
        (None, ()),
        (["berlin", 7], ()),
        ({"berlin": True}, ()),
        ("ber\u200blin", ()),
    ],
)
async def test_a_claim_binds_a_caller_to_accounts(
    checker: JwtVerifier, issuer: Issuer, claim: object, accounts: tuple[str, ...]
) -> None:
    """A token whose claim is missing or not a list of names may use no account."""
    checker = replace(checker, account_claim="https://example.com/accounts")
    caller = await checker.check(issuer.token(**{"https://example.com/accounts": claim}))
    assert caller.accounts == accounts


async def test_names_and_scopes_may_be_odd(checker: JwtVerifier, issuer: Issuer) -> None:
    """The client stands in for a missing subject, names are cleaned and cut, and a lone surrogate does no harm."""
    caller = await checker.check(issuer.token(sub=None, client_id="bot\n" + "x" * 100, scope="a \ud800", scp=7))
    assert caller.client_id.startswith("bot x")
    assert len(caller.client_id) == 64
    assert caller.scopes == ["a"]
    caller = await checker.check(issuer.token(sub="ad\ud800a"))
    assert (caller.client_id, caller.subject) == ("ada", "ad\\ud800a")


@given(token=st.text(max_size=60) | st.builds(lambda *p: ".".join(p), *[st.text("abcXYZ012_-={}", max_size=40)] * 3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
async def test_any_text_is_refused_without_asking_the_issuer(checker: JwtVerifier, token: str) -> None:
    """Any text that is not a token is refused without a request to the issuer."""
    with pytest.raises(TokenRefused):
        await checker.check(token)


async def test_a_deeply_nested_token_is_refused(checker: JwtVerifier) -> None:
    """Deeply nested JSON in the header does not stop the server."""
    deep = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 50_000).decode()
    with pytest.raises(TokenRefused, match="not a JSON Web Token"):
        await checker.check(f"{deep}.e30.AA")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/tenant", "/.well-known/oauth-authorization-server/tenant"),
        ("/tenant", "/.well-known/openid-configuration/tenant"),
        ("/tenant", "/tenant/.well-known/openid-configuration"),
        ("", "/.well-known/openid-configuration"),
    ],
)
async def test_the_keys_are_found_from_the_issuer(issuer: Issuer, path: str, place: str) -> None:
    """The metadata may be in any place that RFC 8414, OpenID Connect or MCP names."""
    named = issuer.origin + path
    issuer.metadata_path, issuer.metadata = place, {"issuer": named}
    checker = JwtVerifier(issuer=named, audiences=(issuer.audience,), keys=KeySet(named, None))
    assert (await checker.check(issuer.token(iss=named))).client_id == "ada"
    assert issuer.asked[-2:] == [place, "/keys"]


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"jwks_uri": "http://keys.example.com/"},
        {"jwks_uri": 7},
        {"jwks_uri": "https://u@keys.example.com/"},
        {"jwks_uri": "https://h:port/"},
        {"jwks_uri": "https://a b/"},
        {"jwks_uri": "https:///"},
    ],
)
async def test_metadata_that_cannot_be_trusted_gives_no_keys(
    checker: JwtVerifier, issuer: Issuer, metadata: dict[str, Any]
) -> None:
    """Metadata of another issuer, or with keys not served over TLS, is not used."""
    issuer.metadata = metadata
    with pytest.raises(IssuerUnavailable):
        await checker.check(issuer.token())
    assert "/keys" not in issuer.asked


@pytest.mark.parametrize(
    "instead",
    [
        Response("no", 500),
        Response("[1]"),
        Response("nonsense"),
        Response("[" * 100_000),
        JSONResponse({"keys": 7}),
        JSONResponse({"keys": [{}] * 101}),
        RedirectResponse("https://elsewhere.example/"),
        Response(b"x", headers={"content-encoding": "gzip"}),
        Response(b" " * 600_000),
    ],
)
async def test_an_unusable_response_of_the_issuer_gives_no_keys(
    issuer: Issuer, instead: Response, caplog: pytest.LogCaptureFixture
) -> None:
    """Responses are bounded, redirects are not followed, and a failure is logged in one line."""
    issuer.instead = instead
    checker = JwtVerifier(
        issuer=issuer.origin, audiences=(issuer.audience,), keys=KeySet(issuer.origin, f"{issuer.origin}/keys")
    )
    with pytest.raises(IssuerUnavailable, match="try again"):
        await checker.check(issuer.token())
    assert issuer.asked == ["/keys"]
    assert caplog.text.count("cannot be fetched") == 1


@pytest.mark.usefixtures("at_once")
async def test_a_rotated_key_is_fetched_when_a_token_names_it(checker: JwtVerifier, issuer: Issuer) -> None:
    """A new key works at once, and a withdrawn one stops working."""
    old = issuer.token()
    await checker.check(old)
    issuer.published.clear()
    issuer.add_key("two")
    assert (await checker.check(issuer.token("two"))).client_id == "ada"
    with pytest.raises(TokenRefused, match="no key with that id"):
        await checker.check(old)


async def test_a_flood_of_unknown_keys_costs_the_issuer_one_fetch(checker: JwtVerifier, issuer: Issuer) -> None:
    """400 tokens with unknown keys cause one fetch, and valid tokens do not wait for it."""
    tokens = [issuer.token(header={"kid": f"made-up-{number}"}) for number in range(200)]
    refused = 0

    async def try_token(token: str) -> None:
        nonlocal refused
        try:
            await checker.check(token)
        except TokenRefused:
            refused += 1

    for _ in range(2):
        async with anyio.create_task_group() as tasks:
            for token in tokens:
                tasks.start_soon(try_token, token)
    assert refused == 400
    assert issuer.asked.count("/keys") == 1
    assert (await checker.check(issuer.token())).client_id == "ada"


async def test_known_keys_work_while_the_issuer_is_away(
    checker: JwtVerifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expired keys are refetched at intervals and keep working for a while if that fails, but not forever."""
    await checker.check(issuer.token())
    monkeypatch.setattr(jwks, "FRESH", 0.0)
    monkeypatch.setattr(checker.keys, "_next", 0.0)
    issuer.instead = Response(status_code=503)
    issuer.asked.clear()
    for _ in range(5):
        assert (await checker.check(issuer.token())).client_id == "ada"
    assert issuer.asked.count("/.well-known/oauth-authorization-server") == 1
    with pytest.raises(IssuerUnavailable):  # it may be a new key, which nobody can tell now
        await checker.check(issuer.token(header={"kid": "two"}))
    monkeypatch.setattr(jwks, "KEPT", 0.0)
    with pytest.raises(IssuerUnavailable):
        await checker.check(issuer.token())


@pytest.mark.usefixtures("at_once")
async def test_keys_come_back_with_the_issuer(checker: JwtVerifier, issuer: Issuer) -> None:
    """The keys are fetched again once the issuer is back, without a restart."""
    issuer.instead = Response(status_code=503)
    with pytest.raises(IssuerUnavailable):
        await checker.check(issuer.token())
    issuer.instead = None
    assert (await checker.check(issuer.token())).client_id == "ada"


async def test_an_unreachable_or_silent_issuer(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed port fails at once, and a silent issuer after a time limit."""
    monkeypatch.setattr(jwks, "FETCH", 0.1)
    silent = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = silent.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610  # not Django's
    for url in ("http://127.0.0.1:9/keys", f"http://127.0.0.1:{port}/keys"):
        with pytest.raises(IssuerUnavailable):
            await KeySet(issuer.origin, url).key("one", "ES256")
    await silent.aclose()


async def test_a_cancelled_caller_does_not_cancel_the_fetch(checker: JwtVerifier, issuer: Issuer) -> None:
    """The fetch that a cancelled caller started goes on for the others."""
    token = issuer.token()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(checker.check, token)
        with anyio.fail_after(5):
            while not issuer.asked:  # noqa: ASYNC110  # the issuer is in another thread
                await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    assert (await checker.check(token)).client_id == "ada"
    assert issuer.asked == ["/.well-known/oauth-authorization-server", "/keys"]
