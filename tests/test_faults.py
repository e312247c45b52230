"""Each fault of the sandbox, through the whole server over a real socket, gives its sentence in time."""

import json
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
from mcp import MCPError
from mcp.client import Client

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.faults import FAULTS
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio

SENTENCES = {
    "401": "Telnyx refused the API key (HTTP 401, code 10009): put a valid key for this account in",
    "403": "This API key is not allowed to read that (HTTP 403, code 10010: You lack a permission): use a key that",
    "404": "Telnyx has no such resource (HTTP 404, code 10005: The resource could not be found): check the id",
    "422": "Telnyx refused the parameter filter[fqdn] (HTTP 422, code 10015: is invalid): correct it and try again",
    "429": "The rate limit of this Telnyx account is used up (HTTP 429, code 10011: You have exceeded the maximum "
    "number of allowed requests), tried 3 times: try again in 1 second",
    "429-wait": "try again in 600 seconds.",
    "429-silent": "tried 3 times: try again in about a minute.",
    "retry-after": "tried 3 times: try again in about a minute.",
    "reset-epoch": "try again in 30 seconds.",
    "500": "Telnyx could not answer (HTTP 500, code 10007: Unexpected error), tried 3 times: try again in a minute.",
    "503": "Telnyx could not answer (HTTP 503, code 10007: Try later), tried 3 times: try again in a minute.",
    "html-502": "or a proxy in front of it, could not answer (HTTP 502, an HTML page), tried 3 times: try",
    "520": 'a proxy in front of it, could not answer (HTTP 520, the text "error code: 520"), tried 3 times: try',
    "gateway-404": 'is not the Telnyx API (HTTP 404, JSON from another API: "no Route matched with those values"): '
    "check TELNYX_BASE_URL",
    "web-404": 'is not the Telnyx API (HTTP 404, an HTML page titled "404 Not Found"): check TELNYX_BASE_URL',
    "waf-403": 'between here and Telnyx refused the request (HTTP 403, an HTML page titled "Access Denied"): '
    "ask whoever runs that proxy, firewall or gateway to allow GET requests to",
    "gateway-401": "between here and Telnyx requires credentials of its own (HTTP 401, JSON from another API: "
    '"No API key found in request"): check what is in front of',
    "proxy-407": 'a user name and password (HTTP 407, an HTML page titled "Proxy Authentication Required"): put '
    "them into HTTPS_PROXY",
    "gateway-429": "between here and Telnyx does not allow more requests for now (HTTP 429, JSON from another API: "
    '"API rate limit exceeded")',
    "balancer-400": 'between here and Telnyx refused the request (HTTP 400, an HTML page titled "400 Request Header',
    "filter-451": 'between here and Telnyx refused the request (HTTP 451, an HTML page titled "Blocked by policy")',
    "login-200": 'is not the Telnyx API (HTTP 200, an HTML page titled "Welcome to the guest network"): check '
    "TELNYX_BASE_URL, and whether a proxy or a login page is in the way.",
    "login-511": 'The network requires a login (HTTP 511, an HTML page titled "Network Authentication Required"): log',
    "slow": "Telnyx did not respond in time",
    "stall": "Telnyx did not respond in time",
    "reset": "The connection to Telnyx was lost, tried 3 times: try again.",
    "truncated": "a response that is incomplete JSON: try again",
    "not-json": "a response that is not JSON: try again",
    "empty": "an empty response: try again",
    "wrong-shape": "JSON, but not in the form that Telnyx documents",
    "huge": "more than 16 MiB, which was rejected: ask for a smaller page.",
    "gzip-bomb": "more than 16 MiB, which was rejected: ask for a smaller page.",
    "redirect": "responded with a redirect (HTTP 302), which is never followed: check TELNYX_BASE_URL, and whether a",
}
ANSWERED = {"no-meta", "null-fields", "unknown-fields", "ignores-filter", "wrong-id", "no-id"}
FOR_CALLS = {
    "odd-cursor",
    "long-cursor",
    "cursor-repeats",
    "next-path",
    "one-of-50",
}  # tests/mcp_server/tools/test_active_calls.py
FOR_THE_WHOLE_FLEET = {
    "shrinks",
    "grows",
    "fail-page",
    "no-count",
    "cursor-calls",
    "numbered-calls",
    "forbidden",
    "missing",
    "moved-mobile",
}  # tests/inventory, tests/mcp_server/tools and tests/sandbox
HOSTILE = {  # tests/hostile
    "total-pages",
    "total-results",
    "long-total",
    "ignores-page",
    "big-row",
    "deep",
    "nan",
    "half-surrogate",
    "latin-1",
    "big-pages",
}
LIMIT = 6.0


