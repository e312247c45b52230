"""The tools about the whole account, through the whole server."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import bpe_openai
import httpx
import pytest

from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
O200K = bpe_openai.get_encoding("o200k_base")


async def ask(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)


def fleet(size: int = 412, seed: int = 7) -> list[dict[str, Any]]:
    return create_fleet(size=size, seed=seed).connections


async def test_a_count_by_type_is_exact_and_cheap(connect: Callable[..., Any]) -> None:
    """A count by type has groups and no rows, and costs at most 400 tokens."""
    async with connect(size=10_000) as client:
        result = await client.call_tool("search_connections", {"group_by": "record_type"})
        groups = {group["record_type"]: group["count"] for group in result.structured_content["groups"]}
        assert groups == Counter(row["record_type"] for row in fleet(10_000, 0))
        assert "connections" not in result.structured_content
        assert len(O200K.encode(result.content[0].text)) <= 400


async def test_matches_are_counted_exactly(connect: Callable[..., Any]) -> None:
    """The number of matches is exact, and pages of them together are all of them."""
    where = {"active": "true", "has_failover_webhook": False, "record_type": '["texml_application"]'}
    wanted = {
        row["id"]
        for row in fleet()
        if row["active"] and not row["webhook_event_failover_url"] and row["record_type"] == "texml_application"
    }
    async with connect(size=412, seed=7) as client:
        seen, offset = [], 0
        while offset is not None:
            answer = await ask(client, "search_connections", where=where, limit=5, offset=offset)
            assert answer["matches"] == len(wanted)
            seen += [row["id"] for row in answer["connections"]]
            left = answer.get("left")
            assert (left or {"count": 0})["count"] == len(wanted) - len(seen)
            offset = left and left["offset"]
        assert len(seen) == len(wanted)
        assert set(seen) == wanted


async def test_groups_beyond_the_limit_are_summed_up(connect: Callable[..., Any]) -> None:
    """Groups beyond the limit are counted as other and can be paged to; null means not set."""
    async with connect(size=412, seed=7) as client:
        answer = await ask(client, "search_connections", group_by=["webhook_host", "active"], limit=4)
        assert sum(group["count"] for group in answer["groups"]) + answer["left"]["count"] == 412
        everything = await ask(client, "search_connections", group_by=["webhook_host", "active"], limit=250)
        assert answer["left"]["groups"] == len(everything["groups"]) - 4
        assert "left" not in everything
        assert None in {group["webhook_host"] for group in answer["groups"]}
        assert "4 shown" in answer["summary"]


async def test_ages_are_resolved(connect: Callable[..., Any]) -> None:
    """The answer has the instant that "2y" meant."""
    async with connect() as client:
        answer = await ask(client, "search_connections", where={"updated_before": "2y"}, sort="updated_at")
        assert answer["resolved"]["updated_before"].endswith("Z")
        assert "least recently changed first" in answer["summary"]
        text = await refused(client, "search_connections", where={"updated_before": "soon"})
        assert text.startswith("Nothing was sent to Telnyx: `where.updated_before` must be an ISO date")


async def test_no_match_suggests_what_to_change(connect: Callable[..., Any]) -> None:
    """The answer has the nearest names, and the one condition to drop."""
    async with connect() as client:
        answer = await ask(client, "search_connections", where={"name_contains": "chat brigde", "active": True})
        assert answer["unknown"]["name_contains"]["near"][0] == "chat bridge"
        assert answer["excluded_most"]["condition"] == "name_contains"
        assert answer["excluded_most"]["matches_without_it"] > 0
        answer = await ask(client, "search_connections", where={"fqdn": "no.example"})
        assert answer["summary"] == 'No connection has the FQDN "no.example" (the case of an FQDN counts).'
        assert answer["coverage"]["api_filter"] == {"fqdn": "no.example"}
        answer = await ask(
            client, "search_connections", where={"active": True, "tags_all": ["nowhere"]}, group_by="tag"
        )
        assert answer["excluded_most"]["condition"] == "tags_all"
        answer = await ask(client, "search_connections", offset=70)
        assert "offset 70 is beyond the last" in answer["summary"]
        text = await refused(client, "search_connections", where={"ids": "1,2", "activ": True})
        assert (
            '`where.ids` must be a list of 0 to 250, each text of 0 to 256 characters, not "1,2" (as in ["1", "2"])'
            in text
        )
        assert "did you mean `where.active`?" in text
        text = await refused(client, "search_connections", where={"active": "maybe", "ids": [{}]})
        assert '`where.active` must be true or false, not "maybe"' in text
        assert "`where.ids[0]` must be text" in text


async def test_no_answer_exceeds_its_token_budget(connect: Callable[..., Any]) -> None:
    """Full rows become summaries, then fewer; the answer says so, and paging on loses nothing."""
    async with connect(size=412, seed=7, max_answer_tokens=2000) as client:
        for detail in ("summary", "full"):
            seen: list[str] = []
            offset = 0
            while offset < 100:
                result = await client.call_tool(
                    "search_connections", {"limit": 250, "offset": offset, "detail": detail}
                )
                answer = result.structured_content
                assert len(O200K.encode(result.content[0].text)) <= 2000
                assert "to keep the answer short" in answer["shortened"]
                seen += [row["id"] for row in answer["connections"]]
                offset = answer["left"]["offset"]
            assert len(seen) == len(set(seen)) == offset
        for tool, arguments in (
            ("search_connections", {"group_by": ["connection_name", "created_year"], "limit": 250}),
            ("list_connections", {"page": {"size": 250}, "detail": "full"}),
        ):
            result = await client.call_tool(tool, arguments)
            assert len(O200K.encode(result.content[0].text)) <= 2000
            assert "to keep the answer short" in result.structured_content["shortened"]


async def test_a_long_audit_names_fewer_connections(connect: Callable[..., Any]) -> None:
    """Every finding stays, with its count."""
    row = {"connection_name": "長" * 80, "record_type": "texml_application", "active": True}
    rows = [row | {"id": str(n), "webhook_api_version": "1"} for n in range(5)]
    rows += [row | {"id": f"9{n}", "webhook_event_url": "http://u:p@localhost/"} for n in range(5)]

    def handler(_: httpx.Request) -> httpx.Response:
        body = {"data": rows, "meta": {"total_results": 10, "total_pages": 1}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    async with connect(transport=httpx.MockTransport(handler), max_answer_tokens=2000) as client:
        answer = await ask(client, "audit_connections")
        assert answer["shortened"].startswith("Fewer connections are named")
        assert all(finding["count"] >= 5 for finding in answer["findings"])
        assert len(O200K.encode(json.dumps(answer, ensure_ascii=False))) <= 2000


async def test_paging_on_from_a_shortened_page_loses_nothing(connect: Callable[..., Any]) -> None:
    """The page gives its smaller size and its number, and following it reads every row once."""
    async with connect(size=300, seed=7, max_answer_tokens=3000) as client:
        seen: list[str] = []
        page = {"number": 2, "size": 100}
        answer = await ask(client, "list_connections", page=page, sort="created_at")
        first = (answer["page"]["number"] - 1) * answer["page"]["size"]
        assert first == 100
        while True:
            seen += [row["id"] for row in answer["connections"]]
            if "next" not in answer["page"]:
                break
            page = {"number": answer["page"]["next"], "size": answer["page"]["size"]}
            answer = await ask(client, "list_connections", page=page, sort="created_at")
        assert len(seen) == len(set(seen)) == 200
    async with connect(size=300, fault="no-meta", max_answer_tokens=3000) as client:
        answer = await ask(client, "list_connections", page={"size": 100})
        assert "total_pages" not in answer["page"]


async def test_the_audit_finds_what_is_wrong(connect: Callable[..., Any]) -> None:
    """Findings come worst first, with why, what to do, the first connections, and how to list them all."""
    async with connect(size=412, seed=7) as client:
        answer = await ask(client, "audit_connections")
        severities = [finding["severity"] for finding in answer["findings"]]
        assert severities == sorted(severities, key=["error", "warning", "info"].index)
        limit = next(finding for finding in answer["findings"] if finding["check"] == "near_connection_limit")
        assert limit["note"] == "412 of 457 (global_limit)"
        found = next(finding for finding in answer["findings"] if finding["check"] == "application_without_webhook")
        listed = await ask(client, "search_connections", **found["all_by"])
        assert listed["matches"] == found["count"]
        said = (
            rf"{len(severities)} checks found something in [1-3]\d\d of all 412 connections: [5-9] of severity error \("
        )
        assert re.match(said, answer["summary"])
        assert "count" not in limit
        assert "suspicious_text" in json.dumps(answer)
        assert "\u200b" not in json.dumps(answer, ensure_ascii=False)


async def test_the_audit_can_be_narrowed(connect: Callable[..., Any]) -> None:
    """The audit can be limited by filter, checks and severity."""
    async with connect(size=412, seed=7) as client:
        answer = await ask(client, "audit_connections", filter={"connection_name": "acme"}, min_severity="error")
        assert {finding["severity"] for finding in answer["findings"]} == {"error"}
        assert " of the requested checks found something in " in answer["summary"]
        assert ' connections with a name containing "acme": ' in answer["summary"]
        answer = await ask(client, "audit_connections", filter={"connection_name": "acme"})
        assert answer["not_checked"].startswith("near_connection_limit: it concerns the whole account")
        answer = await ask(client, "audit_connections", checks="duplicate_name")
        assert [finding["check"] for finding in answer["findings"]] == ["duplicate_name"]


async def test_nothing_wrong_is_said_plainly(connect: Callable[..., Any]) -> None:
    """An account without findings is said to have none."""
    async with connect(size=0) as client:
        answer = await ask(client, "audit_connections")
        assert answer["summary"] == (
            "This account has no connections, or none that this API key may see: none was checked."
        )
        assert answer["findings"] == []


async def test_an_api_without_counts_is_reported(connect: Callable[..., Any]) -> None:
    """The answer says that the limit was not checked, whatever the reason."""
    async with connect(fault="no-count") as client:
        answer = await ask(client, "audit_connections")
        assert answer["not_checked"] == "near_connection_limit: this API does not offer /connections/count."

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/count"):
            refusal = b'{"errors": [{"code": "10010", "title": "Authorization failed"}]}'
            return httpx.Response(403, stream=httpx.ByteStream(refusal))
        body = b'{"data": [{"id": "1", "connection_id": "1"}], "meta": {"total_results": 1}}'
        return httpx.Response(200, stream=httpx.ByteStream(body))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        answer = await ask(client, "audit_connections")
        assert answer["not_checked"].startswith("near_connection_limit: This API key is not allowed to read that")


async def test_a_name_in_an_incomplete_account_may_not_be_unique(connect: Callable[..., Any]) -> None:
    """The summary begins with the fact that others of that name may not have been read."""
    async with connect(fault="no-meta") as client:
        answer = await ask(client, "get_connection", connection_name="chat bridge")
        assert answer["connection"]["connection_name"] == "chat bridge"
        assert answer["summary"].startswith("INCOMPLETE, only 55 of an unknown number of connections could be read: ")
        assert '. "chat bridge": ' in answer["summary"]


async def test_a_count_below_what_was_read_is_not_quoted(connect: Callable[..., Any]) -> None:
    """If the count is too low, the answer does not say that only 55 of 9 were read."""
    async with connect(fault="total-results=9") as client:
        answer = await ask(client, "search_connections", limit=1)
    begun = "INCOMPLETE, although 55 connections were read: Telnyx counts 9 connections, but its first page holds 55. "
    assert answer["summary"].startswith(begun)


async def test_a_connection_by_id_or_name(connect: Callable[..., Any]) -> None:
    """Every field is shown with the audit's findings; if several have the name, all are listed and none is picked."""
    (wanted,) = [row for row in fleet() if row["connection_name"] == "chat bridge"]
    async with connect(size=412, seed=7) as client:
        by_id = await ask(client, "get_connection", id=int(wanted["id"]))
        by_name = await ask(client, "get_connection", connection_name="CHAT bridge")
        assert by_id["connection"] == by_name["connection"]
        assert by_id["connection"]["webhook_event_url"] == "https://chat.example.com/services/T00B00/***"
        assert by_id["as_of"]
        assert by_name["coverage"]["complete"]
        several = await ask(client, "get_connection", connection_name="main line")
        assert len(several["candidates"]) == 2
        assert "2 connections are named" in several["summary"]
        none = await ask(client, "get_connection", connection_name="chat brige")
        assert none["nearest_names"] == ["chat bridge"]
        sparse = next(row for row in fleet() if row["connection_name"] == "no webhook at all")
        answer = await ask(client, "get_connection", id=sparse["id"])
        assert answer["findings"] == []  # whether it has a voice_url is not known
        assert await refused(client, "get_connection", id="5") == (
            "This Telnyx account has no connection with id 5: check the id, or look the connection up by name."
        )
        for arguments in ({}, {"id": "5", "connection_name": "x"}):
            text = await refused(client, "get_connection", **arguments)
            assert text == "Nothing was sent to Telnyx: give exactly one of `id` and `connection_name`."


