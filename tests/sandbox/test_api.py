"""The sandbox is as strict as the API contract."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

import telnyx
from telnyx_connections_mcp.sandbox import SANDBOX_KEY, app
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.cases import RECORD_TYPES
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
FLEET = create_fleet()
APP = create_app()
KEY = {"authorization": f"Bearer {SANDBOX_KEY}"}


async def get(
    path: str, *, api: Starlette = APP, method: str = "GET", headers: Any = KEY, **query: Any
) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://sandbox") as http:
        return await http.request(method, path, params=query.get("query"), headers=headers)


@pytest.mark.parametrize("key", [None, "Bearer KEY_OTHER", f"bearer {SANDBOX_KEY}", SANDBOX_KEY, "Bearer é"])
async def test_only_the_sandbox_key_is_accepted(key: str | None) -> None:
    """Any other key gets Telnyx's 401."""
    headers = {} if key is None else {"authorization": key.encode()}
    answer = await get("/v2/connections", headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "10009")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
@pytest.mark.parametrize("path", ["/v2/connections", "/v2/connections/1", "/v2/connections/count"])
async def test_only_get_is_allowed(method: str, path: str) -> None:
    """Any other method gets a 405 with `Allow: GET`."""
    answer = await get(path, method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/v2/connections/1", "/v2/nothing", "/v2/connections/1/active_calls", "/"])
async def test_unknown_paths_and_ids_are_404(path: str) -> None:
    """Unknown ids and unknown paths get a 404."""
    assert (await get(path)).status_code == 404


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ([("filter[connection_name][contains]", "ab")], "/filter[connection_name][contains]"),
        ([("filter[outbound_voice_profile_id]", "x")], "/filter[outbound_voice_profile_id]"),
        ([("filter[outbound_voice_profile_id]", "9" * 19)], "/filter[outbound_voice_profile_id]"),
        ([("sort", "name")], "/sort"),
        ([("page[size]", "251")], "/page[size]"),
        ([("page[size]", "0")], "/page[size]"),
        ([("page[number]", "-1")], "/page[number]"),
        ([("page[number]", "x")], "/page[number]"),
        ([("page", "1")], "/page"),
        ([("page[after]", "v1:x")], "/page[after]"),
        ([("a/b~c", "1")], "/a~1b~0c"),
        ([("~1", "1")], "/~01"),
        ([("sort", "active"), ("sort", "active")], "/sort"),
    ],
)
async def test_malformed_parameters_are_400(query: list[tuple[str, str]], pointer: str) -> None:
    """Unknown, repeated and out-of-range parameters get a 400 that names them in source.pointer."""
    answer = await get("/v2/connections", query=query)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["source"]["pointer"]) == (400, "10015", pointer)


async def test_the_default_page_has_250_rows_newest_first() -> None:
    """The defaults are those that Telnyx describes today, although older documents gave 20 rows."""
    answer = (await get("/v2/connections")).json()
    assert answer["meta"] == {"total_pages": 1, "total_results": 55, "page_number": 1, "page_size": 250}
    times = [row["created_at"] for row in answer["data"]]
    assert times == sorted(times, reverse=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.integers(1, 250), st.sampled_from(["created_at", "-created_at", "active", "-connection_name"]))