def server_for(base_url: str, **settings: Any) -> Any:
    given = {"request_timeout": 0.5, "tool_timeout": LIMIT} | settings
    return create_server(Settings(api_key=SANDBOX_KEY, base_url=base_url, **given))


@pytest.mark.parametrize("fault", SENTENCES)
async def test_each_fault_yields_its_sentence(sandbox_url: str, fault: str) -> None:
    """It comes within the time limit, without key, traceback, body or query, and the next request works."""
    async with Client(server_for(f"{sandbox_url}/fault/{fault}/v2")) as client:
        for _ in range(2):
            begun = time.monotonic()
            result = await client.call_tool("list_connections", {"filter": {"fqdn": "sip.secret.example"}})
            (block,) = result.content
            assert result.is_error
            assert SENTENCES[fault] in block.text
            assert time.monotonic() - begun < LIMIT + 1
            for never in (SANDBOX_KEY, "Traceback", "html", "secret", "://hooks"):
                assert never not in block.text
            assert block.text.count("http://") == block.text.count(f"{sandbox_url}/fault/{fault}/v2") + (
                fault == "proxy-407"
            )


def test_every_fault_is_tried() -> None:
    """Every fault of the sandbox has an expected sentence or answer here."""
    assert set(SENTENCES) | ANSWERED | FOR_CALLS | FOR_THE_WHOLE_FLEET | HOSTILE == set(FAULTS)


@pytest.mark.parametrize("fault", ["429=2", "500=2", "503=1", "520=2"])
async def test_a_temporary_fault_is_retried(sandbox_url: str, fault: str) -> None:
    """Two failures in a row cost time, but not the answer."""
    async with Client(server_for(f"{sandbox_url}/fault/{fault}/v2")) as client:
        result = await client.call_tool("list_connections", {})
        assert result.structured_content is not None
        assert result.structured_content["page"]["total_results"] == 55


async def test_a_response_from_a_gateway_is_not_telnyxs(connect: Callable[..., Any]) -> None:
    """A gateway's 404 does not mean a missing connection, nor its block page a missing permission."""
    asked = {"get_connection": {"id": "5"}, "list_active_calls": {"connection_id": "5"}, "audit_connections": {}}
    for fault in ("gateway-404", "web-404", "waf-403", "gateway-401", "login-200"):
        async with connect(fault=fault, base_url="https://gateway.example/v2") as client:
            for tool, arguments in asked.items():
                result = await client.call_tool(tool, arguments)
                assert result.is_error
                assert "https://gateway.example/v2" in result.content[0].text
                assert "no connection with the id" not in result.content[0].text
                assert "This API key" not in result.content[0].text
            with pytest.raises(MCPError, match=r"https://gateway\.example/v2"):
                await client.read_resource("telnyx://connections/5")
    async with connect(fault="404") as client:
        result = await client.call_tool("get_connection", {"id": "5"})
        assert result.content[0].text.startswith("This Telnyx account has no connection with id 5: ")


async def test_another_404_of_telnyx_is_passed_on(connect: Callable[..., Any]) -> None:
    """Only code 10005 means that the connection does not exist."""

    def handler(_: httpx.Request) -> httpx.Response:
        body = b'{"errors": [{"code": "20012", "title": "Product is not enabled"}]}'
        return httpx.Response(404, stream=httpx.ByteStream(body))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        result = await client.call_tool("get_connection", {"id": "5"})
    assert "no such resource (HTTP 404, code 20012: Product is not enabled)" in result.content[0].text


@pytest.mark.parametrize(
    ("fault", "came"), [("wrong-id", "has the id 1"), ("no-id", "has no id"), ("null-fields", None)]
)
async def test_another_connection_is_never_shown_as_the_one_asked_for(
    connect: Callable[..., Any], fault: str, came: str | None
) -> None:
    """A connection with another id is an error in the tool and the resource."""
    asked = create_fleet().connections[0]["id"]
    async with connect(fault=fault) as client:
        result = await client.call_tool("get_connection", {"id": asked})
        if came is None:
            assert result.structured_content["connection"]["id"] == asked
            return
        sentence = (
            f"The request was for connection {asked}, but the one that came {came}, so it is not shown: try again; if "
            "this persists, check what is in front of TELNYX_BASE_URL, such as a cache."
        )
        assert (result.is_error, result.content[0].text) == (True, sentence)
        with pytest.raises(MCPError, match="so it is not shown"):
            await client.read_resource(f"telnyx://connections/{asked}")


