"""`get_connection`: everything about one connection, by id or by its exact name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.coverage import CoverageSaid, coverage_said, warning
from telnyx_connections_mcp.answers.token_budget import Answer, within
from telnyx_connections_mcp.answers.views import Detail, view
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.audit.checks import CHECKS
from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.inventory.fetch import Fleet, Report
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import State
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.query.conditions import name_of
from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.redaction.cleaner import SUMMARY_LIMIT, Cleaner
from telnyx_connections_mcp.redaction.texts import mask_text, quoted
from telnyx_connections_mcp.telnyx.models import Connection, connection_of
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.text.cleaning import clean, cut, fold, spelled


class GetConnection(Parameters):
    """The arguments: one of the two."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "id": "a name goes into `connection_name`",
        "connection_id": "did you mean `id`?",
    }

    id: Annotated[str | None, Field(pattern="^[0-9A-Za-z-]{1,64}$", description="Its id.")] = None
    connection_name: Annotated[
        str | None, Field(min_length=1, max_length=256, description="Instead of id: its whole name, any case.")
    ] = None


class Got(TypedDict):
    """The answer."""

    summary: str
    connection: Annotated[NotRequired[dict[str, Any]], Field(description="Every API field.")]
    findings: Annotated[NotRequired[list[dict[str, str]]], Field(description="Of audit_connections.")]
    candidates: Annotated[NotRequired[list[dict[str, Any]]], Field(description="All with that name; none was chosen.")]
    nearest_names: NotRequired[list[str]]
    as_of: NotRequired[str]
    coverage: NotRequired[CoverageSaid]
    shortened: NotRequired[str]
    changed: NotRequired[str]


async def get_connection(arguments: GetConnection, state: State, report: Report) -> Answer:
    """Ask for one connection by id, or find the one of that name in the fleet."""
    if (arguments.id is None) == (arguments.connection_name is None):
        raise ArgumentError("Nothing was asked of Telnyx: give exactly one of `id` and `connection_name`.")
    budget = state.settings.max_answer_tokens
    if arguments.id is not None:
        as_of = in_words(datetime.now(UTC))
        connection = connection_of(await state.client.get_object(CONNECTIONS, arguments.id))
        return within(budget, lambda detail, _: _one(connection, detail, as_of), "full", 1)
    name = arguments.connection_name or ""
    fleet = await state.snapshots.get(None, report)
    return await fleet.apart(lambda: _by_name(name, fleet, budget))


TOOL: ReadTool = read_tool(
    get_connection,
    arguments=GetConnection,
    result=Got,
    title="Get one connection",
    description="Every field of one connection, by id or by exact connection_name, and what the audit says about it.",
)


def _by_name(name: str, fleet: Fleet, budget: int) -> Answer:
    wanted = fold(name)
    named = [connection for connection in fleet.connections if name_of(connection) == wanted]
    if len(named) == 1:
        return within(budget, lambda detail, _: _one(named[0], detail, fleet), "full", 1)
    return within(budget, lambda _, count: _not_one(name, named[:count], len(named), fleet), "summary", len(named))


def _one(connection: Connection, detail: Detail, source: Fleet | str) -> Got:
    """The answer about `connection`, which comes from a fleet, or from a request at that time."""
    cleaner = Cleaner()
    findings = audit([connection], CHECKS, datetime.now(UTC))
    state = {True: "active ", False: "inactive ", None: ""}[connection.active]
    kind = cleaner.text(connection.record_type or "connection of unknown type")
    name = connection.connection_name or ""
    exactly = f' (spelled "{spelling}")' if (spelling := _spelling(name)) else ""
    said = f"{quoted(name)}{exactly}: {state}{kind}, {plural(len(findings), 'audit finding')}."
    if isinstance(source, Fleet):  # another of that name may be among those that could not be read
        said = warning(source.coverage) + said
    answer = Got(
        summary=said,
        connection=view(connection, detail, cleaner),
        findings=[
            {
                "check": finding.name,
                "severity": finding.check.severity,
                "why": finding.check.why,
                "do": finding.check.do,
            }
            for finding in findings
        ],
    )
    if detail != "full":
        answer["shortened"] = "The summary instead of every field, to keep the answer short."
    if changes := cleaner.changes():
        answer["changed"] = changes
    if isinstance(source, str):
        answer["as_of"] = source
    else:
        answer["coverage"] = coverage_said(source.coverage, None)
    return answer


def _not_one(name: str, shown: list[Connection], count: int, fleet: Fleet) -> Got:
    """Several with that name, or none: nothing is guessed."""
    cleaner = Cleaner()
    coverage = fleet.coverage
    if not count:
        said = f"No connection of {coverage.read} is named {quoted(name)}; nearest_names may hold what is meant."
        answer = Got(summary=warning(coverage) + said)
        near = nearest_texts(name, (connection.connection_name for connection in fleet.connections))
        answer["nearest_names"] = [cleaner.text(text) for text in near]
    else:
        answer = Got(
            summary=f"{warning(coverage)}{plural(count, 'connection')} are named {quoted(name)}: ask for one by id.",
            candidates=[_candidate(connection, cleaner) for connection in shown],
        )
        if len(shown) < count:
            answer["shortened"] = f"{len(shown)} of {count} candidates; list all with search_connections name_glob."
    if changes := cleaner.changes():
        answer["changed"] = changes
    answer["coverage"] = coverage_said(coverage, None)
    return answer


def _candidate(connection: Connection, cleaner: Cleaner) -> dict[str, Any]:
    """One of several of a name; names that differ in white space alone look the same, so that is spelled out."""
    spelling = _spelling(connection.connection_name or "")
    return view(connection, "summary", cleaner) | ({"spelled": spelling} if spelling else {})


def _spelling(name: str) -> str | None:
    """`name` with its white space spelled out, where that is not what it seems."""
    shown = spelled(name)
    return cut(mask_text(shown), SUMMARY_LIMIT) if shown != clean(name) else None
