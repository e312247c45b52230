"""What a model could mistake for an answer: unknown values, misspelled filters, counts of something else."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import bpe_openai
import httpx
import pytest

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS
from telnyx_connections_mcp.audit.fill_findings import WITHOUT_SURROUNDINGS
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
SIZE, SEED = 412, 7
FLEET = create_fleet(size=SIZE, seed=SEED)
R = FLEET.connections
O200K = bpe_openai.get_encoding("o200k_base")
NAMES = Counter(row["connection_name"].lower() for row in R)
DUPLICATES = {name: count for name, count in NAMES.items() if count > 1}


async def ask(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def search(client: Any, **where: Any) -> Any:
    return await ask(client, "search_connections", where=where, limit=1)


@pytest.mark.parametrize(
    ("where", "matches", "said", "near"),
    [
        ({"record_type": ["fqdn"]}, 0, 'the record_type "fqdn"', ["fqdn_connection"]),
        ({"record_type_not": ["fqdn"]}, SIZE, 'the record_type "fqdn"', ["fqdn_connection"]),
        ({"tags_none": ["prd"]}, SIZE, 'the tag "prd"', ["prod", "support"]),
        ({"tags_all": ["prod", "prd"]}, 0, 'the tag "prd"', ["prod", "support"]),
        ({"tags_any": ["prd"]}, 0, 'the tag "prd"', ["prod", "support"]),
        ({"anchorsite_override": "Chicgo"}, 0, 'the anchorsite_override "Chicgo"', ["Chicago, IL"]),
        ({"name_not_contains": "chat brigde"}, SIZE, 'a name containing "chat brigde"', ["chat bridge"]),
        ({"name_contains": "chat brigde"}, 0, 'a name containing "chat brigde"', ["chat bridge"]),
        ({"name_glob": "chat-bridge*"}, 0, 'a name like "chat-bridge*"', ["chat bridge"]),
    ],
)
async def test_an_unknown_value_is_reported_with_the_nearest(
    connect: Callable[..., Any], where: dict[str, Any], matches: int, said: str, near: list[str]
) -> None:
    """A value that no connection has is reported whether nothing matches or everything does."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await search(client, **where)
    (name,) = where
    assert answer["matches"] == matches
    assert answer["summary"].startswith(f"No connection read has {said}. {matches} connections of all {SIZE} match")
    assert answer["unknown"][name]["near"][: len(near)] == near
    assert "excluded_most" not in answer


