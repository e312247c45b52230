"""One rule decides what is secret everywhere: in rows, URLs, errors of Telnyx, logged arguments and diffs."""

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
    """A connection that holds a secret of this name in every way a row can."""
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
async def test_a_secret_is_masked_wherever_it_is_shown(connect: Callable[..., Any], name: str) -> None:
    """A named secret appears in no answer, error, logged argument or diff, at any depth or in any text."""
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
async def test_fields_that_only_describe_a_secret_are_shown(connect: Callable[..., Any], name: str) -> None:
    """Fields about a secret are shown, and so is `tech_prefix`, which is dialled before a number."""
    async with connect(transport=answering(200, {"data": {"id": "7", name: SECRET, "a": {name: SECRET}}})) as client:
        answer = (await client.call_tool("get_connection", {"id": "7"})).structured_content["connection"]
    assert (answer[name], answer["a"]) == (SECRET, {name: SECRET})


@given(
    st.sampled_from(NAMES),
    st.recursive(st.just(SECRET), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
)
def test_a_structured_secret_is_never_logged(name: str, value: Any) -> None:
    """Nothing below the name of a secret is logged, whatever its type."""
    assert SECRET not in json.dumps(without_secrets({"x": [{name: value}]}))


@pytest.mark.parametrize("value", ["$ecret!9", "$a$b", "${x", "$T:hunter2", "${A}${B}"])
def test_only_a_real_reference_is_shown(value: str) -> None:
    """A reference to a variable is shown; a password that only begins like one is masked."""
    line = next(difference("", json.dumps({"password": value})))
    assert line == '+{"password": "***"}'
    for reference in ("$TOKEN", "${TOKEN}", "${input:key}"):
        assert next(difference("", json.dumps({"password": reference}))) == f'+{{"password": "{reference}"}}'