@pytest.mark.parametrize(
    ("asked", "came"),
    [
        ("12", "0012"),
        ("0012", 12),
        ("ABCD-ef", "abcd-EF"),
        ("12", "120"),
        ("12", "1\u202e2"),
        ("12", True),
        ("12", [12]),
    ],
)
async def test_an_id_may_differ_in_zeros_and_case(connect: Callable[..., Any], asked: str, came: Any) -> None:
    """Any other difference means another connection."""

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps({"data": {"id": came}}).encode()))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        result = await client.call_tool("get_connection", {"id": asked})
    assert result.is_error is (came in ("120", "1\u202e2", True, [12]))
    assert "\u202e" not in result.content[0].text


async def test_an_ignored_filter_is_reported(connect: Callable[..., Any]) -> None:
    """A page is shown with how many rows do not match, while a fleet keeps only matching ones."""
    rows = create_fleet().connections
    acme = [row for row in rows if "acme" in row["connection_name"].lower()]
    profile = next(row["outbound_voice_profile_id"] for row in rows if "outbound_voice_profile_id" in row)
    of_profile = [row for row in rows if row.get("outbound_voice_profile_id") == profile]
    by_name = {"connection_name": {"contains": "acme"}}
    by_profile = {"outbound_voice_profile_id": profile, "outbound": {"outbound_voice_profile_id": profile}}
    async with connect(fault="ignores-filter", size=55) as client:
        for given, found in ((by_name, acme), (by_profile, of_profile)):
            result = await client.call_tool("list_connections", {"filter": given, "page": {"size": 55}})
            begun = (
                f"{55 - len(found)} of these do not match, because something ignored the filter: Connections 1 to 55"
            )
            assert result.structured_content["summary"].startswith(begun)
        audit = (await client.call_tool("audit_connections", {"filter": by_name})).structured_content
        assert f" of all {len(acme)} connections with a name containing" in audit["summary"]
        search = await client.call_tool("search_connections", {"where": {"outbound_voice_profile_id": profile}})
        assert search.structured_content["matches"] == len(of_profile)
    async with connect(size=55) as client:
        result = await client.call_tool("list_connections", {"filter": by_name | by_profile})
        assert "ignored" not in result.structured_content["summary"]


async def test_missing_fields_do_not_suggest_an_ignored_filter(connect: Callable[..., Any]) -> None:
    """A filter that no row contradicts counts as applied."""

    def handler(_: httpx.Request) -> httpx.Response:
        body = {"data": [{"id": "1"}, {"id": "2", "connection_name": "Acme"}], "meta": {"total_results": 2}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        asked = {"filter": {"connection_name": {"contains": "acme"}}}
        answer = (await client.call_tool("list_connections", asked)).structured_content
    assert answer["summary"].startswith("Connections 1 to 2 of 2 with a name containing")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("retry-after=30", "try again in 30 seconds."),
        ("retry-after=7200", "try again in 3600 seconds."),
        ("retry-after=99999999999", "try again in about a minute."),
        ("retry-after=Sun, 06 Nov 1994 08:49:37 GMT", "try again in about a minute."),
        ("retry-after=\u0665", "try again in about a minute."),
        ("reset-epoch", "try again in 30 seconds."),
        ("reset-epoch=120", "try again in 120 seconds."),
    ],
)
async def test_a_requested_wait_is_understood_in_any_form(connect: Callable[..., Any], fault: str, said: str) -> None:
    """A wait in any form is understood, and an unusable one becomes about a minute."""
    async with connect(fault=fault, tool_timeout=10) as client:
        result = await client.call_tool("list_connections", {})
    assert "The rate limit of this Telnyx account is used up (HTTP 429" in result.content[0].text
    assert result.content[0].text.endswith(said)


ODD_HEADERS = [
    (429, {"retry-after": "99999999999"}),
    (429, {"retry-after": "9" * 400}),
    (429, {"x-ratelimit-reset": "1e400"}),
    (200, {"x-ratelimit-remaining": "9" * 5000, "x-ratelimit-reset": "60"}),
    (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 5000, "x-ratelimit-limit": "nan"}),
    (200, {"set-cookie": "a=" + "b" * 9000}),
]


@pytest.mark.parametrize(("status", "headers"), ODD_HEADERS)
async def test_one_odd_header_disables_nothing(connect: Callable[..., Any], status: int, headers: Any) -> None:
    """This request and later ones are answered, every response is closed, and no cookie is sent back."""
    closed = []

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            yield b'{"data": [], "meta": {"total_results": 0}}'

        async def aclose(self) -> None:
            closed.append(True)

    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        first = len(asked) == 1
        return httpx.Response(status if first else 200, headers=headers if first else {}, stream=Body())

    async with connect(transport=httpx.MockTransport(handler)) as client:
        for _ in range(3):
            result = await client.call_tool("list_connections", {})
            assert not result.is_error
    assert len(closed) == len(asked)
    assert not any("cookie" in request.headers for request in asked)