async def test_all_values_are_listed_if_none_is_near(connect: Callable[..., Any]) -> None:
    """Types, versions and hosts are listed, but not names, which are too many, or ids, which all look alike."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await search(client, record_type=["zzz"], webhook_api_version="3")
        assert answer["unknown"]["record_type"]["there_are"] == sorted({row["record_type"] for row in R})
        assert answer["unknown"]["webhook_api_version"]["there_are"] == ["1", "2"]
        assert 'the record_type "zzz" or the webhook_api_version "3"' in answer["summary"]
        answer = await search(client, webhook_host="zzz")
        assert "hooks.acme.example" in answer["unknown"]["webhook_host"]["there_are"]
        answer = await search(client, name_contains="zzzzzz")
        assert answer["unknown"]["name_contains"] == {"values": ["zzzzzz"]}
        answer = await search(client, ids=[R[0]["id"], *map(str, range(30))])
        assert answer["matches"] == 1
        assert answer["unknown"]["ids"] == {"values": list(map(str, range(20))), "more": 10}
        assert answer["summary"].startswith('No connection read has the id "0" or "1" or "2" or 27 more. 1 connection')


async def test_echoed_arguments_are_bounded(connect: Callable[..., Any]) -> None:
    """Hundreds of long unknown values cost no more tokens than any answer may."""
    wanted = [f"production-{'x' * 200}-{n}" for n in range(250)]
    async with connect(size=SIZE, seed=SEED, max_answer_tokens=2000) as client:
        result = await client.call_tool("search_connections", {"where": {"tags_none": wanted}, "limit": 250})
    answer = result.structured_content
    assert answer["matches"] == SIZE
    assert answer["unknown"]["tags_none"]["more"] == 230
    assert {len(value) for value in answer["unknown"]["tags_none"]["values"]} == {80}
    assert len(O200K.encode(result.content[0].text)) <= 2000


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"tags_any": ["x"] * 251}, "`where.tags_any` must be a list of 0 to 250"),
        ({"ids": ["1"] * 9000}, "`where.ids` must be a list of 0 to 250"),
        ({"tags_all": ["x" * 257]}, "`where.tags_all[0]` must be text of 0 to 256 characters"),
        ({"name_glob": "*a" * 200}, "`where.name_glob` must be text of 0 to 256 characters"),
        ({"name_contains": "x" * 200_000}, "`where.name_contains` must be text of 0 to 256 characters"),
        ({"webhook_host": "h." * 1000}, "`where.webhook_host` must be text of 0 to 256 characters"),
        ({"record_type": ["x" * 1000]}, "`where.record_type[0]` must be text of 0 to 256 characters"),
        ({f"no_such_{number}": 1 for number in range(20_000)}, "and 19997 more"),
    ],
)
async def test_expensive_questions_are_refused(connect: Callable[..., Any], where: dict[str, Any], words: str) -> None:
    """What would keep the server busy for seconds is refused at once in one short sentence."""
    async with connect() as client:
        result = await client.call_tool("search_connections", {"where": where})
    assert result.is_error
    assert words in result.content[0].text
    assert len(result.content[0].text) < 3000


async def test_known_values_are_not_called_unknown(connect: Callable[..., Any]) -> None:
    """A known value is recognized in any case, even if other conditions match nothing."""
    async with connect(size=SIZE, seed=SEED) as client:
        where = {
            "record_type": ["FQDN_connection"],
            "tags_none": ["PROD"],
            "anchorsite_override": "chicago",
            "webhook_host": "Acme.example",
            "name_not_contains": "ACME",
            "created_before": "1999-01-01",
        }
        answer = await search(client, **where)
    assert answer["matches"] == 0
    assert "unknown" not in answer
    assert answer["excluded_most"]["condition"] == "created_before"


async def test_an_incomplete_account_is_described_as_read(connect: Callable[..., Any]) -> None:
    """The summary stays true if a page could not be read."""
    fine, forbidden = (httpx.ASGITransport(create_app(size=600, fault=fault)) for fault in (None, "403"))

    class SecondPageFails(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            network = forbidden if request.url.params.get("page[number]") == "2" else fine
            return await network.handle_async_request(request)

    async with connect(transport=SecondPageFails()) as client:
        answer = await search(client, tags_none=["prd"])
    assert answer["summary"].startswith("INCOMPLETE, only ")
    assert '. No connection read has the tag "prd". ' in answer["summary"]


async def test_an_empty_result_of_a_filter_is_explained(connect: Callable[..., Any]) -> None:
    """No connection has the value that Telnyx filtered by, which is not the same as an empty account."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await search(client, outbound_voice_profile_id="5", active=True)
        assert answer["summary"] == "No connection has the outbound voice profile 5."
        grouped = await ask(
            client, "search_connections", where={"outbound_voice_profile_id": "5"}, group_by=["record_type"]
        )
        assert grouped["summary"] == "No connection has the outbound voice profile 5."
        profile, count = Counter(
            row.get("outbound_voice_profile_id") for row in R if "outbound_voice_profile_id" in row
        ).most_common(1)[0]
        answer = await search(client, outbound_voice_profile_id=profile)
        assert answer["summary"].startswith(f"{count} connections with the outbound voice profile {profile} in all: ")

    def nothing(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b'{"data": []}'))

    async with connect(transport=httpx.MockTransport(nothing)) as client:
        answer = await search(client, fqdn="a.example")
        assert answer["summary"].endswith('. No connection with the FQDN "a.example" was read.')
        assert answer["summary"].startswith("INCOMPLETE")


async def test_a_url_without_a_host_is_refused_as_host(connect: Callable[..., Any]) -> None:
    """It would match nothing, and the error names the check that finds http URLs."""
    async with connect() as client:
        result = await client.call_tool("search_connections", {"where": {"webhook_host": "http://"}})
    assert result.is_error
    assert result.content[0].text == (
        "Nothing was sent to Telnyx: `where.webhook_host` must be a host such as hooks.example.com, not "
        '"http://"; audit_connections has the check webhook_not_https.'
    )


