"""`query_account`: one SELECT over the whole account, for what no other tool answers."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.tools.query_answer import QueryAccountResult, QueryAnswer, why_unreadable
from telnyx_connections_mcp.mcp_server.view.conversation import answer_tokens
from telnyx_connections_mcp.sql.description import described
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

if TYPE_CHECKING:  # imported by the first statement, because every chat starts a server
    from telnyx_connections_mcp.sql.literals import Unknown
    from telnyx_connections_mcp.sql.reading import Parts
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
SELECT c.connection_name, count(p.phone_number) FROM connections c LEFT JOIN phone_numbers p ON p.connection_id = c.id \
GROUP BY c.id"""


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


async def query_account(arguments: QueryAccount, account: AccountContext, report: ReportProgress) -> Answer:
    """Run the statement over a snapshot of what it touches."""
    from telnyx_connections_mcp.sql.guard import StatementRefused
    from telnyx_connections_mcp.sql.reading import databases, of_one_connection
    from telnyx_connections_mcp.sql.statement import read_statement

    budget = answer_tokens(account.settings.max_answer_tokens)
    try:
        statement = await in_worker_thread(lambda: read_statement(arguments.sql), len(arguments.sql))  # like rows
        parts, not_checked = await read_parts(statement, account, report, fresh=arguments.fresh)
        result = await account.queries.run(
            databases(statement, parts), statement, arguments.limit, characters=_CHARACTERS_PER_TOKEN * budget
        )
    except StatementRefused as error:
        raise ArgumentError(str(error)) from None
    unknown = await _unknown(parts, statement)
    answers = QueryAnswer(
        limit=arguments.limit,
        most=arguments.MOST_ROWS,
        notes=[*statement.notes, *not_checked],
        result=result,
        unknown=unknown,
        parts=parts,
        of_one=of_one_connection(statement),
    )
    return fit_to_budget(budget, answers.of, "summary", max(1, len(result.rows)))


async def read_parts(
    statement: "Statement", account: AccountContext, report: ReportProgress, *, fresh: bool
) -> "tuple[Parts, Sequence[str]]":
    """What the statement touches, and which checks were not done.

    Raises `ArgumentError` if nothing of it can be read, and as `Reader.read` does.
    """
    from telnyx_connections_mcp.sql.reading import Reader, TooMany

    if not statement.tables:
        return {}, ()
    reader = Reader(account.client, account.snapshots, account.queries)
    parts = await reader.read(statement, report, fresh=fresh)
    if too_many := next((part for part in parts.values() if isinstance(part, TooMany)), None):
        raise ArgumentError(f"{too_many.why}: {too_many.instead}.")
    if not any(isinstance(part, Snapshot) for part in parts.values()):
        whys = dict.fromkeys(why_unreadable(parts).values())
        raise ArgumentError(f"Nothing could be read, because {' and '.join(whys)}: ask for other tables.")
    return parts, [f"Not in findings: {sentence}" for sentence in reader.notes]


async def _unknown(parts: "Parts", statement: "Statement") -> dict[str, Any]:
    """The texts in the statement that no row has; the search ends when the request does."""
    from telnyx_connections_mcp.sql.literals import Search, by_name, unknown_literals

    search = Search()
    found: Unknown = {}
    try:
        for kind, part in parts.items():
            own = statement.literals_of(kind)
            if own and isinstance(part, Snapshot):
                work = partial(unknown_literals, literals=own, search=search)
                found |= await in_worker_thread(partial(part.database.query, work), part.count, abandon=True)
    finally:
        search.cancelled.set()
    return by_name(found, statement.tables)


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