async def test_a_429_with_an_endless_body_is_obeyed(connect: Callable[..., Any]) -> None:
    """The next request waits as the headers said."""

    async def endless() -> Any:
        while True:
            yield b"x" * 65536

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "600"}, content=endless())

    async with connect(transport=httpx.MockTransport(handler)) as client:
        first = await client.call_tool("list_connections", {})
        second = await client.call_tool("list_connections", {})
    assert "does not allow more requests for now (HTTP 429, the text" in first.content[0].text
    assert second.content[0].text == "The rate limit is used up, so no request was sent: try again in 600 seconds."


async def test_without_meta_the_total_is_called_unknown(connect: Callable[..., Any]) -> None:
    """No total is invented, and a full page still offers the next one."""
    async with connect(fault="no-meta") as client:
        answer = (await client.call_tool("list_connections", {})).structured_content
        assert answer["page"] == {"number": 1, "size": 25, "next": 2}
        assert answer["summary"].startswith("Page 1, 25 connections of an unknown total, newest first")
        answer = (await client.call_tool("list_connections", {"page": {"number": 3}})).structured_content
        assert answer["page"] == {"number": 3, "size": 25}
        answer = (await client.call_tool("list_connections", {"page": {"number": 9}})).structured_content
        assert answer["summary"] == "No connections on page 9; Telnyx did not say how many connections there are."


async def test_null_fields_are_left_out(connect: Callable[..., Any]) -> None:
    """A connection of which only the id is known is shown with its id."""
    async with connect(fault="null-fields") as client:
        answer = (await client.call_tool("list_connections", {"page": {"size": 3}})).structured_content
        assert [list(row) for row in answer["connections"]] == [["id"]] * 3
        assert "0 active, 0 inactive, 3 in an unknown state; 3 unknown type" in answer["summary"]
        full = (await client.call_tool("list_connections", {"detail": "full"})).structured_content
        assert full["connections"][0]["connection_name"] is None


async def test_new_types_and_fields_are_shown_as_they_are(connect: Callable[..., Any]) -> None:
    """New values appear, and new fields do in full."""
    async with connect(fault="unknown-fields") as client:
        answer = (await client.call_tool("list_connections", {"detail": "full"})).structured_content
        assert {row["record_type"] for row in answer["connections"]} == {"quantum_connection"}
        assert answer["connections"][0]["new_field"] == {"depth": [1, "two"]}
        assert answer["connections"][0]["active"] == "sometimes"


async def test_a_request_has_a_total_time_limit(sandbox_url: str) -> None:
    """If retries would take longer, the request ends at its limit and says so."""
    async with Client(server_for(f"{sandbox_url}/fault/slow=5/v2", request_timeout=10, tool_timeout=0.3)) as client:
        result = await client.call_tool("list_connections", {})
        assert result.content[0].text == (
            "The request took longer than 0.3 s: try again, ask for less, or raise TELNYX_TOOL_TIMEOUT."
        )


async def test_a_dead_address_says_what_to_check() -> None:
    """If nothing listens at the base URL, the error says what to check."""
    async with Client(server_for("http://127.0.0.1:9/v2")) as client:
        result = await client.call_tool("list_connections", {})
        assert "Telnyx cannot be reached, tried 3 times: check the network, DNS" in result.content[0].text


async def test_a_name_that_does_not_resolve_says_what_to_check() -> None:
    """A mistyped base URL is reported as a network failure."""
    async with Client(server_for("https://nowhere.invalid/v2")) as client:
        result = await client.call_tool("list_connections", {})
        assert "Telnyx cannot be reached" in result.content[0].text


async def test_a_cancelled_request_stops_at_once(connect: Callable[..., Any]) -> None:
    """Nothing continues after a request is cancelled."""
    begun, ended = anyio.Event(), anyio.Event()

    async def never(_: httpx.Request) -> httpx.Response:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()
        raise AssertionError

    async with connect(transport=httpx.MockTransport(never)) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "list_connections", {})
        await begun.wait()
        tasks.cancel_scope.cancel()
    with anyio.fail_after(5):
        await ended.wait()


async def test_a_defect_shows_no_internals(connect: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """The model reads one sentence, and the traceback is logged."""

    def broken(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("inner detail")

    async with connect(transport=httpx.MockTransport(broken)) as client:
        result = await client.call_tool("list_connections", {})
    assert result.is_error
    assert result.content[0].text == (
        "list_connections failed because of a defect in this server: report it with the lines of its log."
    )
    assert "inner detail" in caplog.text
