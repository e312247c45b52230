"""`list_connections`: one page of the account's connections, as `GET /v2/connections` returns it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any, ClassVar, NamedTuple, NotRequired

from pydantic import Field, field_validator
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.rows import ConnectionRow, shown_row
from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.answers.wording import filter_words, order, plural, type_counts
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.paging import contradiction, gaps_in_words, mismatch
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.record import Record, Recorder, named
from telnyx_connections_mcp.inventory.selection import Test, selected, tests_of, verdict
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.query import choices
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, ListFilter, PageRequest, Parameters
from telnyx_connections_mcp.telnyx.rows import Row
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread


class ListConnections(Parameters):
    """The arguments: `filter`, `page` and `sort` of the API, `fields` and `detail` of ours."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        **{
            name: f"search_connections sorts by {name}"
            for name in set(CONNECTIONS.sort).difference(CONNECTIONS.sent_sort)
        },
        "where": "search_connections has `where`",
        "limit": "did you mean `page.size`?",
        **{
            name: f"search_connections has `where.{name}`"
            for name in CONNECTIONS.conditions.keys() - ConnectionFilter.model_fields.keys()
        },
    }

    filter: Annotated[
        ListFilter | None,
        Field(
            description="Conditions that must all hold; leave out for every connection. "
            'E.g. {"connection_name": {"contains": "acme"}}.',
        ),
    ] = None
    page: Annotated[PageRequest | None, Field(description="Which part of the list.")] = None
    sort: Annotated[
        Annotated[str, choices.sent_order(CONNECTIONS)] | None,
        Field(description="Order, - for descending. Default: newest first."),
    ] = None
    detail: Annotated[
        Detail, Field(description="Default summary. full: every API field, exact times, masked webhook URLs.")
    ] = "summary"
    fields: Annotated[
        list[Annotated[str, choices.shown_field(CONNECTIONS)]] | None,
        Field(description="Only these, as in full rows; null: not set."),
    ] = None

    @field_validator("fields")
    @classmethod
    def _each_once(cls, names: list[str] | None) -> list[str] | None:
        return list(dict.fromkeys(names)) if names else names


class PageInfo(TypedDict):
    """The position of the page; numbers that Telnyx did not state are absent, and so is `next` on the last page."""

    number: int
    size: int
    total_pages: NotRequired[int]
    total_results: NotRequired[int]
    next: NotRequired[int]


class ListConnectionsResult(TypedDict):
    """The answer."""

    summary: str
    connections: Annotated[
        list[ConnectionRow],
        Field(
            description="API field names. Summaries leave out what is not set and the anchor site Latency; their "
            "times are UTC days, webhook_host is the host of webhook_event_url, webhook_failover_host of the failover."
        ),
    ]
    page: PageInfo
    as_of: Annotated[str, Field(description="When this was read, UTC.")]
    shortened: Annotated[NotRequired[str], Field(description="What was left out to keep the answer short.")]
    changed: Annotated[NotRequired[str], Field(description="What cleaning and masking changed in the texts above.")]


class _Item(NamedTuple):
    """A connection of the page, and whether the filter selects it."""

    record: Record
    verdict: bool | None


async def list_connections(arguments: ListConnections, account: AccountContext, _: ReportProgress) -> Answer:
    """Request one page and describe it."""
    request = arguments.page or PageRequest()
    as_of = in_words(datetime.now(UTC))
    tests = tests_of(arguments.filter)
    received = await account.client.list_connections(
        CONNECTIONS, arguments.filter, request, arguments.sort, lambda row: row
    )
    page = await in_worker_thread(lambda: _read(received, tests), len(received.items))
    wrong = _contradiction(page, request)
    wanted: Detail = "summary" if arguments.fields else arguments.detail  # chosen fields have no other detail

    def build(detail: Detail, count: int) -> ListConnectionsResult:
        part = _first_of(page, request, count)
        changed = Changes()
        rows = [
            shown_row(CONNECTIONS, item.record, detail, changed.row(item.record.values[0], number), arguments.fields)
            for number, item in enumerate(part.items, 1)
        ]
        page_info = _page_info(part, request, wrong)
        answer = ListConnectionsResult(
            summary=_incomplete(part) + wrong + _sentence(part, page_info, arguments),
            connections=rows,
            page=page_info,
            as_of=as_of,
        )
        if part is not page or detail != wanted:
            answer["shortened"] = _shortened(detail, wanted, page_info)
        if changes := changed.words():
            answer["changed"] = changes
        return answer

    return fit_to_budget(account.settings.max_answer_tokens, build, wanted, len(page.items))


TOOL: ReadTool = read_tool(
    list_connections,
    arguments=ListConnections,
    result=ListConnectionsResult,
    title="List connections",
    description=(
        "One page of the voice connections of the Telnyx account (SIP trunks, Call Control, TeXML and fax "
        "applications, ...), with filter, page and sort of Telnyx GET /v2/connections. `summary` says which part "
        "of how many; `page.next` is the next page."
    ),
)


