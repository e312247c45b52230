"""`query_account` as a terminal asks it: every row, and a wrong statement is refused before anything is read."""

import sys
from typing import Annotated, ClassVar

from pydantic import Field

from telnyx_connections_mcp.answers.token_budget import Answer
from telnyx_connections_mcp.cli.terminal.chosen_account import NoAnswer
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.tools import query_account as tool
from telnyx_connections_mcp.mcp_server.tools.query_answer import QueryAccountResult
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.reading import nothing
from telnyx_connections_mcp.sql.statement import read_statement


class Query(tool.QueryAccount):
    """Its arguments, without a maximum of rows."""

    MOST_ROWS: ClassVar[int | None] = None

    limit: Annotated[
        int,
        Field(
            ge=1,
            description="Maximum rows. Default: all; 1000 in a table on a terminal.",
            json_schema_extra=lambda schema: schema.pop("default", None),  # no number that a person would recognize
        ),
    ] = sys.maxsize


async def query(arguments: Query, account: AccountContext, report: ReportProgress) -> Answer:
    """The answer of `query_account`.

    Raises `ArgumentError` before any request if SQLite cannot run the statement, and `NoAnswer` if it fails over the
    rows that were read, as when it takes too long.
    """
    touches_tables = await _check(arguments.sql, account)
    try:
        answer = await tool.query_account(arguments, account, report)
    except ArgumentError as error:
        if touches_tables:
            raise NoAnswer(str(error)) from None
        raise
    if shortened := answer.data.get("shortened"):
        return Answer.of({**answer.data, "shortened": shortened.replace("`limit`", "`--limit`")})
    return answer


async def _check(sql: str, account: AccountContext) -> bool:
    """Whether the statement touches tables; then it is run over an account without rows. Raises `ArgumentError`."""
    try:
        statement = read_statement(sql)
        if statement.tables:
            await account.queries.run([nothing(kind) for kind in statement.kinds], statement, 1)
    except StatementRefused as error:
        raise ArgumentError(str(error)) from None
    return bool(statement.tables)


TOOL: ReadTool = read_tool(
    query,
    arguments=Query,
    result=QueryAccountResult,
    title=tool.TOOL.title or "",
    description=tool.TOOL.description,
)
