"""Whatever a row holds, each answer is short, valid JSON, and says what was changed."""

import json
from collections.abc import Callable
from typing import Any

import bpe_openai
import httpx
import pytest

pytestmark = pytest.mark.anyio
O200K = bpe_openai.get_encoding("o200k_base")


async def ask(client: Any, tool: str, **arguments: Any) -> Any:
    """The structured content, which must equal the text block as read by a strict JSON parser."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    assert json.loads(result.content[0].text, parse_constant=refuse) == result.structured_content
    return result.structured_content


def sends(*rows: Any) -> httpx.MockTransport:
    """An API with these connections; a string is sent as raw JSON, so that it may be odd."""
    text = ",".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    number = len(rows)
    meta = f'{{"total_results":{number},"total_pages":1,"page_number":1,"page_size":250}}'

    def answer(request: httpx.Request) -> httpx.Response:
        one = request.url.path.endswith("/connections/1")
        body = f'{{"data":{text if one else f"[{text}]"},"meta":{meta}}}'
        return httpx.Response(200, stream=httpx.ByteStream(body.encode("utf-8", "surrogateescape")))

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("fault", ["half-surrogate", "latin-1"])
async def test_an_unreadable_character_loses_no_connection(connect: Callable[..., Any], fault: str) -> None:
    """It is replaced and counted, and the account is complete."""
    async with connect(fault=fault) as client:
        listed = await ask(client, "list_connections", page={"size": 3})
        assert listed["connections"][0]["connection_name"] in ("smile \ufffd", "caf\ufffd")
        assert listed["changed"] == "1 text with \ufffd where a character could not be read"
        found = await ask(client, "search_connections", limit=250)
        assert (found["coverage"]["complete"], found["matches"]) == (True, 55)
        assert "1 text with \ufffd" in found["changed"]


@pytest.mark.parametrize("detail", ["summary", "full"])
async def test_numbers_that_json_lacks_are_put_in_words(connect: Callable[..., Any], detail: str) -> None:
    """NaN, infinity and huge numbers are put in words, in text and structured content alike."""
    async with connect(fault="nan") as client:
        answer = await ask(client, "list_connections", page={"size": 2}, detail=detail)
        if detail == "full":
            row = answer["connections"][0]
            assert (row["nan"], row["infinity"], row["large"]) == ("(not a number)", *["(a number too large)"] * 2)
            assert answer["changed"] == "3 texts cut"
        one = await ask(client, "get_connection", id=answer["connections"][0]["id"])
        assert one["connection"]["nan"] == "(not a number)"


ODD_ROWS = [
    '{"id":"1","connection_name":NaN,"active":Infinity,"tags":[1e999],"created_at":-Infinity}',
    '{"id":"1","x":{"y":[NaN,{"z":-1e400}]}}',
    '{"id":' + "9" * 4000 + ',"webhook_api_version":' + "7" * 300 + "}",
    '{"id":"1","connection_name":"\\ud83d\\u0000\\ud83d"}',
    '{"id":"1","connection_name":"a\tb\x01","tags":["\udce9","\udcff"]}',
    '{"id":"1","d":' + "[" * 3000 + "]" * 3000 + "}",
    {"id": "1", "connection_name": "\U0001f600" * 200_000, "record_type": "x" * 1_000_000},
    {"id": "i" * 100_000, "tags": ["t" * 1_000] * 5_000, "anchorsite_override": "s" * 9_999},
    {"id": "1", "webhook_event_url": "https://h.example/" + "a" * 100_000, "webhook_api_version": "2" * 9_000},
    {"id": "1", "outbound_voice_profile_id": "9" * 50_000, "active": [[[]]] * 9_000},
    {"id": "1", **{f"field {number}": {"a": [number] * 9} for number in range(4_000)}},
    {"id": "1", **{f"{number}" * 400: number for number in range(2_000)}},
    {f"{number}": "x" * 500 for number in range(5_000)} | {"id": "1", "connection_name": "last"},
    {"id": "1", "wide": [[["x" * 500] * 20] * 20] * 5, "x" * 1_000_000: 1},
    {"id": "1", "created_at": "2" * 20_000, "updated_at": "2024-01-01T00:00:00Z" + " " * 20_000},
]


@pytest.mark.parametrize("row", ODD_ROWS, ids=range(len(ODD_ROWS)))
async def test_no_row_makes_an_answer_long_or_invalid(connect: Callable[..., Any], row: Any) -> None:
    """Every tool keeps to its token limit at any level of detail, and says what was changed."""
    async with connect(transport=sends(row), max_answer_tokens=2000) as client:
        answers = [
            await ask(client, "list_connections", detail="full"),
            await ask(client, "list_connections"),
            await ask(client, "search_connections", detail="full"),
            await ask(client, "search_connections", group_by=["tag", "connection_name"]),
            await ask(client, "search_connections", where={"record_type": ["nobody"], "tags_any": ["nobody"]}),
            await ask(client, "audit_connections"),
            await ask(client, "get_connection", connection_name="nobody"),
            await ask(client, "list_active_calls", connection_id="1", detail="full"),
            await ask(client, "list_active_calls", connection_id="1"),
        ]
        if '"id":"1"' in json.dumps(row).replace(" ", "").replace("\\", ""):
            answers.append(await ask(client, "get_connection", id="1"))
        assert answers[0].get("changed") or answers[0].get("shortened")
        for answer in answers:
            assert len(O200K.encode(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))) <= 2000
        for uri in ("telnyx://fleet", "telnyx://audit"):
            (content,) = (await client.read_resource(uri)).contents
            assert len(O200K.encode(content.text)) <= 2000


async def test_known_fields_take_precedence(connect: Callable[..., Any]) -> None:
    """Known fields are kept however many unknown ones come first."""
    row = {f"{number}": "x" * 500 for number in range(5_000)} | {"id": "7", "connection_name": "last", "tags": ["a"]}
    async with connect(transport=sends(row)) as client:
        (shown,) = (await ask(client, "list_connections"))["connections"]
    assert shown == {"id": "7", "connection_name": "last", "tags": ["a"]}


async def test_conditions_on_cut_fields_are_called_partial(connect: Callable[..., Any]) -> None:
    """A tag beyond the 250th matches nothing, and the answer says why it may be there."""
    row = {"id": "7", "tags": [f"t{number}" for number in range(300)]}
    async with connect(transport=sends(row, {"id": "8"})) as client:
        answer = await ask(client, "search_connections", where={"tags_any": ["t299"]})
        assert answer["matches"] == 0
        assert answer["summary"].startswith("Too large to keep in full, so only partly known: tags of 1 connection. ")
        assert answer["coverage"]["cut"] == {"tags": 1}
        audit = await ask(client, "audit_connections")
        assert audit["summary"].startswith("Too large to keep in full, so only partly known: tags of 1 connection. ")


async def test_a_url_is_cut_between_its_parts(connect: Callable[..., Any]) -> None:
    """Half of a secret would not look like one, so a part is kept whole or not at all."""
    url = "https://h.example/" + "a/" * 4082 + "T0kenT0kenT0kenT0kenT0kenT0ken"
    async with connect(transport=sends({"id": "7", "note": url}), max_answer_tokens=100_000) as client:
        (row,) = (await ask(client, "list_connections", detail="full"))["connections"]
    assert "T0ken" not in row["note"]