def _read(page: Page[Row], tests: Sequence[Test]) -> Page[_Item]:
    records = Recorder(CONNECTIONS).records(page.items)
    verdicts = (verdict(row.fields, tests) for row in page.items)
    like: Page[Any] = page
    return replace(like, items=list(map(_Item, records, verdicts)))


def _first_of(page: Page[_Item], request: PageRequest, count: int) -> Page[_Item]:
    """The beginning of `page`, as a smaller page with up to `count` of its rows.

    The size divides what comes before, so that going on by `page` neither loses nor repeats a row.
    """
    number, size = page.number or request.number, page.size or request.size
    before = (number - 1) * size
    if count >= len(page.items):
        return page
    smaller = next(size for size in range(count, 0, -1) if before % size == 0)
    gaps = tuple(position for position in page.gaps if position < smaller)
    return Page(
        items=page.items[: smaller - len(gaps)],
        gaps=gaps,
        is_miscounted=page.is_miscounted,
        number=before // smaller + 1,
        size=smaller,
        total_pages=None if page.total_results is None else ceil(page.total_results / smaller),
        total_results=page.total_results,
    )


def _shortened(detail: Detail, requested: Detail, page_info: PageInfo) -> str:
    what = "summaries instead of full rows" if detail != requested else "fewer rows than requested"
    return f"{what}, to keep the answer short; continue with page.size {page_info['size']} and page.next."


def _contradiction(page: Page[_Item], request: PageRequest) -> str:
    """A sentence about contradictions in the page's numbers; empty if there are none."""
    why = mismatch(page, request.number, request.size, "connections") or contradiction(
        page, page.size or request.size, "connections"
    )
    return f"Caution, {why}: what follows is unknown, but search_connections reads every page. " if why else ""


def _page_info(page: Page[_Item], request: PageRequest, wrong: str) -> PageInfo:
    info = PageInfo(number=page.number or request.number, size=page.size or request.size)
    if page.total_pages is not None and not wrong:
        info["total_pages"] = page.total_pages
    if page.total_results is not None:
        info["total_results"] = page.total_results
    more = page.held >= info["size"] if page.total_pages is None else info["number"] < page.total_pages
    if more and not wrong:
        info["next"] = info["number"] + 1
    return info


def _incomplete(page: Page[Any]) -> str:
    """How many rows of the page could not be read, to begin the summary; empty where all could."""
    gaps = gaps_in_words(len(page.gaps), "connections")
    return f"INCOMPLETE, {gaps}: " if gaps else ""


def _sentence(page: Page[_Item], page_info: PageInfo, arguments: ListConnections) -> str:
    """Which part of how many, in which order, and what it contains; without connections, what to try."""
    filtered = filter_words(arguments.filter)
    if not page.items:
        return _nothing(page, page_info, filtered)
    unasked = selected([item.verdict for item in page.items]).count(False)
    ignored = (
        f"{unasked} of these {'does' if unasked == 1 else 'do'} not match, because something ignored the filter: "
        if unasked
        else ""
    )
    first = (page_info["number"] - 1) * page_info["size"] + 1
    last = first + page.held - 1
    total = page_info.get("total_results")
    if total is None:
        why = f" ({page.why_no_total('connections')})" if page.is_miscounted else ""
        part = f"Page {page_info['number']}, {plural(len(page.items), 'connection')} of an unknown total{why}"
    elif last > total:
        part = f"{len(page.items)} of {plural(total, 'connection')}"
    else:
        part = f"Connections {first} to {last} of {total}"
    return f"{ignored}{part}{filtered}, {order(CONNECTIONS, arguments.sort)}: {_kinds(page.items)}."


def _kinds(items: Sequence[_Item]) -> str:
    rows = [named(CONNECTIONS, item.record) for item in items]
    active = Counter(None if row["active"] is None else bool(row["active"]) for row in rows)
    return type_counts(active, Counter(text if isinstance(text := row["record_type"], str) else None for row in rows))


def _nothing(page: Page[_Item], page_info: PageInfo, filtered: str) -> str:
    total, pages = page_info.get("total_results"), page_info.get("total_pages")
    if total:
        reach = f"page 1 to {pages}" if pages and pages > 1 else "page 1"
        return (
            f"Page {page_info['number']} is beyond the last: {plural(total, 'connection')}{filtered} in pages of "
            f"{page_info['size']}; ask for {reach}."
        )
    if total is None and (page_info["number"] > 1 or page.is_miscounted):
        return f"No connections{filtered} on page {page_info['number']}; {page.why_no_total('connections')}."
    if not filtered:
        return "This account has no connections, or none that this API key may see."
    return (
        f"No connection{filtered}. Try a shorter part of the name, check the spelling of an FQDN (case counts) or "
        "the voice profile id, or leave the filter out."
    )
