"""`get_connection`: everything about one connection, by id or by its exact name."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.coverage import CoverageInfo, coverage_info, warning
from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.answers.rows import ConnectionRow, shown_row
from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.audit.findings import Finding, audit_one
from telnyx_connections_mcp.inventory.database import records
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.record import Record, record
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.inventory.snapshot_tables import Value, layout_of
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.inventory.views import Detail, field_text
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.redaction.cleaner import SUMMARY_LIMIT, Cleaner
from telnyx_connections_mcp.redaction.texts import mask_text, quoted
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.text.cleaning import clean, cut, fold, spelled

if TYPE_CHECKING:  # imported when it is first asked: every chat starts a server
    import sqlite3

_MAX_CANDIDATES = 1000
"""Most in one answer."""


_FINDING = open_object(check="string", severity="string", fields="array", why="string", do="string")


class GetConnection(Parameters):
    """The arguments: one of the two."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "id": "a name goes in `connection_name`",
        "connection_id": "did you mean `id`?",
    }

    id: Annotated[str | None, Field(pattern="^[0-9A-Za-z-]{1,64}$", description="Its id.")] = None
    connection_name: Annotated[
        str | None, Field(min_length=1, max_length=256, description="Instead of id: its full name, any case.")
    ] = None


class GetConnectionResult(TypedDict):
    """The answer."""

    summary: str
    connection: Annotated[NotRequired[ConnectionRow], Field(description="Every API field.")]
    findings: Annotated[
        NotRequired[list[Annotated[dict[str, Any], WithJsonSchema(_FINDING)]]],
        Field(description="From audit_connections."),
    ]
    candidates: Annotated[NotRequired[list[ConnectionRow]], Field(description="All with that name; none was chosen.")]
    nearest_names: NotRequired[list[str]]
    as_of: NotRequired[str]
    coverage: NotRequired[CoverageInfo]
    shortened: NotRequired[str]
    changed: NotRequired[str]


async def get_connection(arguments: GetConnection, account: AccountContext, report: ReportProgress) -> Answer:
    """Get one connection by id, or by its name from a snapshot."""
    if (arguments.id is None) == (arguments.connection_name is None):
        raise ArgumentError("Nothing was sent to Telnyx: give exactly one of `id` and `connection_name`.")
    budget = account.settings.max_answer_tokens
    if arguments.id is not None:
        as_of = in_words(datetime.now(UTC))
        row = await account.client.get_object(CONNECTIONS, CONNECTIONS.sources[0].path, arguments.id)
        found = record(CONNECTIONS, row.fields, row.lost)
        return _one(found, as_of, budget)
    return await _by_name(
        arguments.connection_name or "", await account.snapshots.get(CONNECTIONS, None, report), budget
    )


TOOL: ReadTool = read_tool(
    get_connection,
    arguments=GetConnection,
    result=GetConnectionResult,
    title="Get one connection",
    description="Every field of one connection, by id or by exact connection_name, and what the audit says about it.",
)


async def _by_name(name: str, snapshot: Snapshot, budget: int) -> Answer:
    """The connection of that name; several, or none: nothing is guessed."""
    count, first = await snapshot.query(lambda database: _named(name, database))
    if count == 1:
        return _one(first[0], snapshot.coverage, budget)
    if count:
        return fit_to_budget(
            budget, lambda _, shown: _several(name, first[:shown], count, snapshot.coverage), "summary", len(first)
        )
    near = await snapshot.query(lambda database: _nearest(name, database))
    return fit_to_budget(budget, lambda *_: _none(name, near, snapshot.coverage), "summary", 0)


def _named(name: str, database: "sqlite3.Connection") -> tuple[int, list[Record]]:
    """How many connections have that name, and the first of them."""
    wanted = fold(mask_text(clean(name))) or None
    rows = database.execute("SELECT n FROM connections WHERE connection_name_folded IS ? ORDER BY n", [wanted])
    numbers = [n for (n,) in rows]
    return len(numbers), records(database, CONNECTIONS, numbers[:_MAX_CANDIDATES])