async def test_an_audit_of_no_connections_is_not_clean(connect: Callable[..., Any]) -> None:
    """If the filter matches nothing, the summary says that no connection was checked."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "audit_connections", filter={"connection_name": "umbrela"})
        assert answer["summary"] == (
            'No connection has a name containing "umbrela": none was checked. '
            "search_connections with name_contains suggests similar names."
        )
        assert "unknown" in await search(client, name_contains="umbrela")
        answer = await ask(client, "audit_connections", filter={"fqdn": "nobody.example"})
        assert answer["summary"].endswith(" (the case of an FQDN counts): none was checked.")
        answer = await ask(
            client, "audit_connections", filter={"connection_name": "forgotten"}, checks=["duplicate_name"]
        )
        assert answer["summary"].startswith("Nothing found in 1 of 1 connection with a name ")


async def test_the_audit_says_how_many_connections_and_how_many_are_active(connect: Callable[..., Any]) -> None:
    """The summary counts affected connections by severity, and leaves out findings about the account."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "audit_connections", checks=[*WITHOUT_SURROUNDINGS, "near_connection_limit"])
    found = {finding["check"]: finding for finding in answer["findings"]}
    applications = [
        row for row in R if row["record_type"] == "call_control_application" and not row["webhook_event_url"]
    ]
    active = sum(row["active"] for row in applications)
    assert (found["application_without_webhook"]["count"], found["application_without_webhook"]["active"]) == (
        len(applications),
        active,
    )
    assert "active" not in found["no_outbound_voice_profile"]
    assert "count" not in found["near_connection_limit"]
    errors = {
        row["id"]
        for row in R
        if row in applications
        or any((row[url] or "").startswith("http:") for url in ("webhook_event_url", "webhook_event_failover_url"))
        or any(part in (row["webhook_event_url"] or "") for part in ("//10.1.2.3", "//localhost"))
    }
    assert f": 3 of severity error ({len(errors)} connections), 6 of severity warning (" in answer["summary"]
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "audit_connections", checks=["near_connection_limit"])
    assert "1 of the requested checks found something in 0 of all " in answer["summary"]
    assert "1 of severity warning (the account), worst first." in answer["summary"]


async def test_duplicates_can_be_listed(connect: Callable[..., Any]) -> None:
    """The finding names the most frequent names, and the search that lists them all."""
    async with connect(size=SIZE, seed=SEED) as client:
        audit = await ask(client, "audit_connections", checks=["duplicate_name"])
        (finding,) = audit["findings"]
        assert finding["names"] == len(DUPLICATES)
        assert finding["count"] == sum(DUPLICATES.values())
        shown = {group["connection_name"].lower(): group["count"] for group in finding["groups"]}
        assert shown.items() <= DUPLICATES.items()
        assert min(shown.values()) >= sorted(DUPLICATES.values())[-len(shown)]
        result = await client.call_tool("search_connections", finding["all_by"])
        groups = result.structured_content["groups"]
        listed = {group["connection_name"].strip().lower(): group["count"] for group in groups if group["count"] > 1}
        assert Counter(listed.values()) == Counter(DUPLICATES.values())
        assert len(groups) <= len(DUPLICATES) + 1
        assert f"({len(DUPLICATES)} of them with several connections)" in result.structured_content["summary"]
        assert len(O200K.encode(json.dumps(audit, ensure_ascii=False))) < 600


