"""What the pages of a list say of themselves, and where that cannot be: pure functions of pages.

The number of pages follows from how many connections Telnyx counts and how many the first page holds; the number of
pages that an answer names is compared with it, and decides nothing.
"""

from math import ceil
from typing import Any

from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.models import Page

PAGE_SIZE = 250
MAX_PAGES = 800
"""Of one reading, whatever an answer says: 200,000 connections."""


MAX_WEIGHT = 96 * 1024 * 1024
"""Bytes of memory, about, that the fleets of one account take together."""


class ContradictionError(Exception):
    """Pages that cannot be those of one list; the text says why."""


class NoRoom(TelnyxError):
    """More connections, or larger ones, than are kept of one account."""


def page_size(first: Page[Any]) -> int:
    """How many connections a full page has, as the first one shows."""
    return max(1, first.held) if (first.total_results or 0) > first.held else PAGE_SIZE


def pages_of(total: int, size: int) -> int:
    """How many pages of `size` hold `total` connections; one at least."""
    return max(1, ceil(total / size))


def is_counted_wrong(first: Page[Any]) -> bool:
    """Whether the first page holds more than there are in all, or fewer than it should: nothing follows from that."""
    held, total = first.held, first.total_results or 0
    return held > total or (held < min(total, PAGE_SIZE) and (held == 0 or held != first.size))


def expect_page(number: int, page: Page[str | None], first: Page[str | None]) -> None:
    """Raise `ContradictionError` where `page` came for the page `number` after the `first`, and cannot be that."""
    if page.number is not None and page.number != number:
        raise ContradictionError(f"page {number} was asked for and page {page.number} came")
    if any(page.items) and page.items == first.items:
        raise ContradictionError(f"page {number} holds the same connections as page 1, so page[number] is ignored")


def contradiction(page: Page[Any], size: int) -> str | None:
    """What a page says of the list that cannot be, where a full page has `size` connections."""
    if page.total_pages is None or page.total_results is None:
        return None
    possible = {pages_of(page.total_results, each) for each in (size, page.size or size, PAGE_SIZE)}
    if page.total_pages in possible or page.total_pages == page.total_results == 0:
        return None
    return f"Telnyx names {page.total_pages} pages for {page.total_results} connections"


def gaps_said(gaps: int, what: str) -> str:
    """That so many elements of a list of `what` could not be read, as a clause; empty where there are none."""
    if not gaps:
        return ""
    return f"{gaps} of the {what} that Telnyx listed {'was not an object' if gaps == 1 else 'were not objects'}"


def mismatch(page: Page[Any], number: int, size: int, what: str) -> str | None:
    """What shows that `page`, of so many of `what`, is not the page `number` of up to `size`; None where nothing does.

    Whoever went on from such a page by its number would lose what is between, or see it twice.
    """
    if page.number is not None and page.number != number:
        return f"page {number} was asked for and page {page.number} came"
    size, held, total = page.size or size, page.held, page.total_results or 0
    if held > size:
        return f"this page of {size} holds {held}"
    if held < min(size, total - (number - 1) * size):
        holds = f"holds {held} of up to {size}" if held else "is empty"
        return f"page {number} {holds} and Telnyx counts {total} {what}"
    return None
