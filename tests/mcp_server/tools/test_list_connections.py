"""`list_connections` through a client: one page, truthfully described."""

import json
from collections.abc import Callable
from typing import Any

import bpe_openai
import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telnyx_connections_mcp.mcp_server.tools.list_connections import TOOL
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
Connect = Callable[..., Any]
FLEET = create_fleet()
NEWEST = sorted(sorted(FLEET.connections, key=lambda r: r["id"]), key=lambda r: r["created_at"], reverse=True)


async def ask(client: Any, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool("list_connections", arguments)
    assert not result.is_error, result.content[0].text
    answer: dict[str, Any] = result.structured_content
    jsonschema.validate(answer, TOOL.output_schema)
    assert json.loads(result.content[0].text) == answer
    return answer


def ids(answer: dict[str, Any]) -> list[str]:
    return [row["id"] for row in answer["connections"]]


async def test_both_protocol_eras_are_served(connect: Connect, era: str) -> None:
    """The first page is the default: 25 of 55, newest first, alike in text and structured content."""
    async with connect(mode=era) as client:
        answer = await ask(client)
    assert ids(answer) == [row["id"] for row in NEWEST[:25]]
    assert answer["page"] == {"number": 1, "size": 25, "total_pages": 3, "total_results": 55, "next": 2}
    assert answer["summary"].startswith("Connections 1 to 25 of 55, newest first: ")
    assert answer["as_of"].endswith("Z")


async def test_pages_put_together_are_the_account(connect: Connect) -> None:
    """Following `next` shows every connection once, and the last page has no `next`."""
    seen: list[str] = []
    async with connect() as client:
        page: int | None = 1
        while page:
            answer = await ask(client, page={"number": page, "size": 9}, sort="connection_name")
            seen += ids(answer)
            page = answer["page"].get("next")
    assert sorted(seen) == sorted(row["id"] for row in FLEET.connections)


@pytest.mark.parametrize("name", ["created_at", "connection_name", "active"])
async def test_sorts(connect: Connect, name: str) -> None:
    """Every sort and its reverse order the rows, and the summary says how."""
    async with connect() as client:
        up = await ask(client, sort=name, detail="full", page={"size": 250})
        down = await ask(client, sort=f"-{name}", detail="full", page={"size": 250})
    by_id = {row["id"]: row for row in FLEET.connections}
    values = [by_id[row["id"]][name] for row in up["connections"]]
    assert values == sorted(values)
    assert [by_id[row["id"]][name] for row in down["connections"]] == sorted(values, reverse=True)
    assert up["summary"] != down["summary"]


async def test_filters_are_sent_and_named(connect: Connect) -> None:
    """Name, FQDN and voice profile, in both spellings, select what the data says."""
    fqdn_id, (fqdn,) = next(iter(FLEET.fqdns.items()))
    profile = next(row["outbound_voice_profile_id"] for row in FLEET.connections if "outbound_voice_profile_id" in row)
    users = {row["id"] for row in FLEET.connections if row.get("outbound_voice_profile_id") == profile}
    async with connect() as client:
        assert ids(await ask(client, filter={"fqdn": fqdn})) == [fqdn_id]
        assert set(ids(await ask(client, filter={"outbound_voice_profile_id": profile}))) == users
        both = {"outbound_voice_profile_id": profile, "outbound": {"outbound_voice_profile_id": profile}}
        answer = await ask(client, filter=both)
        assert set(ids(answer)) == users
        assert f"with the outbound voice profile {profile}, newest first" in answer["summary"]
        answer = await ask(client, filter={"connection_name": {"contains": "ACME"}, "fqdn": fqdn})
        assert f'with a name containing "ACME" and the FQDN "{fqdn}"' in answer["summary"]


async def test_nothing_found_says_what_was_asked_and_what_to_try(connect: Connect) -> None:
    """No match is an answer and not an error."""
    async with connect() as client:
        answer = await ask(client, filter={"connection_name": {"contains": "nobody\u202e"}})
    assert answer["connections"] == []
    assert answer["summary"].startswith('No connection with a name containing "nobody". Try a shorter part')
    assert answer["page"]["total_results"] == 0


async def test_an_empty_account_is_said(connect: Connect) -> None:
    """The summary also says that the key may see no connections."""
    async with connect(size=0) as client:
        answer = await ask(client)
    assert answer["summary"] == "This account has no connections, or none that this API key may see."


@pytest.mark.parametrize(("size", "pages"), [(30, "page 1 to 2"), (55, "page 1")])
async def test_a_page_beyond_the_last_says_which_there_are(connect: Connect, size: int, pages: str) -> None:
    """The summary says which pages there are."""
    async with connect() as client:
        answer = await ask(client, page={"number": 9, "size": size})
    assert answer["summary"] == (f"Page 9 is beyond the last: 55 connections in pages of {size}; ask for {pages}.")
    assert "next" not in answer["page"]


async def test_contradictory_numbers_give_no_range(connect: Connect) -> None:
    """If the total is less than what was sent, no range is claimed."""
    meta = {"total_results": 1, "total_pages": 1, "page_number": 1, "page_size": 25}
    body = {"data": [{"id": "1"}, {"id": "2"}], "meta": meta}
    stream = lambda _: httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))  # noqa: E731  # one use
    async with connect(transport=httpx.MockTransport(stream)) as client:
        answer = await ask(client)
    assert answer["summary"].startswith("2 of 1 connection, newest first: ")


async def test_a_default_page_costs_at_most_2500_tokens(connect: Connect) -> None:
    """A default page costs at most 2,500 tokens of o200k, 90 for a connection on average."""
    bpe = bpe_openai.get_encoding("o200k_base")
    async with connect() as client:
        pages = [await client.call_tool("list_connections", {"page": {"number": number}}) for number in (1, 2, 3)]
    assert max(len(bpe.encode(page.content[0].text)) for page in pages) <= 2500
    rows = [row for page in pages for row in page.structured_content["connections"]]
    assert sum(len(bpe.encode(json.dumps(row, ensure_ascii=False, separators=(",", ":")))) for row in rows) / 55 <= 90


async def test_other_peoples_text_is_cleaned_and_secrets_masked(connect: Connect) -> None:
    """No view shows control characters, a secret of a URL or an endless name, and the answer says what changed."""
    async with connect() as client:
        for detail in ("summary", "full"):
            answer = await ask(client, detail=detail, page={"size": 250})
            text = json.dumps(answer, ensure_ascii=False)
            for never in ("\\u001b", "\u200b", "\u202e", "hunter2", "s3cr3t", "aB3dE5fG7hI9jK1lM3nO"):
                assert never not in text
            assert "texts lost invisible or control characters" in answer["changed"]
        assert "masked as ***" in answer["changed"]
        summary = await ask(client, filter={"connection_name": "very long"})
        assert len(summary["connections"][0]["connection_name"]) == 256
        assert summary["changed"] == "1 text cut"
        assert "changed" not in await ask(client, filter={"connection_name": "sparse"})


WIRE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(["id", "active", "tags", "webhook_event_url", "connection_name", "created_at", "x_password"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(FIELDS | st.text(max_size=5), WIRE, max_size=6), max_size=4),
    WIRE,
    st.sampled_from(["summary", "full"]),
)
async def test_any_list_of_objects_is_answered(connect: Connect, rows: list[Any], meta: Any, detail: str) -> None:
    """Whatever the fields hold, the answer is well-formed and has a row for each."""
    body = json.dumps({"data": rows, "meta": meta}).encode()
    network = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))
    async with connect(transport=network) as client:
        answer = await ask(client, detail=detail)
    assert len(answer["connections"]) == len(rows)
