"""`list_active_calls`: the live calls of one connection, the longest first within a page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.answers.token_budget import Answer, compact_json, fit_to_budget
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.paging import gaps_in_words, mismatch
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.record import Record, named, record
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.redaction.cleaner import Cleaner, fields_in_full
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.telnyx.cursors import LONGEST_CURSOR, read_cursor, shown_cursor
from telnyx_connections_mcp.telnyx.errors import InvalidRequest, NotFound
from telnyx_connections_mcp.telnyx.models import Call, Page
from telnyx_connections_mcp.telnyx.parameters import CallsPage, Parameters

_IDS = ("call_control_id", "call_leg_id", "call_session_id")
_CALL = open_object(
    **{name: ["string", "number"] for name in (*_IDS, "client_state")},
    call_duration=["integer", "string"],
    duration="string",
)
_PAGE = open_object(
    size="integer", total_results="integer", number="integer", next="integer", after="string", unreachable="string"
)


class ListActiveCalls(Parameters):
    """The arguments."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("connection_id", "connection_name"), "get_connection finds the id for a name"
    )

    connection_id: Annotated[str, Field(pattern="^[0-9A-Za-z-]{1,64}$", description="The connection's id.")]
    page: Annotated[CallsPage | None, Field(description="Which part of the list.")] = None
    detail: Annotated[Detail, Field(description="full: also client_state and every other field.")] = "summary"


class ListActiveCallsResult(TypedDict):
    """The answer."""

    summary: str
    calls: Annotated[
        list[Annotated[dict[str, Any], WithJsonSchema(_CALL)]],
        Field(description="call_duration in seconds, duration in words."),
    ]
    page: Annotated[
        dict[str, Any], WithJsonSchema(_PAGE), Field(description="Continue with `next` (number) or `after` (cursor).")
    ]
    as_of: str
    shortened: NotRequired[str]
    changed: NotRequired[str]


async def list_active_calls(arguments: ListActiveCalls, account: AccountContext, _: ReportProgress) -> Answer:
    """Request one page of calls; if the connection has no such list, say why."""
    request = _page_asked(arguments)
    as_of = in_words(datetime.now(UTC))
    try:
        page = await account.client.list_active_calls(arguments.connection_id, request)
    except (NotFound, InvalidRequest) as error:
        if isinstance(error, InvalidRequest) and not _says_there_is_no_list(error):
            raise
        row = await account.client.get_object(
            CONNECTIONS, CONNECTIONS.sources[0].path, arguments.connection_id
        )  # raises NotFound if there is none
        without = _no_list(record(CONNECTIONS, row.fields, row.lost))
        return Answer.of(ListActiveCallsResult(summary=without, calls=[], page={"size": request.size}, as_of=as_of))
    calls = sorted(page.items, key=lambda call: -(call.call_duration or 0))
    after = None if page.after is None else shown_cursor(page.after)
    if after is not None and account.client.cursor_history.is_cycle(arguments.connection_id, request.after, after):
        after = None

    def build(detail: Detail, count: int) -> ListActiveCallsResult:
        changed = Changes()
        page_info = _page_info(page, request, after)
        answer = ListActiveCallsResult(
            summary=_sentence(page, request, arguments.connection_id, page_info.get("unreachable"), count),
            calls=[_call(call, detail, changed.at(f"call {n}")) for n, call in enumerate(calls[:count], 1)],
            page=page_info,
            as_of=as_of,
        )
        if count < len(calls) or detail != arguments.detail:
            answer["shortened"] = (
                f"{count} of the {len(calls)} calls of this page"
                f"{', without client_state' if detail != arguments.detail else ''}, to keep the answer short; "
                "to see them all, use a smaller page.size."
            )
        if changes := changed.words():
            answer["changed"] = changes
        return answer

    return fit_to_budget(account.settings.max_answer_tokens, build, arguments.detail, len(calls))


TOOL: ReadTool = read_tool(
    list_active_calls,
    arguments=ListActiveCalls,
    result=ListActiveCallsResult,
    title="List active calls",
    description="Live calls of one connection (there is no list of all), longest first within the page.",
)


