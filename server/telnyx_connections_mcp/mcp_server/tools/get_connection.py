"""`get_connection`: everything about one connection, by id or by its exact name, and what surrounds it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.coverage import coverage_info, warning
from telnyx_connections_mcp.answers.rows import shown_row
from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.inventory.database import records
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.record import Record, named
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.inventory.views import Detail, field_text
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.tools.get_connection_answer import (
    GetConnectionResult,
    answer_about,
    spelling_of,
)
from telnyx_connections_mcp.mcp_server.view.conversation import answer_tokens
from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.redaction.texts import mask_text, quoted
from telnyx_connections_mcp.surroundings.parts import PARTS, Part
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.text.cleaning import clean, fold

if TYPE_CHECKING:  # imported when it is first asked: every chat starts a server
    import sqlite3

_MAX_CANDIDATES = 1000
"""Most in one answer."""


class GetConnection(Parameters):
    """The arguments: one of the two."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "id": "a name goes in `connection_name`",
        "connection_id": "did you mean `id`?",
        **{
            name: f"search_connections finds it by `where.{condition}`"
            for name, condition in {
                "number": "number",
                "phone_number": "number",
                "address": "address",
                "ip_address": "address",
                "ip": "address",
                "user_name": "user_name",
            }.items()
        },
    }

    id: Annotated[str | None, Field(pattern="^[0-9A-Za-z-]{1,64}$", description="Its id.")] = None
    connection_name: Annotated[
        str | None, Field(min_length=1, max_length=256, description="Instead of id: its full name, any case.")
    ] = None
    include: Annotated[list[Literal[Part, "all"]] | None, Field(description="What surrounds it.")] = None
    detail: Annotated[Detail | None, Field(description="full: every row and field. Default: summary with include.")] = (
        None
    )

    @property
    def parts(self) -> Sequence[Part]:
        """The parts that were asked for, in the order of answers."""
        wanted = self.include or ()
        return [part for part in PARTS if part in wanted or "all" in wanted]

    @property
    def extent(self) -> Detail:
        """The detail: unless it was asked for, everything about the connection, or a summary with what surrounds it."""
        return self.detail or ("summary" if self.parts else "full")


async def get_connection(arguments: GetConnection, account: AccountContext, report: ReportProgress) -> Answer:
    """Get one connection by id, or by its name from a snapshot, and what surrounds it."""
    if (arguments.id is None) == (arguments.connection_name is None):
        raise ArgumentError("Nothing was sent to Telnyx: give exactly one of `id` and `connection_name`.")
    if arguments.id is not None:
        return await _one(arguments, account, arguments.id)
    snapshot = await account.snapshots.get(CONNECTIONS, None, report)
    return await _by_name(arguments, account, arguments.connection_name or "", snapshot)


TOOL: ReadTool = read_tool(
    get_connection,
    arguments=GetConnection,
    result=GetConnectionResult,
    title="Get one connection",
    description="Every field of one connection, by id or by exact connection_name, and what the audit says about it.",
)


async def _one(
    arguments: GetConnection,
    account: AccountContext,
    id_: str,
    known: Record | None = None,
    coverage: Coverage | None = None,
) -> Answer:
    """The answer about one connection, which is requested unless it is `known` from an account with that coverage."""
    kinds = [kind for part in arguments.parts for kind in PARTS[part]]
    found = await account.surroundings.read(id_, kinds, known)
    budget = answer_tokens(account.settings.max_answer_tokens)
    return answer_about(found, arguments.parts, arguments.extent, coverage, budget)


async def _by_name(arguments: GetConnection, account: AccountContext, name: str, snapshot: Snapshot) -> Answer:
    """The connection of that name; several, or none: nothing is guessed."""
    coverage, budget = snapshot.coverage, answer_tokens(account.settings.max_answer_tokens)
    count, first = await snapshot.query(lambda database: _named(name, database))
    if count == 1:
        return await _one(arguments, account, _text(first[0], "id"), first[0], coverage)
    if count:
        return fit_to_budget(
            budget, lambda _, shown: _several(name, first[:shown], count, coverage), "summary", len(first)
        )
    near = await snapshot.query(lambda database: _nearest(name, database))
    return fit_to_budget(budget, lambda *_: _none(name, near, coverage), "summary", 0)


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
    spelling = spelling_of(_text(found, "connection_name"))
    return shown_row(CONNECTIONS, found, "summary", cleaner) | ({"spelled": spelling} if spelling else {})


def _text(found: Record, field: str) -> str:
    return str(named(CONNECTIONS, found)[field] or "")