async def test_pages_neither_lose_nor_repeat_rows(size: int, sort: str) -> None:
    """Pages of any size together equal the fleet, sorted naively."""
    rows: list[Any] = []
    for number in range(1, -(-55 // size) + 2):
        query = {"page[number]": number, "page[size]": size, "sort": sort}
        rows += (await get("/v2/connections", query=query)).json()["data"]
    name = sort.removeprefix("-")
    by_id = sorted(FLEET.connections, key=lambda row: row["id"])
    assert rows == sorted(by_id, key=lambda row: row[name], reverse=sort.startswith("-"))


@pytest.mark.parametrize("size", [0, 3, 55, 412])
async def test_counts_and_limits(size: int) -> None:
    """Every type is counted under its documented name, even if there are none."""
    answer = await get("/v2/connections/count", api=create_app(size=size))
    data = answer.json()["data"]
    assert sum(data["counts"].values()) == size
    assert len(data["counts"]) == len(RECORD_TYPES)
    assert {"fax_connections", "texml_applications", "zoom_sbc_connections"} <= set(data["counts"])
    assert (data["record_type"], data["limits"]) == ("connection_counts", {"global_limit": size + 45})
    assert (await get("/v2/connections/count", query={"x": 1})).status_code == 400


async def test_rate_limit_headers_count_down_and_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each response says what is left of the window, and a new window starts full."""
    now = 1000.0
    monkeypatch.setattr(app, "monotonic", lambda: now)
    api = create_app(size=0)
    left = [int((await get("/v2/connections", api=api)).headers["x-ratelimit-remaining"]) for _ in range(2)]
    assert left == [99_999, 99_998]
    now += 61
    assert (await get("/v2/connections", api=api)).headers["x-ratelimit-remaining"] == "99999"


async def test_a_given_rate_limit_is_enforced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests beyond the limit get Telnyx's 429 until the window ends."""
    now = 1000.0
    monkeypatch.setattr(app, "monotonic", lambda: now)
    api = create_app(size=0, rate_limit="2/5")
    answers = [await get("/v2/connections", api=api) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["errors"][0]["code"] == "10011"
    assert (answers[2].headers["x-ratelimit-remaining"], answers[2].headers["x-ratelimit-reset"]) == ("0", "5")
    now += 5
    assert (await get("/v2/connections", api=api)).status_code == 200


async def test_many_different_queries_work() -> None:
    """More queries than the cache of sort orders holds are all answered."""
    for number in range(40):
        assert (await get("/v2/connections", query={"filter[fqdn]": f"f{number}"})).json()["data"] == []


async def test_a_fault_can_be_counted() -> None:
    """`500=2` fails twice, succeeds once, and so on; an unknown fault lists the known ones."""
    api = create_app()
    statuses = [(await get("/fault/500=2/v2/connections", api=api)).status_code for _ in range(6)]
    assert statuses == [500, 500, 200, 500, 500, 200]
    answer = await get("/fault/nope/v2/connections")
    assert answer.status_code == 400
    assert "gzip-bomb" in answer.text
    assert (await get("/v2/connections", api=create_app(fault="403"))).status_code == 403
    (row,) = [(await get(f"/fault/null-fields/v2/connections/{FLEET.connections[0]['id']}")).json()["data"]]
    assert set(row.values()) == {None, FLEET.connections[0]["id"]}


@pytest.mark.parametrize("size", [0, 1, 2000])
def test_fleets_are_repeatable(size: int) -> None:
    """A size and a seed always give the same account, with unique ids, and another seed gives another."""
    fleet = create_fleet(size=size, seed=5)
    assert fleet == create_fleet(size=size, seed=5)
    assert len({row["id"] for row in fleet.connections}) == size
    assert size < 2 or fleet != create_fleet(size=size, seed=6)


def test_the_default_fleet_is_varied() -> None:
    """The default fleet has every type, duplicate, hostile and non-ASCII names, missing webhooks and six years."""
    rows = FLEET.connections
    assert {row["record_type"] for row in rows} == set(RECORD_TYPES)
    names = [row["connection_name"] for row in rows]
    assert len(set(names)) < len(names)
    assert not all(name.isascii() for name in names)
    assert any("\x1b" in name for name in names)
    assert 3 < sum(not row["active"] for row in rows) < 20
    assert any(not row.get("webhook_event_url") for row in rows)
    assert {row["created_at"][:4] for row in rows} >= {"2021", "2026"}


@pytest.fixture
async def sdk(sandbox_url: str) -> AsyncIterator[telnyx.AsyncTelnyx]:
    async with telnyx.AsyncTelnyx(api_key=SANDBOX_KEY, base_url=f"{sandbox_url}/v2", max_retries=0) as client:
        yield client


async def test_the_official_sdk_works_against_it(sdk: telnyx.AsyncTelnyx) -> None:
    """Telnyx's SDK lists, pages, filters, sorts, retrieves and counts against the sandbox over a real socket."""
    everything = [connection.id async for connection in sdk.connections.list(page_size=10)]
    assert sorted(everything) == sorted(row["id"] for row in FLEET.connections)
    named = await sdk.connections.list(filter={"connection_name": {"contains": "acme"}}, sort="connection_name")
    names = [connection.connection_name or "" for connection in named.data or []]
    assert names == sorted(
        row["connection_name"] for row in FLEET.connections if "acme" in row["connection_name"].lower()
    )
    one = await sdk.connections.retrieve(everything[0] or "")
    assert one.data is not None
    assert one.data.id == everything[0]
    busy = max(FLEET.calls, key=lambda id_: len(FLEET.calls[id_]))
    calls = [call.call_leg_id async for call in sdk.connections.list_active_calls(busy)]
    assert calls == [call["call_leg_id"] for call in FLEET.calls[busy]]
    counted = await sdk.connections.retrieve_count()
    assert "55" in str(sum(counted.to_dict()["data"]["counts"].values()))
