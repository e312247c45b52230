"""Completions are quick, bounded and usable, and never an error."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp.client import Client
from mcp_types import PromptReference, ResourceTemplateReference

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings
from telnyx_connections_mcp.text.cleaning import clean, fold

pytestmark = pytest.mark.anyio
PROMPT = PromptReference(type="ref/prompt", name="connection-report")
TEMPLATE = ResourceTemplateReference(type="ref/resource", uri="telnyx://connections/{id}")


async def complete(client: Any, name: str, typed: str, ref: Any = PROMPT) -> Any:
    return (await client.complete(ref, {"name": name, "value": typed})).completion


async def test_names_with_the_prefix_come_first(connect: Callable[..., Any], era: str) -> None:
    """Names with the prefix come first, then those that contain it, each from A to Z, ignoring case and accents."""
    async with connect(mode=era) as client:
        found = await complete(client, "connection_name", "ACME")
        names = {row["connection_name"] for row in create_fleet().connections}
        assert set(found.values) == {name for name in names if "acme" in name.lower()}
        begins = [fold(value).startswith("acme") for value in found.values]
        assert begins == sorted(begins, reverse=True)
        assert True in begins
        assert False in begins
        assert (found.total, found.has_more) == (len(found.values), False)
        assert (await complete(client, "hint", "buro")).values[0].startswith("Büro")


async def test_every_kind_of_argument_is_completed(connect: Callable[..., Any]) -> None:
    """Arguments are completed by their name, and an id also by the name of its connection."""
    rows = create_fleet().connections
    async with connect() as client:
        for ref in (PROMPT, TEMPLATE):
            assert (await complete(client, "id", rows[3]["id"], ref)).values == [rows[3]["id"]]
        by_name = (await complete(client, "id", "chat bridge", TEMPLATE)).values
        assert by_name == [row["id"] for row in rows if row["connection_name"] == "chat bridge"]
        assert (await complete(client, "connection_id", rows[3]["id"][:18])).values
        assert "prod" in (await complete(client, "tag", "pr")).values
        profiles = {row["outbound_voice_profile_id"] for row in rows if "outbound_voice_profile_id" in row}
        profiles |= {row["id"] for row in Surroundings(create_fleet(), 0, datetime.now(UTC)).profiles}
        assert (await complete(client, "outbound_voice_profile_id", "")).values == sorted(profiles)
        types = sorted({row["record_type"] for row in rows})
        assert (await complete(client, "record_type", "")).values == types
        assert (await complete(client, "webhook_host", "hooks.ac")).values == ["hooks.acme.example"]
        assert "Chicago, IL" in (await complete(client, "anchorsite_override", "chi")).values
        assert (await complete(client, "min_severity", "")).values == ["error", "info", "warning"]
        assert (await complete(client, "untouched_for", "")).values == ["1y", "2y", "6m", "90d"]
        assert (await complete(client, "audience", "")).values == []


async def test_what_surrounds_connections_is_completed(connect: Callable[..., Any]) -> None:
    """Numbers in any spelling, addresses, and profiles by name are completed; half of a login never is."""
    account = Surroundings(create_fleet(), 0, datetime.now(UTC))
    numbers = sorted(row["phone_number"] for row in account.numbers)
    async with connect() as client:
        assert (await complete(client, "number", "+1 (200) 555")).values == [
            number for number in numbers if number.startswith("+1200555")
        ]
        ending = numbers[0][-5:]
        assert (await complete(client, "phone_number", ending)).values == [each for each in numbers if ending in each]
        ip, fqdn = account.ips[0]["ip_address"], account.fqdns[0]["fqdn"]
        assert ip in (await complete(client, "address", ip[:9])).values
        assert fqdn in (await complete(client, "address", fqdn[:5].upper())).values
        assert (await complete(client, "profile_name", "eu")).values == ["EU out"]
        sound = next(row["id"] for row in account.profiles if row["name"] == "EU out")
        assert (await complete(client, "outbound_voice_profile_id", "eu out")).values == [sound]
        login = next(row["user_name"] for row in account.settings("credential_connection"))
        for argument in ("user_name", "sip_username", "hint"):
            assert (await complete(client, argument, login)).values == []


async def test_a_hint_is_completed_from_what_is_there(connect: Callable[..., Any]) -> None:
    """Nobody waits for all numbers while typing a hint, but those that were read already complete it."""
    number = min(row["phone_number"] for row in Surroundings(create_fleet(), 0, datetime.now(UTC)).numbers)
    async with connect() as client:
        assert (await complete(client, "hint", number)).values == []
        await client.call_tool("search_connections", {"group_by": ["has_numbers"]})
        assert (await complete(client, "hint", number)).values == [number]


async def test_one_list_that_cannot_be_read_does_not_hide_the_other(connect: Callable[..., Any]) -> None:
    """Without the right to read IP addresses, an address is still completed with FQDNs."""
    async with connect(fault="forbidden=ips") as client:
        assert (await complete(client, "address", "sip-")).values
        assert (await complete(client, "ip_address", "")).values == []


async def test_a_hint_may_be_anything_that_identifies_a_connection(connect: Callable[..., Any]) -> None:
    """A hint is completed with names, tags, webhook hosts and voice profiles."""
    rows = create_fleet().connections
    profile = next(row["outbound_voice_profile_id"] for row in rows if "outbound_voice_profile_id" in row)
    async with connect() as client:
        for typed, offered in (("chat", "chat bridge"), ("eu", "eu"), ("hooks.ac", "hooks.acme.example")):
            assert (await complete(client, "hint", typed)).values[0] == offered
        assert (await complete(client, "hint", profile)).values == [profile]


async def test_an_offered_name_can_be_used(connect: Callable[..., Any]) -> None:
    """Hostile names are offered cleaned, get_connection finds each, and overlong names are not offered."""
    async with connect() as client:
        names = (await complete(client, "connection_name", "")).values
        assert {"red alert", "invisibleink esrever", "line one line two"} <= set(names)
        assert not any(name.startswith("very long name") for name in names)
        for name in names:
            found = await client.call_tool("get_connection", {"connection_name": name})
            assert found.structured_content.keys() & {"connection", "candidates"}, name
        for tag in (await complete(client, "tag", "")).values:
            found = await client.call_tool("search_connections", {"where": {"tags_any": [tag]}, "limit": 1})
            assert found.structured_content["matches"], tag


async def test_at_most_a_hundred_are_offered(connect: Callable[..., Any]) -> None:
    """The answer gives the total and says that there are more."""
    async with connect(size=412, seed=7) as client:
        found = await complete(client, "connection_name", "")
        assert len(found.values) == 100
        assert found.total == len({row["connection_name"] for row in create_fleet(size=412, seed=7).connections}) - 1
        assert found.has_more


@pytest.mark.parametrize(
    "trouble", [{"problem": "No key."}, {"fault": "401"}, {"fault": "not-json"}, {"fault": "429-wait"}]
)
async def test_trouble_is_an_empty_list(connect: Callable[..., Any], era: str, trouble: dict[str, Any]) -> None:
    """A missing or refused key and a broken API give an empty list."""
    async with connect(mode=era, **trouble) as client:
        found = await complete(client, "connection_name", "acme")
        assert (found.values, found.total, found.has_more) == ([], 0, False)


async def test_a_defect_is_an_empty_list_too(connect: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """A defect gives an empty list and is logged."""

    def broken(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    async with connect(transport=httpx.MockTransport(broken)) as client:
        assert (await complete(client, "tag", "")).values == []
    assert "Completing tag failed" in caplog.text


async def test_an_incomplete_account_gives_no_total(connect: Callable[..., Any]) -> None:
    """If a page cannot be read, the total is unknown and there may be more."""
    fine, forbidden = (httpx.ASGITransport(create_app(size=600, fault=fault)) for fault in (None, "403"))

    class SecondPageFails(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            network = forbidden if request.url.params.get("page[number]") == "2" else fine
            return await network.handle_async_request(request)

    async with connect(transport=SecondPageFails()) as client:
        found = await complete(client, "record_type", "ip")
        assert found.values[0] == "ip_connection"
        assert found.total is None
        assert found.has_more


async def test_a_slow_account_is_not_waited_for(connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is empty, the fetch goes on, and a later request gets its result."""
    monkeypatch.setattr("telnyx_connections_mcp.mcp_server.completions.MAX_WAIT_SECONDS", 0.05)
    app = httpx.ASGITransport(create_app())
    may_answer, asked = anyio.Event(), []

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.url)
            await may_answer.wait()
            return await app.handle_async_request(request)

    async with connect(transport=Slow()) as client:
        assert (await complete(client, "tag", "pr")).values == []
        assert (await complete(client, "tag", "pro")).values == []
        may_answer.set()
        monkeypatch.setattr("telnyx_connections_mcp.mcp_server.completions.MAX_WAIT_SECONDS", 5)
        assert (await complete(client, "tag", "prod")).values == ["prod"]
        assert len(asked) == 1