def _nearest(name: str, database: "sqlite3.Connection") -> list[tuple[str, str | None]]:
    """The names most like it, each with the `rest` of the first connection that has it."""
    names = dict(
        database.execute("SELECT connection_name, rest FROM connections GROUP BY connection_name ORDER BY min(n)")
    )
    return [(near, names[near]) for near in nearest_texts(name, names)]


def _one(found: Record, source: Coverage | str, budget: int) -> Answer:
    """The answer about one connection, which comes from a fleet, or from a request at that time."""
    findings = audit_one(found)
    return fit_to_budget(budget, lambda detail, _: _shown(found, findings, detail, source), "full", 1)


def _shown(found: Record, findings: Sequence[Finding], detail: Detail, source: Coverage | str) -> GetConnectionResult:
    cleaner = Cleaner()
    active = _value(found, "active")
    activity = "" if active is None else "active " if active else "inactive "
    kind = field_text("record_type", _text(found, "record_type"), found.rest, cleaner) or "connection of unknown type"
    name = _text(found, "connection_name")
    exactly = f' (spelled "{spelling}")' if (spelling := _spelling(name)) else ""
    said = f"{quoted(name)}{exactly}: {activity}{kind}, {plural(len(findings), 'audit finding')}."
    if isinstance(source, Coverage):  # another of that name may be among those that could not be read
        said = warning(source) + said
    answer = GetConnectionResult(
        summary=said,
        connection=shown_row(CONNECTIONS, found, detail, cleaner),
        findings=[
            {
                "check": finding.name,
                "severity": finding.words.severity,
                **({"fields": list(finding.fields)} if finding.fields else {}),
                "why": finding.words.why,
                "do": finding.words.do,
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
        answer["coverage"] = coverage_info(source, None)
    return answer


def _several(name: str, shown: Sequence[Record], count: int, coverage: Coverage) -> GetConnectionResult:
    changed = Changes()
    answer = GetConnectionResult(
        summary=f"{warning(coverage)}{plural(count, 'connection')} are named {quoted(name)}: ask for one by id.",
        candidates=[_candidate(found, changed.row(found.values[0], number)) for number, found in enumerate(shown, 1)],
    )
    if len(shown) < count:
        answer["shortened"] = f"{len(shown)} of {count} candidates; list all with search_connections name_glob."
    return _finish(answer, changed, coverage)


def _none(name: str, near: Sequence[tuple[str, str | None]], coverage: Coverage) -> GetConnectionResult:
    changed = Changes()
    said = f"None of {coverage.read} connections is named {quoted(name)}; nearest_names may have the one you mean."
    answer = GetConnectionResult(
        summary=warning(coverage) + said,
        nearest_names=[
            field_text("connection_name", text, rest, changed.at(f"nearest_names {number}"))
            for number, (text, rest) in enumerate(near, 1)
        ],
    )
    return _finish(answer, changed, coverage)


def _finish(answer: GetConnectionResult, changed: Changes, coverage: Coverage) -> GetConnectionResult:
    if changes := changed.words():
        answer["changed"] = changes
    answer["coverage"] = coverage_info(coverage, None)
    return answer


def _candidate(found: Record, cleaner: Cleaner) -> dict[str, Any]:
    """One of several of a name; names that differ in white space alone look the same, so that is spelled out."""
    spelling = _spelling(_text(found, "connection_name"))
    return shown_row(CONNECTIONS, found, "summary", cleaner) | ({"spelled": spelling} if spelling else {})


def _spelling(name: str) -> str | None:
    """`name` with its white space spelled out, where that is not what it seems."""
    shown = spelled(name)
    return cut(shown, SUMMARY_LIMIT) if shown != name else None


def _value(found: Record, field: str) -> Value:
    return found.values[layout_of(CONNECTIONS).first[field]]


def _text(found: Record, field: str) -> str:
    return str(_value(found, field) or "")
