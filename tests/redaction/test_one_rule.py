"""One rule says what is secret, whatever shows it: a row, a URL, an error of Telnyx, a logged argument, a diff."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.cli.install.difference import difference
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.redaction.values import secret_texts, without_secrets

SECRET = "hunter2"
NAMES = [
    *("passwd", "authorization", "apiKey", "private_key", "credentials", "sip_password", "ip_authentication_token"),
    *("external_pin", "client_secret", "x-api-key", "pwd", "passphrase", "bearer", "cookie", "Set-Cookie", "sipPwd"),
    *("X-Auth-Token", "geheim", "otp_code", "ha1"),
]
OPEN = ["tech_prefix", "auth_username", "ios_push_credential_id", "token_expires_at", "public_key"]


def answering(status: int, answer: Any) -> httpx.MockTransport:
    body = json.dumps(answer).encode()
    return httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(body)))


def row_of(name: str) -> dict[str, Any]:
    """A connection that holds a secret of this name in every way that a row can."""
    return {
        "id": "7",
        name: SECRET,
        "a": [{"b": {name: {"value": SECRET, "list": [SECRET]}}}],
        "headers": [{"name": name, "value": SECRET}, [name, SECRET]],
        "changes": {"field": name, "from": SECRET, "to": SECRET},
        "note": f"with {name}={SECRET} and <{name}>{SECRET}</{name}>",
        "json": json.dumps({name: SECRET}),
        "callback_url": f"https://h.example/in/?{name}={SECRET}",
        "other_url": f"https://h.example/in/{name}/{SECRET}#{name}={SECRET}",
    }


@pytest.mark.anyio
@pytest.mark.parametrize("name", NAMES)
async def test_no_door_shows_what_is_called_a_secret(connect: Callable[..., Any], name: str) -> None:
    """At any depth of a row, beside its name, in a text or a URL; in an error, a logged argument, a diff."""
    async with connect(transport=answering(200, {"data": row_of(name)})) as client:
        answer = await client.call_tool("get_connection", {"id": "7"})
    assert answer.structured_content["connection"]["callback_url"] == f"https://h.example/in/?{name}=***"
    told = {"errors": [{"code": "10015", "detail": f'got {{"{name}": "{SECRET}"}}, {name}={SECRET}'}]}
    async with connect(transport=answering(422, told)) as client:
        error = await client.call_tool("list_connections", {})
    assert "code 10015" in error.content[0].text
    logged = without_secrets({"where": row_of(name)}) | {"text": mask_text(f"{name}={SECRET}")}
    entry = {"env": {name: SECRET}, "args": [f"--{name}", SECRET], name: {"value": SECRET}}
    settings = json.dumps({"mcpServers": {"x": entry}}, indent=1)
    found = [*secret_texts(json.loads(settings))]
    lines = [*difference("", settings, "", found), *difference(settings, "", "", found)]
    for shown in (answer.content[0].text, error.content[0].text, *lines):
        assert SECRET not in shown
    for field in (name, "a", "headers", "changes"):
        assert SECRET not in json.dumps(logged["where"][field])


@pytest.mark.anyio
@pytest.mark.parametrize("name", OPEN)
async def test_what_tells_something_about_a_secret_is_shown(connect: Callable[..., Any], name: str) -> None:
    """`tech_prefix` is no secret by its name: it is dialled before a number, and told to carriers."""
    async with connect(transport=answering(200, {"data": {"id": "7", name: SECRET, "a": {name: SECRET}}})) as client:
        answer = (await client.call_tool("get_connection", {"id": "7"})).structured_content["connection"]
    assert (answer[name], answer["a"]) == (SECRET, {name: SECRET})


@given(
    st.sampled_from(NAMES),
    st.recursive(st.just(SECRET), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
)
def test_no_value_of_a_secret_is_logged_whatever_it_holds(name: str, value: Any) -> None:
    """Nor is any part of it: the next object may call its parts otherwise."""
    assert SECRET not in json.dumps(without_secrets({"x": [{name: value}]}))


@pytest.mark.parametrize("value", ["$ecret!9", "$a$b", "${x", "$T:hunter2", "${A}${B}"])
def test_what_only_begins_like_a_reference_is_a_secret(value: str) -> None:
    """A reference to a variable holds none, and is shown; a password may begin with the same sign."""
    line = next(difference("", json.dumps({"password": value})))
    assert line == '+{"password": "***"}'
    for reference in ("$TOKEN", "${TOKEN}", "${input:key}"):
        assert next(difference("", json.dumps({"password": reference}))) == f'+{{"password": "{reference}"}}'