def in_time_words(seconds: int) -> str:
    """`1 h 2 min`, `2 min 5 s`, `40 s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _page_asked(arguments: ListActiveCalls) -> CallsPage:
    """The requested page. Raises `ArgumentError` if it is given twice, or by an invalid cursor."""
    request = arguments.page or CallsPage()
    if request.after is None:
        return request
    if request.number is not None:
        raise ArgumentError("Nothing was sent to Telnyx: give one of `page.number` and `page.after`, not both.")
    try:
        read_cursor(request.after)
    except ValueError:
        raise ArgumentError(
            "Nothing was sent to Telnyx: `page.after` must be exactly the one from the previous answer."
        ) from None
    return request


def _says_there_is_no_list(error: InvalidRequest) -> bool:
    """Whether Telnyx refused because of the connection: its words are "... Apps with valid webhook URL"."""
    return error.api_error is not None and "webhook" in error.api_error.detail.lower()


def _no_list(connection: Record) -> str:
    """Why a connection has no list of active calls."""
    known = named(CONNECTIONS, connection)
    kind, host = quoted(str(known["record_type"] or "unknown")), str(known["webhook_host"] or "no readable host")
    has = f"its webhook is at {quoted(host)}" if known["webhook_event_url"] else "it has no webhook URL"
    name = quoted(str(known["connection_name"] or ""))
    return (
        f"{name} is of type {kind}, {has}, and Telnyx has no list of active calls "
        "for it, only for Call Control and TeXML applications and SIP connections with a valid webhook_event_url."
    )


def _call(call: Call, detail: Detail, cleaner: Cleaner) -> dict[str, Any]:
    names = (*_IDS, *(("client_state",) if detail == "full" else ()))
    row: dict[str, Any] = {name: cleaner.text(text) for name in names if (text := getattr(call, name))}
    if call.call_duration is not None:
        row |= {"call_duration": call.call_duration, "duration": in_time_words(call.call_duration)}
    if detail == "full":
        others = fields_in_full(call.other or {}, cleaner)
        row |= {name: _typed(value) if name in _CALL["properties"] else value for name, value in others.items()}
    return row


def _typed(value: Any) -> str | int | float:
    """The value of a known field that is of another type than Telnyx documents: text, unless it is a number."""
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else compact_json(value)


def _page_info(page: Page[Call], request: CallsPage, after: str | None) -> dict[str, Any]:
    """The position of the page and how to continue, if possible; `after` is the cursor of the next page."""
    info: dict[str, Any] = {"size": page.size or request.size}
    if page.total_results is not None:
        info["total_results"] = page.total_results
    if request.after is None:
        info["number"] = page.number or request.number or 1
    if after is not None:
        info["after"] = after
    elif page.after is not None:
        info["unreachable"] = _no_way_by(page.after, request)
    elif request.after is None and (why := mismatch(page, request.number or 1, request.size, "calls")):
        info["unreachable"] = why
    elif request.after is None and (following := _following(page, info["number"], info["size"])):
        info["next"] = following
    elif page.goes_on:
        info["unreachable"] = "Telnyx did not say how to request it"
    return info


def _following(page: Page[Call], number: int, size: int) -> int | None:
    """The number of the next page, unless there is certainly none."""
    if page.next_number is not None:
        return page.next_number if page.next_number > number else None
    if page.total_results is not None:
        return number + 1 if page.total_results > number * size else None
    if page.total_pages is not None:
        return number + 1 if number < page.total_pages else None
    return number + 1 if _may_go_on(page, size) else None


def _may_go_on(page: Page[Call], size: int) -> bool:
    """Whether a page is full, and nothing says whether more follow."""
    ends = page.goes_on or page.total_results is not None or page.total_pages is not None
    return not ends and page.held >= size


def _sentence(page: Page[Call], request: CallsPage, connection_id: str, unreachable: str | None, shown: int) -> str:
    rest = f" INCOMPLETE: the rest cannot be read, because {unreachable}." if unreachable else ""
    rest += f" {page.why_no_total('calls')}, so there may be more." if page.is_miscounted else ""
    later = request.after is not None or (page.number or request.number or 1) > 1
    if not page.items:
        others = f"; there are {page.total_results} in total" if page.total_results else ""
        page_said = " on this page" if later or others else ""
        return f"No active calls{page_said} of connection {connection_id}{others}.{rest}"
    total = max(page.total_results or 0, len(page.items))
    untold = _may_go_on(page, page.size or request.size)
    more = ", more follow" if page.goes_on else ", more may follow" if untold else ""
    gaps = f"INCOMPLETE, {said}: " if (said := gaps_in_words(len(page.gaps), "calls")) else ""
    part = f"{shown} of " if shown < total else ""
    calls = f"{gaps}{part}{plural(total, 'active call')} of connection {connection_id}{more}"
    durations = [call.call_duration for call in page.items if call.call_duration is not None]
    if not durations:
        return f"{calls}.{rest}"
    some = later or page.goes_on or untold or total > len(page.items)
    return f"{calls}, the longest {'on this page ' if some else ''}first: {in_time_words(max(durations))}.{rest}"


def _no_way_by(after: str, request: CallsPage) -> str:
    """Why a cursor from Telnyx is not followed."""
    if (shown := shown_cursor(after)) is None:
        return f"Telnyx's cursor is longer than {LONGEST_CURSOR} characters, or cannot be sent"
    return f"Telnyx's cursor leads back to {'this page' if shown == request.after else 'an earlier page'}"
