"""`query_account`: one SELECT over the whole account, for what no other tool answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.coverage import CoverageInfo, coverage_info, in_short, warning
from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.view.conversation import answer_tokens
from telnyx_connections_mcp.sql.tables import described
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

if TYPE_CHECKING:  # imported by the first statement, because every chat starts a server
    from telnyx_connections_mcp.sql.query_process import StatementResult
    from telnyx_connections_mcp.sql.statement import Statement

MAX_ROWS = 1_000
"""Most rows in one answer."""
_CHARACTERS_PER_TOKEN = 4
"""Of cells that answers are made of; more would not fit."""
_NORMAL = (
    "NULL: not set, and <> skips it. Times: 'YYYY-MM-DD HH:MM:SS' UTC. Ids and webhook_api_version are text. Hosts: "
    "lower case, no port. Secrets in URLs: ***. anchorsite_override: 'Latency' is the default. record_type: see "
    "search_connections; finding: checks of audit_connections. LIKE ignores the case of ASCII only: "
    "fold(a) = fold('b') ignores case and accents."
)
_EXAMPLES = """\
SELECT record_type, count(*) FROM connections WHERE webhook_host IS NULL GROUP BY 1
SELECT id, connection_name FROM connections WHERE updated_at < datetime('now', '-1 year') AND id IN \
(SELECT connection_id FROM connection_tags WHERE tag = 'prod')
SELECT strftime('%Y-%m', created_at) AS month, count(*) FROM connections GROUP BY month"""


class QueryAccount(Parameters):
    """The arguments."""

    MOST_ROWS: ClassVar[int | None] = MAX_ROWS

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("query", "statement", "select"), "did you mean `sql`?"),
        **dict.fromkeys(("where", "group_by", "fields", "detail"), "use search_connections, or write it in `sql`"),
        "offset": "end the statement with LIMIT n OFFSET m",
    }

    sql: Annotated[str, Field(description="One SELECT.")]
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description=f"Maximum rows, up to {MAX_ROWS}; default 100.")] = 100
    fresh: Annotated[bool, Field(description="Read again instead of using the snapshot.")] = False


class QueryAccountResult(TypedDict):
    """The answer."""

    summary: str
    columns: list[str]
    rows: Annotated[list[list[Any]], Field(description="Values in the order of columns; null: not set.")]
    unknown: Annotated[
        NotRequired[dict[str, Any]], Field(description="By column: values in the statement that no row read has.")
    ]
    notes: Annotated[NotRequired[list[str]], Field(description="How the statement was read.")]
    shortened: Annotated[NotRequired[str], Field(description="What is left out, and how to get it.")]
    coverage: NotRequired[CoverageInfo]


async def query_account(arguments: QueryAccount, account: AccountContext, report: ReportProgress) -> Answer:
    """Run the statement over a snapshot of what it touches."""
    from telnyx_connections_mcp.sql.guard import StatementRefused
    from telnyx_connections_mcp.sql.statement import read_statement

    try:
        statement = await in_worker_thread(lambda: read_statement(arguments.sql), len(arguments.sql))  # like rows
        # Without a table nothing is read, but the process needs an image.
        snapshot = (
            await account.snapshots.get(CONNECTIONS, None, report, fresh=arguments.fresh)
            if statement.tables
            else Snapshot.empty(CONNECTIONS, datetime.now(UTC), None)
        )
        budget = answer_tokens(account.settings.max_answer_tokens)
        result = await account.queries.run(
            snapshot, statement, arguments.limit, characters=_CHARACTERS_PER_TOKEN * budget
        )
    except StatementRefused as error:
        raise ArgumentError(str(error)) from None
    unknown = await _unknown(snapshot, statement)
    coverage = snapshot.coverage if statement.tables else None
    answers = _QueryAnswer(arguments, statement, result, unknown, coverage)
    return fit_to_budget(budget, answers.of, "summary", max(1, len(result.rows)))


async def _unknown(snapshot: Snapshot, statement: "Statement") -> dict[str, Any]:
    """The texts in the statement that no row has; the search ends when the request does."""
    from telnyx_connections_mcp.sql.literals import Search, unknown_literals

    search, database = Search(), snapshot.database
    try:
        return await in_worker_thread(
            lambda: database.query(lambda handle: unknown_literals(handle, statement.literals, search)),
            snapshot.count,
            abandon=True,
        )
    finally:
        search.cancelled.set()


TOOL: ReadTool = read_tool(
    query_account,
    arguments=QueryAccount,
    result=QueryAccountResult,
    title="Query the account with SQL",
    description=(
        "Answer what no other tool does, in one request: a read-only SELECT (SQLite's dialect, WITH allowed) over the "
        f"whole account.\n{described()}\n{_NORMAL}\n{_EXAMPLES}"
    ),
)


@dataclass(frozen=True, slots=True)
class _QueryAnswer:
    """Formats the result of a statement."""

    arguments: QueryAccount
    statement: "Statement"
    result: "StatementResult"
    unknown: Mapping[str, Any]
    coverage: Coverage | None
    """None if it touches no table."""

    def of(self, _: Detail, count: int) -> QueryAccountResult:
        """The answer with up to `count` rows."""
        rows = [list(row) for row in self.result.rows[:count]]
        answer = QueryAccountResult(summary=self._sentence(len(rows)), columns=list(self.result.columns), rows=rows)
        if self.unknown:
            answer["unknown"] = dict(self.unknown)
        if self.statement.notes:
            answer["notes"] = list(self.statement.notes)
        if shortened := " ".join(self._shortened(len(rows))):
            answer["shortened"] = shortened
        if self.coverage:
            answer["coverage"] = coverage_info(self.coverage, None)
        return answer

    def _sentence(self, shown: int) -> str:
        """How many rows there are, and of how much of the account."""
        from telnyx_connections_mcp.sql.literals import unknown_words

        rows, total = plural(shown, "row") if shown else "No rows", self.result.total
        if shown < len(self.result.rows) or self.result.more:
            rows = f"The first {shown} of {'very many' if total is None else total} rows"
        if self.coverage is None:
            return f"{rows}."
        of = f"{CONNECTIONS.name} {in_short(self.coverage)}"
        return f"{warning(self.coverage)}{unknown_words(self.unknown)}{rows}; {of}."

    def _shortened(self, shown: int) -> Iterator[str]:
        """What is missing from the answer, and how to get it."""
        limit, more = self.arguments.limit, self.result.more
        on = f"end the statement with ORDER BY ... LIMIT n OFFSET {shown}"
        if shown < len(self.result.rows) or (more and shown < limit):
            yield f"{plural(shown, 'row')} shown to keep the answer short: select less, count, or {on}."
        elif more:
            most = self.arguments.MOST_ROWS
            larger = "" if limit == most else f"raise it{f' (up to {most})' if most else ''}, or "
            yield f"`limit` is {limit}: {larger}{on}."
        if self.result.shortened:
            yield f"Cut: {plural(self.result.shortened, 'long text')}."
