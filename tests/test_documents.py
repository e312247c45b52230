"""What the documentation says about the server is true."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bpe_openai
import pytest

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.cli.install.clients import CLIENTS, INPUT_REFERENCE
from telnyx_connections_mcp.config.environment import Bounded, Choice, Listed, Switch, ValueType
from telnyx_connections_mcp.config.settings import read_settings
from telnyx_connections_mcp.config.settings_table import VARIABLES
from telnyx_connections_mcp.mcp_server.resources.reference import reference
from telnyx_connections_mcp.mcp_server.view.uri import view_uri
from telnyx_connections_mcp.sandbox.faults import FAULTS
from telnyx_connections_mcp.sql.tables import TABLES, Table

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
QUERY_PAGE = ROOT / "docs" / "query.md"
TOOLS_PAGE = ROOT / "docs" / "tools.md"
SNAPSHOT = ROOT / "tests" / "contract" / "tools_list.json"
VIEW = "ui://connections/NNNNNNNNN"  # its digits change with the page
EXAMPLE = {"filter": {"connection_name": {"contains": "acme-prod"}}, "sort": "connection_name", "page": {"size": 3}}
EXAMPLES = {
    "search": ("search_connections", {"where": {"active": True, "has_webhook": False}, "group_by": ["record_type"]}),
    "audit": ("audit_connections", {"checks": ["webhook_not_https", "webhook_credentials"]}),
    "get": ("get_connection", {"connection_name": "chat bridge"}),
    "include": ("get_connection", {"id": "1293384261206800888", "include": ["all"]}),
    "calls": ("list_active_calls", {"connection_id": "1293384261090955790", "page": {"size": 2}}),
}
QUERY = {
    "sql": "SELECT strftime('%Y-%m', created_at) AS month, count(*) AS connections FROM connections GROUP BY month "
    "ORDER BY connections DESC, month LIMIT 3"
}


def check(path: Path, now: str, request: pytest.FixtureRequest) -> None:
    """Compare a file with its expected content, or write that with --renew."""
    if request.config.getoption("--renew"):
        path.write_text(now, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == now, f"{path.name} is out of date: python -m pytest --renew"


def with_parts(text: str, parts: dict[str, str]) -> str:
    """`text` with the content between its generated marks replaced."""
    for name, part in parts.items():
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)"
        text, found = re.subn(pattern, lambda marks, part=part: marks[1] + part + marks[2], text, flags=re.DOTALL)
        assert found == 1, name
    return text


async def test_the_tools_equal_their_snapshot(connect: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    """Every word of the tools is as recorded, and a model is shown at most 3,600 o200k tokens of them."""
    async with connect() as client:
        tools = [
            tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in (await client.list_tools()).tools
        ]
    shown = [{part: tool[part] for part in ("name", "title", "description", "inputSchema")} for tool in tools]
    tokens = len(bpe_openai.get_encoding("o200k_base").encode(compact_json(shown)))
    recorded = json.dumps({"o200k_tokens": tokens, "tools": tools}, indent=2) + "\n"
    check(SNAPSHOT, recorded.replace(view_uri(), VIEW), request)
    assert tokens <= 3600


async def test_the_documents_show_real_answers(connect: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    """The examples in docs/tools.md and the README come from the code."""
    async with connect() as client:
        answer = (await client.call_tool("list_connections", EXAMPLE)).structured_content
        worked = {name: await worked_example(client, *example) for name, example in EXAMPLES.items()}
        query = await worked_example(client, "query_account", QUERY)
    answer["as_of"] = "2026-11-24T12:00:00Z"
    rows = ",\n    ".join(json.dumps(row, ensure_ascii=False) for row in answer["connections"])
    lines = [
        f'"{name}": ' + (f"[\n    {rows}\n  ]" if name == "connections" else json.dumps(value, ensure_ascii=False))
        for name, value in answer.items()
    ]
    shown = "{\n  " + ",\n  ".join(lines) + "\n}"
    assert json.loads(shown) == answer
    list_call = {"call": f"```json\n{json.dumps(EXAMPLE)}\n```\n", "answer": f"```json\n{shown}\n```\n"}
    check(TOOLS_PAGE, with_parts(TOOLS_PAGE.read_text(encoding="utf-8"), worked | list_call), request)
    tables = table(("table", "columns"), {f"`{each.name}`": columns(each) for each in TABLES.values()})
    check(QUERY_PAGE, with_parts(QUERY_PAGE.read_text(encoding="utf-8"), {"query": query, "tables": tables}), request)
    check(README, with_parts(README.read_text(encoding="utf-8"), {"search": worked["search"], "query": query}), request)


async def test_the_pages_list_what_there_is(connect: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    """The lists of prompts, resources, clients, settings and faults in docs/ come from the code."""
    async with connect() as client:
        prompts = (await client.list_prompts()).prompts
        offered = [
            *(await client.list_resources()).resources,
            *(await client.list_resource_templates()).resource_templates,
        ]
    uris = {str(getattr(each, "uri", None) or each.uri_template): each.description for each in offered}
    resources = {uri: said for uri, said in uris.items() if uri != view_uri()}  # nobody attaches the page
    generated = {
        "prompts-and-resources": {
            "prompts": table(("prompt", "for"), {f"`{prompt.name}`": prompt.description for prompt in prompts}),
            "resources": table(("URI", "contents"), {f"`{uri}`": said for uri, said in resources.items()}),
        },
        "installing": {"clients": clients_table()},
        "settings": {"settings": settings_table("everywhere"), "settings-team": settings_table("team")},
        "sandbox": {"faults": "".join(f"- `{name}`: {kind.meaning}\n" for name, kind in FAULTS.items())},
    }
    for name, parts in generated.items():
        page = ROOT / "docs" / f"{name}.md"
        check(page, with_parts(page.read_text(encoding="utf-8"), parts), request)


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    """The README has at most 200 lines, and links lead from it to every page of docs/."""
    readme = README.read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 200
    reached, left = {README.resolve()}, [README.resolve()]
    while left:
        page = left.pop()
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            linked = (page.parent / target).resolve()
            if linked.suffix == ".md" and linked not in reached:
                reached.add(linked)
                left.append(linked)
    assert {page.resolve() for page in (ROOT / "docs").glob("*.md")} <= reached


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    """Every linked file exists and has the linked heading."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {
                re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
            }


