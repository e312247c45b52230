"""`search_connections`: questions about all connections, answered with rows or with counts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.audit.checks import CHECKS, CONNECTION_CHECKS
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.tools.search_answer import SearchAnswer, SearchConnectionsResult
from telnyx_connections_mcp.mcp_server.tools.search_findings import find
from telnyx_connections_mcp.mcp_server.tools.search_reading import SearchReading, read_for
from telnyx_connections_mcp.mcp_server.view.conversation import answer_tokens
from telnyx_connections_mcp.query import choices
from telnyx_connections_mcp.query.group_by_sql import TooManyGroupsError
from telnyx_connections_mcp.query.search import AmbiguousNumberError, Question, SearchResult, search
from telnyx_connections_mcp.query.where_sql import Conditions, read_where
from telnyx_connections_mcp.telnyx.parameters import Parameters

MAX_ROWS = 250
"""Most rows or groups in one answer."""
DEFAULT_ROWS = 10
DEFAULT_GROUPS = 25


class SearchConnections(Parameters):
    """The arguments."""

    KIND: ClassVar[Kind] = CONNECTIONS
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "filter": "did you mean `where`?",
        **dict.fromkeys(("count", "count_only"), "`limit` 0 answers a count alone"),
        **dict.fromkeys(("phone_number", "phone", "telephone_number"), "did you mean `where.number`?"),
        **dict.fromkeys(("ip", "ip_address"), "did you mean `where.address`?"),
        **dict.fromkeys(("sip_username", "login"), "did you mean `where.user_name`?"),
        "encrypted_media": "did you mean `where.srtp`?",
        **dict.fromkeys(
            (field.url.has_credentials for field in CONNECTIONS.fields if field.url),
            "`where.finding` has webhook_credentials",
        ),
        **dict.fromkeys(CHECKS.keys() - CONNECTION_CHECKS, "audit_connections reports it: it concerns the account"),
    }

    where: Annotated[
        Annotated[Parameters, choices.where(CONNECTIONS, tuple(CONNECTION_CHECKS))] | None,
        Field(
            description="Conditions that must all hold; any case, accents ignored. "
            'E.g. {"active": true, "has_webhook": false}.'
        ),
    ] = None
    group_by: Annotated[
        list[Annotated[str, choices.group_key(CONNECTIONS)]] | None,
        Field(max_length=2, description="Answer with counts per group instead of rows: one key or two."),
    ] = None
    sort: Annotated[
        str, choices.order(CONNECTIONS), Field(description="Of rows, default -created_at; groups are largest first.")
    ] = CONNECTIONS.usual_sort
    limit: Annotated[
        int | None,
        Field(
            ge=0,
            le=MAX_ROWS,
            description=f"0 to {MAX_ROWS}; default {DEFAULT_ROWS} rows or {DEFAULT_GROUPS} groups. 0: the count alone.",
        ),
    ] = None
    offset: Annotated[int, Field(ge=0, description="Rows or groups to skip.")] = 0
    detail: Annotated[Detail, Field(description="As in list_connections.")] = "summary"
    fields: Annotated[
        list[Annotated[str, choices.shown_field(CONNECTIONS)]] | None, Field(description="As in list_connections.")
    ] = None
    fresh: Annotated[bool, Field(description="Read again instead of using the snapshot.")] = False

    @field_validator("group_by", "fields")
    @classmethod
    def _each_once(cls, names: list[str] | None) -> list[str] | None:
        return list(dict.fromkeys(names)) if names else names

    @property
    def most(self) -> int:
        """Most rows or groups in the answer."""
        if self.limit is not None:
            return self.limit
        return DEFAULT_GROUPS if self.group_by else DEFAULT_ROWS


async def search_connections(arguments: SearchConnections, account: AccountContext, report: ReportProgress) -> Answer:
    """Answer from a snapshot."""
    if arguments.group_by and arguments.fields:
        raise ArgumentError(
            "Nothing was sent to Telnyx: `fields` says what rows show, and `group_by` answers with counts instead of "
            "rows: give one of them."
        )
    conditions = _conditions(arguments)
    read = await read_for(arguments, conditions, account, report)
    snapshot = read.connections
    if read.looked_up:
        conditions = replace(conditions, sent=read.looked_up)
    partly = ""
    if conditions.findings:
        partly = await find(account, snapshot, conditions.findings, report, fresh=arguments.fresh)

    budget = answer_tokens(account.settings.max_answer_tokens)

    def answer() -> Answer:
        result = _result(arguments, conditions, read, drill_down=account.settings.app)
        answers = SearchAnswer(arguments, conditions, read, result, partly)
        build = answers.rows if result.groups is None else partial(answers.groups, result.groups)
        fitting = fit_to_budget(budget, build, answers.detail, arguments.most)
        shown = len(fitting.data.get("groups", ()))
        return fitting if result.groups is None else replace(fitting, beside={"drill": result.drill_down[:shown]})

    if conditions.resolved:  # an age means another instant at every call
        return await snapshot.in_worker_thread(answer)
    question = arguments.model_dump_json(exclude={"fresh"}, exclude_none=True)
    others = " ".join(other.database.uri for other in read.others.values())
    return await snapshot.once(f"{budget} {question} {snapshot.database.version} {partly} {others}", answer)


TOOL: ReadTool = read_tool(
    search_connections,
    arguments=SearchConnections,
    result=SearchConnectionsResult,
    title="Search and count connections",
    description=(
        "Answer questions about all connections in one request: which match (by name, type, state, tags, webhooks, "
        "voice profile, dates, phone number, address, settings, what is missing) or how many per group. Reads the "
        "whole account itself; `coverage` says how much and as of when."
    ),
)


def _conditions(arguments: SearchConnections) -> Conditions:
    """The conditions. Raises `ArgumentError`."""
    try:
        conditions = read_where(CONNECTIONS, arguments.where, datetime.now(UTC))
    except ValueError as error:
        raise ArgumentError(f"Nothing was sent to Telnyx: {error}.") from None
    comparing = [name for name in conditions.findings if CONNECTION_CHECKS[name].compares]
    if comparing and (lost := [name for name in conditions.sent if name not in conditions.tests]):
        raise ArgumentError(
            f"Nothing was sent to Telnyx: `where.finding` {comparing[0]} compares all connections, but only Telnyx "
            f"knows which match `where.{lost[0]}`: leave one out."
        )
    return replace(conditions, sent={}) if comparing else conditions


def _result(
    arguments: SearchConnections, conditions: Conditions, read: SearchReading, *, drill_down: bool
) -> SearchResult:
    question = Question(
        conditions=conditions,
        where=arguments.where,
        group_by=arguments.group_by,
        sort=arguments.sort,
        limit=arguments.most,
        offset=arguments.offset,
        drill_down=drill_down,
    )
    try:
        result = search(
            read.connections.database, question, {kind: other.database for kind, other in read.others.items()}
        )
    except AmbiguousNumberError as error:
        raise ArgumentError(f"{error}.") from None
    except TooManyGroupsError as error:
        raise ArgumentError(f"{error}: use fewer group_by keys, or conditions that match fewer connections.") from None
    if read.looked_up:  # the connections of one value say nothing of what others have
        return replace(result, unknown={}, excluded_most=None)
    return result