async def test_a_connection_too_long_to_show_is_shortened(connect: Callable[..., Any]) -> None:
    """Too many fields become the summary, and too many candidates fewer."""
    row = {"id": "1", "connection_name": "big\u200b", "active": None} | {f"field_{n}": "x" * 90 for n in range(400)}
    rows = [{"id": str(n), "connection_name": "same", "tags": ["a\u200b"]} for n in range(200)]

    def handler(request: httpx.Request) -> httpx.Response:
        one = request.url.path.endswith("/1")
        body = {"data": row} if one else {"data": rows, "meta": {"total_results": 200, "total_pages": 1}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    async with connect(transport=httpx.MockTransport(handler), max_answer_tokens=2000) as client:
        answer = await ask(client, "get_connection", id="1")
        assert answer["connection"] == {"id": "1", "connection_name": "big"}
        assert answer["shortened"].startswith("The summary instead")
        assert answer["changed"]
        answer = await ask(client, "get_connection", connection_name="same")
        assert 1 < len(answer["candidates"]) < 200
        assert "of 200 candidates" in answer["shortened"]
        assert "invisible" in answer["changed"]


def connection_with_calls(count: int) -> str:
    calls = create_fleet(size=55, seed=0).calls
    return next(id_ for id_, listed in calls.items() if len(listed) == count)


async def test_calls_longest_first(connect: Callable[..., Any]) -> None:
    """Calls have page numbers and durations in words, and client_state only on demand."""
    async with connect() as client:
        id_ = connection_with_calls(37)
        answer = await ask(client, "list_active_calls", connection_id=id_, page={"number": 1, "size": 25})
        durations = [call["call_duration"] for call in answer["calls"]]
        assert durations == sorted(durations, reverse=True)
        assert answer["page"] == {"size": 25, "number": 1, "total_results": 37, "next": 2}
        assert answer["summary"].startswith(
            f"25 of 37 active calls of connection {id_}, the longest on this page first: "
        )
        assert all("client_state" not in call and call["duration"] for call in answer["calls"])
        second = await ask(
            client, "list_active_calls", connection_id=id_, page={"number": 2, "size": 25}, detail="full"
        )
        assert len(second["calls"]) == 12
        assert "next" not in second["page"]
        assert ", the longest on this page first: " in second["summary"]
        whole = await ask(client, "list_active_calls", connection_id=id_, page={"size": 37})
        assert whole["summary"].startswith(f"37 active calls of connection {id_}, the longest first: ")
        assert all(call["client_state"] for call in second["calls"])
        beyond = await ask(client, "list_active_calls", connection_id=id_, page={"number": 9})
        assert beyond["summary"] == f"No active calls on this page of connection {id_}; there are 37 in total."


async def test_calls_by_cursor(connect: Callable[..., Any]) -> None:
    """If the API pages by cursor, following `after` shows all calls."""
    async with connect(fault="cursor-calls") as client:
        id_, seen, page = connection_with_calls(37), [], {"size": 20}
        while True:
            answer = await ask(client, "list_active_calls", connection_id=id_, page=page)
            seen += [call["call_leg_id"] for call in answer["calls"]]
            if "after" not in answer["page"]:
                break
            assert "more follow" in answer["summary"]
            page = {"size": 20, "after": answer["page"]["after"]}
        assert len(set(seen)) == 37
        both = await refused(client, "list_active_calls", connection_id=id_, page={"number": 2, "after": "c2"})
        assert both == "Nothing was sent to Telnyx: give one of `page.number` and `page.after`, not both."
        assert "no connection" in (await refused(client, "list_active_calls", connection_id="5")).lower()
        assert (await ask(client, "search_connections", limit=1))["matches"] == 55


async def test_no_calls_is_said_plainly(connect: Callable[..., Any]) -> None:
    """A quiet connection, a type without a list of calls, and an unknown connection are told apart."""
    account = create_fleet(size=55, seed=0)
    rows = [row for row in account.connections if row["id"] not in account.calls and row["record_type"][:2] == "ip"]
    quiet = next(row for row in rows if row["webhook_event_url"])
    without = next(row for row in rows if not row["webhook_event_url"])
    fax = next(row for row in account.connections if row["record_type"] == "fax_application")
    async with connect() as client:
        answer = await ask(client, "list_active_calls", connection_id=quiet["id"])
        assert answer["summary"] == f"No active calls of connection {quiet['id']}."
        answer = await ask(client, "list_active_calls", connection_id=fax["id"])
        assert 'is of type "fax_application", ' in answer["summary"]
        answer = await ask(client, "list_active_calls", connection_id=without["id"])
        assert answer["summary"].endswith(
            '" is of type "ip_connection", it has no webhook URL, and Telnyx has no list of active calls for it, only '
            "for Call Control and TeXML applications and SIP connections with a valid webhook_event_url."
        )
        odd = await refused(client, "list_active_calls", connection_id=quiet["id"], page={"after": "c2"})
        assert odd.startswith("Telnyx refused the parameter page[after] (HTTP 422, code 10015: ")
        assert "no connection with id 5" in await refused(client, "list_active_calls", connection_id="5")


async def test_odd_and_many_calls(connect: Callable[..., Any]) -> None:
    """Calls without duration or with hidden characters are shown, and too many are shortened."""
    rows: list[dict[str, Any]] = [
        {"call_leg_id": f"leg\u200b{n}", "call_duration": n, "client_state": "x" * 90} for n in range(200)
    ]
    rows += [{"call_leg_id": 5, "call_duration": None}]

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps({"data": rows}).encode()))

    async with connect(transport=httpx.MockTransport(handler), max_answer_tokens=2000) as client:
        answer = await ask(client, "list_active_calls", connection_id="1", page={"size": 250}, detail="full")
        assert "without client_state, to keep the answer short" in answer["shortened"]
        assert answer["calls"][0] == {"call_leg_id": "leg199", "call_duration": 199, "duration": "3 min 19 s"}
        assert answer["changed"]
    rows[:] = rows[-1:]
    async with connect(transport=httpx.MockTransport(handler)) as client:
        answer = await ask(client, "list_active_calls", connection_id="1")
        assert answer["calls"] == [{}]
        assert answer["summary"] == "1 active call of connection 1."


async def test_a_check_that_compares_offers_no_list_of_a_part_of_the_account(connect: Callable[..., Any]) -> None:
    """To list the finding would compare all connections, not those that the filter selects."""
    named = {"connection_name": {"contains": "SIP_Trunk"}}
    async with connect(size=412) as client:
        answer = await ask(client, "audit_connections", filter=named, checks=["settings_differ"])
        (finding,) = answer["findings"]
        assert (finding["count"], "all_by" in finding) == (1, False)