async def test_a_slow_list_does_not_hide_the_other(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While IP addresses are still being read, an address is completed with FQDNs."""
    app, ips = httpx.ASGITransport(create_app()), anyio.Event()

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/ips"):
                await ips.wait()
            return await app.handle_async_request(request)

    async with connect(transport=Slow()) as client:
        await complete(client, "fqdn", "sip")
        monkeypatch.setattr("telnyx_connections_mcp.mcp_server.completions.MAX_WAIT_SECONDS", 0.05)
        assert (await complete(client, "address", "sip")).values
        ips.set()


NAMES = st.one_of(
    st.text(max_size=6), st.sampled_from(["Acme", "acm\u00e9", "\u200b", "a\u200bcme", "***", " ", "a" * 257])
)


@given(st.lists(NAMES), st.text(max_size=3))
@settings(max_examples=50)
async def test_any_names_can_be_completed(names: list[str], typed: str) -> None:
    """Offered names are unique, visible and in order, and each can be found again."""
    rows = [{"id": str(number), "connection_name": name} for number, name in enumerate(names)]
    page = {"data": rows, "meta": {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(rows)}}
    answer = httpx.ByteStream(json.dumps(page).encode())
    network = httpx.MockTransport(lambda _: httpx.Response(200, stream=answer))
    async with Client(create_server(Settings(api_key=SANDBOX_KEY), lambda: network)) as client:
        found = await complete(client, "connection_name", typed)
    wanted, shown = fold(typed), {clean(name) for name in names if len(clean(name)) <= 256 and fold(name)}
    shown = {name for name in shown if mask_text(name) == name}
    begins = {name for name in shown if fold(name).startswith(wanted)}
    holds = {name for name in shown if wanted in fold(name)} - begins
    by_name = lambda name: (fold(name), name)  # noqa: E731  # used twice
    assert found.values == [*sorted(begins, key=by_name), *sorted(holds, key=by_name)][:100]
    assert found.total == len(begins) + len(holds)
    assert json.dumps(found.values).isprintable()


async def test_a_value_with_a_secret_is_not_offered(connect: Callable[..., Any]) -> None:
    """Neither a secret nor its mask is offered, but a name with asterisks of its own is."""
    names = ["password=hunter2", "*** urgent ***", "plain"]
    rows = [{"id": str(number), "connection_name": name, "tags": [name]} for number, name in enumerate(names)]
    page = {"data": rows, "meta": {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": 3}}
    answer = httpx.ByteStream(json.dumps(page).encode())
    async with connect(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=answer))) as client:
        for argument in ("connection_name", "tag", "hint"):
            assert (await complete(client, argument, "")).values == ["*** urgent ***", "plain"]


async def test_ids_that_no_tool_accepts_are_not_offered(connect: Callable[..., Any]) -> None:
    """Connection ids have letters, digits and hyphens, voice profile ids up to 19 digits."""
    ids = ["5", "a-B-9", "no spaces", "x" * 64, "x" * 65, "\u00e9", "1/2"]
    profiles = ["7", "1" * 19, "1" * 20, "a7", "\u0664"]
    rows: list[dict[str, Any]] = [{"id": each} for each in ids]
    rows += [{"id": str(number), "outbound_voice_profile_id": each} for number, each in enumerate(profiles)]
    page = {"data": rows, "meta": {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(rows)}}
    answer = httpx.ByteStream(json.dumps(page).encode())

    def listed(request: httpx.Request) -> httpx.Response:
        known = request.url.path.endswith("/connections")
        return httpx.Response(200 if known else 404, stream=answer if known else httpx.ByteStream(b"{}"))

    async with connect(transport=httpx.MockTransport(listed)) as client:
        found = (await complete(client, "id", "")).values
        assert set(found) == {"5", "a-B-9", "x" * 64, "0", "1", "2", "3", "4"}
        assert (await complete(client, "outbound_voice_profile_id", "")).values == ["1" * 19, "7"]