async def test_the_searches_that_an_audit_offers_keep_its_filter(connect: Callable[..., Any]) -> None:
    """`all_with` and `all_by` find as many as the finding counts, not those of the whole account."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "audit_connections", filter={"connection_name": "prod"})
        listable = [finding for finding in answer["findings"] if not CONNECTION_CHECKS[finding["check"]].compares]
        assert listable
        for finding in listable:
            listed = await ask(client, "search_connections", **finding["all_by"])
            assert len(listed["connections"]) == finding["count"]
            assert listed["matches"] == finding["count"]
        (twice,) = [finding for finding in answer["findings"] if finding["check"] == "duplicate_name"]
        listed = await ask(client, "search_connections", **twice["all_by"])
        assert sum(group["count"] for group in listed["groups"] if group["count"] > 1) == twice["count"]


async def test_groups_fold_case_and_show_the_most_frequent_spelling(connect: Callable[..., Any]) -> None:
    """A connection counts once for a tag that it has in two spellings, and an empty name is null."""
    rows: list[dict[str, Any]] = [
        {"id": "1", "connection_name": "main line", "tags": ["Prod", "prod"]},
        {"id": "2", "connection_name": "Main line", "tags": ["Prod"]},
        {"id": "3", "connection_name": "Main line", "tags": []},
        {"id": "4", "connection_name": ""},
        {"id": "5", "connection_name": None},
        {"id": "6", "connection_name": "\u200b"},
    ]

    def handler(_: httpx.Request) -> httpx.Response:
        body = {"data": rows, "meta": {"total_results": len(rows), "total_pages": 1}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        by_name = await ask(client, "search_connections", group_by=["connection_name"])
        by_tag = await ask(client, "search_connections", group_by=["tag"])
        by_both = await ask(client, "search_connections", group_by=["connection_name", "tag"])
        where = {"ids": ["1", "2", "4"]}
        alone = await ask(client, "search_connections", group_by=["connection_name"], where=where, limit=1)
    assert by_name["groups"] == [
        {"connection_name": "Main line", "count": 3, "spellings": {"Main line": 2, "main line": 1}},
        {"connection_name": None, "count": 3},
    ]
    assert by_name["summary"].endswith(
        "; in 2 groups by connection_name (1 of them with several connections), ignoring case and accents "
        "(exactly alike: 1 name, 2 connections), largest first."
    )
    said = by_both["summary"]
    assert said.endswith(" groups by connection_name and tag, ignoring case and accents, largest first.")
    assert alone["summary"].endswith(", ignoring case and accents (exactly alike: none), 1 shown, largest first.")
    assert by_tag["groups"] == [{"tag": None, "count": 4}, {"tag": "Prod", "count": 2}]
    assert by_tag["summary"].endswith("; in 2 groups by tag, largest first.")


async def test_counts_by_tag_are_not_taken_for_a_sum(connect: Callable[..., Any]) -> None:
    """If connections have several tags, the summary says that they count several times."""
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "search_connections", group_by=["tag"])
    assert sum(group["count"] for group in answer["groups"]) > answer["matches"]
    assert " groups by tag (a connection counts under each of its tags), largest first." in answer["summary"]


async def test_counts_keep_how_many_are_active(connect: Callable[..., Any]) -> None:
    """Grouped answers and telnyx://fleet give the totals."""
    active = sum(row["active"] for row in R)
    said = f"{SIZE} connections in all: {active} active, {SIZE - active} inactive; in "
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "search_connections", group_by=["connection_name"], limit=3)
        fleet = json.loads((await client.read_resource("telnyx://fleet")).contents[0].text)
    assert answer["summary"].startswith(said)
    assert fleet["summary"].startswith(said)
    assert "other" not in answer
    assert answer["left"]["count"] == SIZE - sum(group["count"] for group in answer["groups"])


async def test_certain_secrets_are_findings(connect: Callable[..., Any]) -> None:
    """Every connection with a token in the path of a URL has the finding."""
    secret = defaultdict(set)
    for row in R:
        for url in filter(None, (row["webhook_event_url"], row["webhook_event_failover_url"])):
            secret["@" in url or "token=" in url or "/services/" in url].add(row["id"])
    async with connect(size=SIZE, seed=SEED) as client:
        answer = await ask(client, "audit_connections", checks=["webhook_credentials"])
        bridge = await ask(client, "get_connection", connection_name="chat bridge")
    assert answer["findings"][0]["count"] == len(secret[True]) == 3
    assert "webhook_credentials" in [finding["check"] for finding in bridge["findings"]]
    assert bridge["changed"].startswith("1 value masked as ***")


async def test_a_smaller_limit_is_suggested_only_for_full_rows(connect: Callable[..., Any]) -> None:
    """If summaries were left out, the answer does not suggest a smaller limit."""
    async with connect(size=SIZE, seed=SEED, max_answer_tokens=2000) as client:
        rows = await ask(client, "search_connections", limit=250)
        full = await ask(client, "search_connections", limit=250, detail="full")
    assert rows["shortened"].endswith("to keep the answer short; continue with offset.")
    assert full["shortened"].endswith("or ask for full rows with a smaller limit.")