def test_the_reference_is_the_resource(request: pytest.FixtureRequest) -> None:
    """docs/reference.md is what clients read as telnyx://reference/api."""
    check(ROOT / "docs" / "reference.md", reference() + "\n", request)


def table(head: tuple[str, str], rows: Mapping[str, str | None]) -> str:
    return "".join(f"| {left} | {right} |\n" for left, right in [head, ("---", "---"), *rows.items()])


def columns(table: Table) -> str:
    return ", ".join(f"`{column.name}`" for column in table.columns)


def clients_table() -> str:
    lines = ["| client | name | the key |", "| --- | --- | --- |"]
    for client in CLIENTS:
        if client.reference == INPUT_REFERENCE:
            key = "key file, or it asks once and keeps it (`--key-env`)"
        elif client.reference or client.forwards:
            key = "key file, or from your environment (`--key-env`)"
        else:
            key = "key file"
        lines.append(f"| {client.title} | `{client.name}` | {key} |")
    return "\n".join(lines) + "\n"


def settings_table(group: str) -> str:
    lines = ["| variable | meaning | values | default |", "|---|---|---|---|"]
    for setting in VARIABLES.values():
        if setting.group == group:
            meaning = f"{setting.meaning}; also `{setting.flag}`" if setting.flag else setting.meaning
            default = setting.unset or (f"`{setting.default_text}`" if setting.default_text else "")
            lines.append(f"| `{setting.variable}` | {meaning} | {values(setting.type)} | {default} |")
    return "\n".join(lines) + "\n"


def values(taken: ValueType[Any]) -> str:
    """The values that the variable accepts, unless any text."""
    match taken:
        case Bounded(low=low, high=high):
            return f"{low:,} to {high:,}"
        case Choice(choices=choices):
            return ", ".join(f"`{choice}`" for choice in choices)
        case Switch():
            return "yes or no"
        case Listed():
            return "separated by commas"
    return ""


async def worked_example(client: Any, tool: str, arguments: dict[str, Any]) -> str:
    """A request and its answer, with a fixed time."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error
    answer = re.sub(r'(as_of":"|as of )[-0-9T:]+Z', r"\g<1>2026-11-24T12:00:00Z", result.content[0].text)
    return f"```text\n{tool} {json.dumps(arguments)}\n```\n```json\n{answer}\n```\n"


def test_the_help_names_every_command_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command in the README and docs/ exists."""
    pages = [README, *(ROOT / "docs").glob("*.md")]
    commands = {
        command
        for page in pages
        for command in re.findall(r"telnyx-connections-mcp ([a-z]+)\b", page.read_text("utf-8"))
    }
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert {"demo", "sandbox"} <= commands
    assert all(f"{command} " in text for command in commands)


def test_the_example_configuration_works_once_the_key_is_filled_in() -> None:
    """As it is, the key is reported as a placeholder; with a key, nothing is missing."""
    entry = json.loads((ROOT / "claude_desktop_config.example.json").read_text())["mcpServers"]["telnyx-connections"]
    assert entry["command"] == "telnyx-connections-mcp"
    assert "placeholder" in (read_settings(entry["env"]).problem or "")
    assert read_settings(entry["env"] | {"TELNYX_API_KEY": "KEY0123456789"}).problem is None


def test_the_changelog_knows_this_version() -> None:
    """The changelog has an entry for this version."""
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
