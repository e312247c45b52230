"""`query_account` answers one SELECT, and says what part of the account the answer covers."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from mcp.client import Client

from telnyx_connections_mcp.config.accounts import Accounts
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server

pytestmark = pytest.mark.anyio


async def ask(client: Any, sql: str, **arguments: Any) -> dict[str, Any]:
    """The answer to a statement."""
    result = await client.call_tool("query_account", {"sql": sql, **arguments})
    assert not result.is_error, result.content[0].text
    answer: dict[str, Any] = result.structured_content
    return answer


async def refused(client: Any, sql: str) -> str:
    """The error for a statement."""
    result = await client.call_tool("query_account", {"sql": sql})
    assert result.is_error, result.content[0].text
    text: str = result.content[0].text
    return text


async def test_a_statement_is_answered(connect: Callable[..., Any]) -> None:
    """The answer has the columns, the rows, and the coverage of the tables used."""
    async with connect() as client:
        answer = await ask(client, "SELECT active, count(*) AS n FROM connections GROUP BY active ORDER BY n")
    as_of = answer["coverage"]["as_of"]
    assert answer["summary"] == f"2 rows; connections 55 of 55 as of {as_of}."
    assert answer["columns"] == ["active", "n"]
    assert [row[0] for row in answer["rows"]] == [0, 1]
    assert sum(row[1] for row in answer["rows"]) == 55
    assert answer["coverage"] == {"read": 55, "of": 55, "complete": True, "as_of": as_of}
    assert "shortened" not in answer


async def test_rows_beyond_the_limit_are_counted(connect: Callable[..., Any]) -> None:
    """The answer says how many there are and how to get them."""
    async with connect() as client:
        answer = await ask(client, "SELECT id FROM connections ORDER BY id", limit=10)
    assert answer["summary"].startswith("The first 10 of 55 rows; connections 55 of 55 ")
    assert len(answer["rows"]) == 10
    assert answer["shortened"] == (
        "`limit` is 10: raise it (up to 1000), or end the statement with ORDER BY ... LIMIT n OFFSET 10."
    )


async def test_an_answer_keeps_to_its_budget(connect: Callable[..., Any]) -> None:
    """Rows that do not fit the token budget are left out and counted."""
    async with connect(size=412, max_answer_tokens=2_000) as client:
        answer = await ask(client, "SELECT * FROM connections", limit=1_000)
    shown = len(answer["rows"])
    assert 1 < shown < 412
    assert answer["summary"].startswith(f"The first {shown} of 412 rows; ")
    assert answer["shortened"].startswith(f"{shown} rows shown to keep the answer short: select less, count, or ")


async def test_an_incomplete_account_is_said_first(connect: Callable[..., Any]) -> None:
    """The summary begins with it, so that a partial count is not taken for the total."""
    async with connect(size=600, fault="fail-page") as client:
        answer = await ask(client, "SELECT count(*) FROM connections")
    assert answer["summary"].startswith("INCOMPLETE, only ")
    assert not answer["coverage"]["complete"]


async def test_a_statement_without_a_table_reads_nothing(connect: Callable[..., Any]) -> None:
    """It is answered even if Telnyx cannot be reached."""
    async with connect(fault="401") as client:
        answer = await ask(client, "SELECT 1 + 1 AS two")
    assert answer == {"summary": "1 row.", "columns": ["two"], "rows": [[2]]}


async def test_query_can_be_turned_off(connect: Callable[..., Any]) -> None:
    """With TELNYX_QUERY=0 the tool is neither listed nor mentioned."""
    async with connect(query=False) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        assert len(tools) == 5
        assert "query_account" not in tools
        assert "query_account" not in (client.instructions or "")


@pytest.mark.parametrize(
    ("condition", "column", "said"),
    [
        ("record_type = 'fax'", "record_type", {"values": ["fax"], "near": ["fax_application"]}),
        ("'fax' = record_type", "record_type", {"values": ["fax"], "near": ["fax_application"]}),
        ("record_type <> 'fax'", "record_type", {"values": ["fax"], "near": ["fax_application"]}),
        ("record_type NOT IN ('ip_connection', 'fqdn')", "record_type", {"values": ["fqdn"]}),
        ("upper(record_type) = 'FAX'", "record_type", {"values": ["FAX"], "near": ["fax_application"]}),
        ("anchorsite_override = 'Frankfurt'", "anchorsite_override", {"near": ["Frankfurt, Germany"]}),
        ("id IN (SELECT connection_id FROM connection_tags t WHERE t.tag = 'stagin')", "tag", {"values": ["stagin"]}),
        ("connection_name LIKE '%zzzz%'", "connection_name", {"values": ["%zzzz%"]}),
        ("connection_name GLOB 'ZZ*'", "connection_name", {"values": ["ZZ*"]}),
        ("fold(connection_name) = fold('ZÜRCH')", "connection_name", {"values": ["zurch"]}),
        ("webhook_api_version = 3", "webhook_api_version", {"values": ["3"], "there_are": ["1", "2"]}),
        ("webhook_scheme = 'ftp'", "webhook_scheme", {"values": ["ftp"]}),
        ("id = '1'", "id", {"values": ["1"]}),
        ("id IN (SELECT connection_id FROM findings WHERE severity = 'fatal')", "severity", {"values": ["fatal"]}),
    ],
)
async def test_a_value_that_no_row_has_is_reported(
    connect: Callable[..., Any], condition: str, column: str, said: dict[str, list[str]]
) -> None:
    """It comes with similar values or, if few, all of them, because the result looks like a true answer."""
    async with connect(size=412) as client:
        answer = await ask(client, f"SELECT count(*) FROM connections WHERE {condition}")
    assert [*answer["unknown"]] == [column]
    told = answer["unknown"][column]
    assert said.items() <= told.items()
    assert answer["summary"].startswith(f'No row read has {column} "{told["values"][0]}". 1 row; ')


@pytest.mark.parametrize(
    "condition",
    [
        "record_type IN ('ip_connection', 'fqdn_connection')",
        "fold(anchorsite_override) = fold('nowhere')",
        "connection_name LIKE 'x!%' ESCAPE '!'",
        "connection_name LIKE 'x\\_%'",
        "record_type = 'FAX_APPLICATION' COLLATE NOCASE",
        "id IN (WITH c(tag) AS MATERIALIZED (SELECT 'x') SELECT tag FROM c WHERE tag = 'x')",
        "upper(connection_name) = upper((SELECT 'a')) OR lower(record_type) = lower('FAX_Application')",
        f"connection_name LIKE '%{'x' * 80}%'",
        "id IN (SELECT id FROM (SELECT id, 'fax' record_type FROM connections) WHERE record_type = 'fax')",
        "id IN (SELECT id FROM (SELECT id, NULL tag FROM connections) WHERE tag = 'fax')",
        "id IN (SELECT id FROM (SELECT id, record_type FROM connections UNION SELECT 1, 'x') WHERE record_type = 'x')",
        "id IN (SELECT connection_id FROM findings WHERE finding = 'webhook_private_host' AND finding LIKE 'x')",
        "id IN (SELECT connection_id FROM connection_tags WHERE connection_id = '1')",
        "'x' = (SELECT tag FROM (SELECT record_type AS tag FROM connections) WHERE tag = 'x')",
        "created_at < '2001'",
        "webhook_event_url <> record_type",
    ],
)
async def test_known_values_are_not_called_unknown(connect: Callable[..., Any], condition: str) -> None:
    """Values of rows, names of checks and uncertain cases are not reported."""
    async with connect(size=412) as client:
        answer = await ask(client, f"SELECT count(*) FROM connections WHERE {condition}")
    assert "unknown" not in answer


async def test_of_many_unknown_values_some_are_shown(connect: Callable[..., Any]) -> None:
    """Three are in the sentence, twenty in the list, and the rest are counted."""
    values = ", ".join(f"'none-{number}'" for number in range(30))
    async with connect() as client:
        answer = await ask(client, f"SELECT count(*) FROM connections WHERE record_type NOT IN ({values})")
    assert answer["summary"].startswith('No row read has record_type "none-0" or "none-1" or "none-2" or 27 more. ')
    assert (len(answer["unknown"]["record_type"]["values"]), answer["unknown"]["record_type"]["more"]) == (20, 10)


async def test_many_patterns_are_not_all_looked_for(connect: Callable[..., Any]) -> None:
    """Ten of a column are, because each takes a look at every row."""
    patterns = " OR ".join(f"connection_name LIKE 'none-{number}%'" for number in range(12))
    async with connect() as client:
        answer = await ask(client, f"SELECT count(*) FROM connections WHERE {patterns}")
    assert answer["unknown"]["connection_name"]["values"] == [f"none-{number}%" for number in range(10)]


async def test_a_last_day_that_is_left_out_is_noted(connect: Callable[..., Any]) -> None:
    """SQL compares with the first moment of a day, which is hardly ever meant at the end of a range."""
    sql = "SELECT count(*) FROM connections WHERE created_at"
    async with connect() as client:
        answer = await ask(client, f"{sql} BETWEEN '2024-01-01' AND '2024-12-31'")
        whole = await ask(client, f"{sql} < '2025-01-01'")
    assert answer["notes"] == [
        "Times on 2024-12-31 itself are left out: to include that day, compare date(created_at)."
    ]
    assert "notes" not in whole


def account(*rows: dict[str, Any]) -> httpx.MockTransport:
    """An API with these connections."""
    meta = {"total_results": len(rows), "total_pages": 1, "page_number": 1, "page_size": 250}
    body = json.dumps({"data": rows, "meta": meta}).encode()
    return httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))


async def test_a_tag_that_a_connection_has_twice_counts_once(connect: Callable[..., Any]) -> None:
    """Telnyx may send a tag twice, while tags that differ in case are two."""
    async with connect(transport=account({"id": "1", "record_type": "a", "tags": ["x", "X", "x"]})) as client:
        answer = await ask(client, "SELECT connection_id, tag FROM connection_tags ORDER BY tag")
    assert answer["rows"] == [["1", "X"], ["1", "x"]]


async def test_an_account_without_connections_knows_no_values(connect: Callable[..., Any]) -> None:
    """In an empty account no value is called misspelled."""
    async with connect(transport=account()) as client:
        answer = await ask(client, "SELECT id FROM connections WHERE record_type = 'fax'")
    assert answer["summary"].startswith("No rows; connections 0 of 0 as of ")
    assert "unknown" not in answer


async def test_case_is_that_of_sqlite(connect: Callable[..., Any]) -> None:
    """upper() changes ASCII letters alone, so that this name is found and not called unknown."""
    async with connect(transport=account({"id": "1", "connection_name": "Büro"})) as client:
        answer = await ask(client, "SELECT id FROM connections WHERE upper(connection_name) = upper('bürO')")
    assert answer["rows"] == [["1"]]
    assert "unknown" not in answer


async def test_credentials_are_reported_but_not_shown(connect: Callable[..., Any]) -> None:
    """URLs are masked and keep their shape, and NULL stands for a missing webhook."""
    rows = [
        {"id": "1", "webhook_event_url": "https://user:hunter2@Hooks.Example:8443/x?token=abc"},
        {"id": "2", "webhook_event_url": "http://hooks.example/x"},
        {"id": "3", "connection_name": ""},
    ]
    async with connect(transport=account(*rows)) as client:
        answer = await ask(
            client,
            "SELECT webhook_event_url, webhook_scheme, webhook_host, webhook_has_credentials, connection_name "
            "FROM connections ORDER BY id",
        )
    assert answer["rows"] == [
        ["https://***:***@Hooks.Example:8443/x?token=***", "https", "hooks.example", 1, None],
        ["http://hooks.example/x", "http", "hooks.example", 0, None],
        [None, None, None, None, None],
    ]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example/voice?token=abc", "/voice"),
        ("https://a.example/a/b#/c?d", "/a/b"),
        ("https://a.example?next=/voice", "/"),
        ("https://a.example", "/"),
        ("https://a.example/", "/"),
        ("https://bob:hunter2@a.example:8443/x/", "/x/"),
        ("no url", None),
        (None, None),
    ],
)
async def test_the_path_of_a_webhook_is_a_column(connect: Callable[..., Any], url: str | None, path: str) -> None:
    """Without query and fragment; / stands for none, and NULL for that of what is no URL."""
    async with connect(transport=account({"id": "1", "webhook_event_url": url})) as client:
        answer = await ask(client, "SELECT webhook_path, webhook_failover_path FROM connections")
    assert answer["rows"] == [[path, None]]


async def test_a_cut_text_is_reported(connect: Callable[..., Any]) -> None:
    """A cell has at most 1,000 characters."""
    async with connect(size=412) as client:
        answer = await ask(client, "SELECT group_concat(id) FROM connections")
    assert len(answer["rows"][0][0]) == 1_000
    assert answer["shortened"] == "Cut: 1 long text."


async def test_the_largest_limit_is_not_raised(connect: Callable[..., Any]) -> None:
    """Further rows are requested page by page."""
    async with connect(size=1_100, max_answer_tokens=1_000_000) as client:
        answer = await ask(client, "SELECT 1 FROM connections", limit=1_000)
    assert answer["shortened"] == "`limit` is 1000: end the statement with ORDER BY ... LIMIT n OFFSET 1000."


async def test_accounts_stay_apart() -> None:
    """Each has its own process and snapshot; the answer says which account it is about."""
    meta = {"total_results": 1, "total_pages": 1, "page_number": 1, "page_size": 250}

    def telnyx(request: httpx.Request) -> httpx.Response:
        named = request.headers["authorization"].rpartition("-")[2]
        body = json.dumps({"data": [{"id": "1", "connection_name": named}], "meta": meta}).encode()
        return httpx.Response(200, stream=httpx.ByteStream(body))

    settings = Settings(api_key="", base_url="http://localhost/v2")
    by_name = {name: replace(settings, api_key=f"KEY0123456789-{name}") for name in ("berlin", "paris")}
    accounts = Accounts(settings=settings, by_name=by_name, default="berlin")
    async with Client(create_server(settings, lambda: httpx.MockTransport(telnyx), accounts=accounts)) as client:
        for account in ("berlin", "paris", "berlin"):
            answer = await ask(client, "SELECT connection_name FROM connections", account=account)
            assert (answer["account"], answer["rows"]) == (account, [[account]])


async def test_a_long_statement_is_read_too(connect: Callable[..., Any]) -> None:
    """It is read in a worker thread, so that other requests need not wait."""
    many = " OR ".join(f"record_type = 'ip_connection{' ' * number}'" for number in range(30))
    async with connect() as client:
        answer = await ask(client, f"SELECT count(*) FROM connections WHERE {many}")
        assert answer["unknown"]["record_type"]["more"] == 9
        assert "write connection_name" in await refused(client, f"SELECT name FROM connections WHERE {many}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"query": "SELECT 1"}, "`query` is unknown (did you mean `sql`?)"),
        ({"sql": "SELECT 1", "where": {}}, "use search_connections"),
        ({"sql": "SELECT 1", "offset": 5}, "LIMIT n OFFSET m"),
        ({"sql": "SELECT 1", "limit": 5000}, "a whole number from 1 to 1000"),
        ({}, "`sql` is missing"),
    ],
)
async def test_a_wrong_argument_is_corrected(connect: Callable[..., Any], arguments: dict[str, Any], said: str) -> None:
    """As those of every other tool, with where else it belongs."""
    async with connect() as client:
        result = await client.call_tool("query_account", arguments)
    assert result.is_error
    assert said in result.content[0].text


async def test_one_fetch_answers_many_statements(connect: Callable[..., Any]) -> None:
    """Until `fresh` asks for another; a statement that is refused reads nothing."""
    fetches = 0
    body = json.dumps({"data": [{"id": "1"}], "meta": {"total_results": 1, "total_pages": 1}}).encode()

    def telnyx(_: httpx.Request) -> httpx.Response:
        nonlocal fetches
        fetches += 1
        return httpx.Response(200, stream=httpx.ByteStream(body))

    async with connect(transport=httpx.MockTransport(telnyx)) as client:
        await refused(client, "SELECT id FROM connections WHERE active = 'true'")
        assert fetches == 0
        await ask(client, "SELECT id FROM connections")
        once = fetches
        await ask(
            client, "SELECT count(*) FROM connection_tags JOIN findings USING (connection_id) WHERE finding = 'x'"
        )
        assert fetches == once
        await ask(client, "SELECT id FROM connections", fresh=True)
        assert fetches == 2 * once
