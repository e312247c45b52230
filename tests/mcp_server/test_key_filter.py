"""No answer, error or log line shows a key of this server, in any encoding."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from telnyx_connections_mcp.cli.terminal.answer_tables import Invocation
from telnyx_connections_mcp.cli.terminal.ask import ask
from telnyx_connections_mcp.cli.terminal.output import Form
from telnyx_connections_mcp.config.accounts import Accounts, own_secrets
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.mcp_server.key_filter import key_filter
from telnyx_connections_mcp.mcp_server.tools import list_connections
from telnyx_connections_mcp.observability.logs import log_to_stderr
from telnyx_connections_mcp.redaction.own_keys import MARK, OwnSecrets
from telnyx_connections_mcp.text.cleaning import CUT_MARK

pytestmark = pytest.mark.anyio

KEY = "KEY_of_this_test_019aBcDeF_24x~yZ"
OTHER = "another-accounts-key-77"
WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in other words": lambda key: f"my {key}, yes",
    "escaped": lambda key: "".join(f"\\u{ord(character):04x}" for character in key),
    "escaped twice": lambda key: f"\\\\u{ord(key[0]):04x}{key[1:]}",
    "escaped as in a program": lambda key: f"\\x{ord(key[0]):02X}{key[1:]}",
    "escaped as in other programs": lambda key: f"\\u{{{ord(key[0]):x}}}\\{ord(key[1]):03o}{key[2:]}",
    "behind a percent sign": lambda key: f"100%{key}",
    "percent-encoded": lambda key: "".join(f"%{ord(character):02X}" for character in key),
    "percent-encoded twice": lambda key: "".join(f"%25{ord(character):02x}" for character in key),
    "percent-encoded seven times": lambda key: "".join(f"%252525252525{ord(character):02x}" for character in key),
    "escaped as in JavaScript of old": lambda key: "".join(f"%u{ord(character):04X}" for character in key),
    "escaped as in Python": lambda key: "".join(f"\\U{ord(character):08X}" for character in key),
    "in braces": lambda key: "".join(f"\\u{{{ord(character):x}}}" for character in key),
    "in hexadecimal escapes": lambda key: "".join(f"\\x{ord(character):02x}" for character in key),
    "as HTML four times": lambda key: "".join(f"&amp;amp;amp;#{ord(character)};" for character in key),
    "as HTML": lambda key: f"&#{ord(key[0])};&#x{ord(key[1]):x};{key[2:]}",
    "with invisible characters": "\u200b".join,
    "with variation selectors": "\ufe0f".join,
    "with line breaks": "\u2028".join,
    "in full width": lambda key: "".join(chr(ord(character) + 0xFEE0) for character in key),
    "in base64": lambda key: b64encode(key.encode()).decode(),
    "as basic authentication": lambda key: b64encode(f"ab:{key}:".encode()).decode(),
    "in base64 behind one more": lambda key: b64encode(f"a{key}bc".encode()).decode(),
    "in hexadecimal": lambda key: key.encode().hex(),
    "escaped and cut": lambda key: "x" * 30 + "".join(f"\\u{ord(character):04x}" for character in key),
    "cut": lambda key: "x" * 230 + key,
    "in braces and cut": lambda key: "z" * 190 + "".join(f"\\u{{{ord(character):x}}}" for character in key),
    "in Python's escapes and cut": lambda key: "z" * 3 + "".join(f"\\U{ord(character):08x}" for character in key),
    "encoded and cut": lambda key: "y" * 200 + "".join(f"%{ord(character):02x}" for character in key),
}


def plain(text: str) -> str:
    """`text` as someone looking for the key would normalize it."""
    return text.lower().replace("\u200b", "").replace(" ", "")


def server_for(answer: Callable[[httpx.Request], httpx.Response], *, several: bool = False) -> Any:
    settings = Settings(api_key=KEY, base_url="http://localhost/v2")
    other = Settings(api_key=OTHER, base_url="http://localhost/v2")
    accounts = Accounts(settings=settings, by_name={"a": settings, "b": other}, default="a") if several else None
    return create_server(settings, lambda: httpx.MockTransport(answer), accounts=accounts)


def reply(status: int, answer: object) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(answer).encode()))


def rows(**row: Any) -> Callable[[httpx.Request], httpx.Response]:
    whole = {"id": "7", "record_type": "ip_connection"} | row
    return lambda request: reply(
        200, {"data": whole if request.url.path.endswith("/7") else [whole], "meta": {"total_results": 1}}
    )


@pytest.mark.parametrize("writing", WRITINGS)
async def test_no_result_shows_the_key(writing: str) -> None:
    """The key is removed from names, tags, fields and names of fields, in text and structured content alike."""
    text = WRITINGS[writing](KEY)
    server = server_for(
        rows(connection_name=f"n {text}", tags=[text], note=text, deep=[{"x": text}], **{f"f{text}": 1})
    )
    async with Client(server) as client:
        for name, arguments in (
            ("list_connections", {"detail": "full"}),
            ("list_connections", {}),
            ("get_connection", {"id": "7"}),
            ("search_connections", {"group_by": ["connection_name"]}),
        ):
            result = await client.call_tool(name, arguments)
            shown = result.content[0].text
            assert json.loads(shown) == result.structured_content
            assert not OwnSecrets([KEY]).found_in(shown)
            assert KEY[:10].lower() not in plain(shown)
            assert MARK in shown or "x" * 200 in shown or "***" in shown


@pytest.mark.parametrize("writing", WRITINGS)
async def test_no_error_shows_the_key(writing: str) -> None:
    """The key is removed from errors of tools and resources, and the rest of the sentence stays."""
    told = {"errors": [{"code": "10015", "detail": WRITINGS[writing](KEY)}]}
    async with Client(server_for(lambda _: reply(422, told))) as client:
        result = await client.call_tool("list_connections", {})
        assert result.is_error
        shown = result.content[0].text
        with pytest.raises(MCPError) as refused:
            await client.read_resource("telnyx://connections/7")
    for text in (shown, str(refused.value)):
        assert not OwnSecrets([KEY]).found_in(text)
        assert text.startswith("Telnyx refused a parameter (HTTP 422, code 10015")
        assert text.endswith(": correct it and try again.")


async def test_no_resource_prompt_or_completion_shows_the_key() -> None:
    """A resource stays valid JSON, and a prompt shows the mark in place of the key."""
    async with Client(server_for(rows(connection_name=KEY, note=KEY), several=False)) as client:
        read = await client.read_resource("telnyx://connections/7")
        assert json.loads(read.contents[0].text)["connection"]["note"] == MARK  # type: ignore[union-attr]  # it is text
        prompt = await client.get_prompt("find-connection", {"hint": f'x "{KEY}"'})
        assert KEY not in prompt.model_dump_json()
        assert MARK in prompt.model_dump_json()
        from mcp_types import PromptReference

        about = PromptReference(type="ref/prompt", name="find-connection")
        offered = await client.complete(about, {"name": "hint", "value": ""})
        assert KEY not in offered.model_dump_json()
        with pytest.raises(MCPError, match="There is no prompt"):
            await client.get_prompt(KEY)
        with pytest.raises(MCPError) as refused:
            await client.read_resource(f"telnyx://{KEY}")
        assert KEY.lower() not in str(refused.value.error.model_dump_json()).lower()


async def test_the_keys_of_every_account_are_removed() -> None:
    """The keys of all accounts are removed, whichever account a request is for."""
    async with Client(server_for(rows(connection_name=f"{KEY} {OTHER}"), several=True)) as client:
        for account in ("a", "b"):
            result = await client.call_tool("list_connections", {"account": account})
            assert result.structured_content["connections"][0]["connection_name"] == f"{MARK} {MARK}"  # type: ignore[index]  # there is one


async def test_a_short_key_is_not_searched_for() -> None:
    """A wrong key of one letter does not replace that letter everywhere."""
    assert not OwnSecrets(["a"]).found_in("aaa")
    assert not OwnSecrets([]).found_in("aaa")


async def test_a_key_that_reads_like_an_encoding_is_found() -> None:
    """A key is found even if a percent sign before it makes its first characters look like a byte."""
    assert OwnSecrets(["ab12cd34ef56"]).redact("100%ab12cd34ef56") == f"100%{MARK}"


async def test_everything_sent_is_filtered() -> None:
    """Exceptions below the protocol are filtered too, and text that only looks like JSON."""

    class Invocation:
        method = "prompts/get"

        class lifespan_context:  # noqa: N801  # the name that it has in a context
            own = OwnSecrets([KEY])

    async def raises(error: Exception) -> Any:
        async def fails(_: Any) -> None:
            raise error

        with pytest.raises(type(error) if KEY not in str(error) else MCPError) as raised:
            await key_filter(Invocation(), fails)  # type: ignore[arg-type]  # what it uses of a context
        return raised.value

    assert str(await raises(KeyError(KEY))) == f"'{MARK}'"
    assert str(await raises(KeyError("x"))) == "'x'"

    async def answers(_: Any) -> dict[str, Any]:
        return {"messages": [5, {"text": f"{{{KEY}"}, {"text": "x"}]}

    told = await key_filter(Invocation(), answers)  # type: ignore[arg-type]  # what it uses of a context
    assert told == {"messages": [5, {"text": f"{{{MARK}"}, {"text": "x"}]}


async def test_a_key_shortened_by_ligatures_is_found() -> None:
    """A text shorter than the shortest key may contain one, written with ligatures."""

    class Invocation:
        method = "tools/call"
        lifespan_context = SimpleNamespace(own=OwnSecrets(["officekey"]))

    async def answers(_: Any) -> dict[str, Any]:
        return {"text": "o\ufb03cekey"}

    assert await key_filter(Invocation(), answers) == {"text": MARK}  # type: ignore[arg-type]  # what it uses of a context


def test_a_long_text_or_one_with_many_keys_is_replaced_whole() -> None:
    """Locating each key would take too long."""
    own = OwnSecrets([KEY])
    odd = WRITINGS["percent-encoded"](KEY)
    assert own.redact(f"{odd} and {odd}") == f"{MARK} and {MARK}"
    assert own.redact(f"{odd} " * 20) == MARK
    assert own.redact(f"{'x' * 70_000} {odd}") == MARK
    nested = "%41 x"
    for _ in range(7):  # what decodes to this is decoded no further
        nested = nested.replace("%", "&#37;").replace("&", "%26")
    assert own.redact(nested) == nested


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_line_of_the_log_shows_the_key(
    log_format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is removed from tracebacks and from JSON lines, which stay valid."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    settings = Settings(api_key=KEY, log_format=log_format)
    log_to_stderr(settings, own_secrets(Accounts(settings=settings, by_name={"a": settings}, default="a")))
    told = "said %s", WRITINGS["percent-encoded"](KEY)
    logging.getLogger("x").error(*told, exc_info=RuntimeError(f"x {KEY}"))
    said = capsys.readouterr().err
    assert not OwnSecrets([KEY]).found_in(said)
    assert "RuntimeError: x [the API key]" in said
    assert log_format == "text" or json.loads(said)["message"] == f"said {MARK}"


@pytest.mark.parametrize("form", ["json", "table"])
def test_no_terminal_shows_the_key(
    form: Form,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither an answer nor an error on the terminal shows the key."""
    answers = [rows(connection_name=KEY)(httpx.Request("GET", "http://localhost/v2/connections"))]
    answers.append(reply(422, {"errors": [{"code": "10015", "detail": KEY}]}))
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", lambda **_: httpx.MockTransport(lambda _: answers.pop(0)))
    asked = Invocation(account=None, sandbox=False, options=True)
    assert ask(list_connections.TOOL, {}, asked, form) == 0
    assert ask(list_connections.TOOL, {}, asked, form) == 3
    out, err = capfdbinary.readouterr()
    assert KEY.encode() not in out + err
    assert MARK.encode() in out
    assert MARK.encode() in err


@given(st.text(), st.sampled_from(sorted(WRITINGS)), st.text())
def test_surrounding_text_does_not_hide_a_key(before: str, writing: str, after: str) -> None:
    """A redacted text contains no key, and a text without one stays as it is."""
    own = OwnSecrets([KEY])
    text = f"{before} {WRITINGS[writing](KEY)} {after}"
    assert "cut" in writing or own.found_in(text)
    assert not own.found_in(own.redact(text))
    assert own.found_in(before) or own.redact(before) == before


@pytest.mark.parametrize("piece", ["%25", "\\u0025", "&amp;", f"a{CUT_MARK}", "\\", "%", "&", "\u200b", "K", KEY[:-1]])
def test_redacting_a_quarter_of_a_megabyte_is_fast(piece: str) -> None:
    """Redacting takes under two seconds of CPU time, whatever the text repeats."""
    import time

    begun = time.process_time()
    OwnSecrets([KEY]).redact(piece * (250_000 // len(piece)))
    assert time.process_time() - begun < 2
