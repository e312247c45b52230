"""What the pages of a list say about themselves, and contradictions in that: pure functions of pages.

The number of pages follows from how many connections Telnyx counts and how many the first page holds; the number of
pages that an answer names is compared with it, and decides nothing.
"""

from math import ceil
from typing import Any

from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.models import Page

PAGE_SIZE = 250
MAX_PAGES = 800
"""Most pages of a fetch, whatever a response says: 200,000 connections."""


MAX_WEIGHT = 96 * 1024 * 1024
"""Most memory for the snapshots of one account together, in bytes."""


class InconsistentPagesError(Exception):
    """Pages that cannot belong to one list; the text says why."""


class NoRoom(TelnyxError):
    """The account's connections need more memory than is allowed."""


def page_size(first: Page[Any]) -> int:
    """The size of a full page, from the first one."""
    return max(1, first.held) if (first.total_results or 0) > first.held else PAGE_SIZE


def pages_of(total: int, size: int) -> int:
    """Pages of `size` for `total` connections; at least one."""
    return max(1, ceil(total / size))


def is_counted_wrong(first: Page[Any]) -> bool:
    """Whether the first page has more connections than the count says, or too few: then the count is useless."""
    held, total = first.held, first.total_results or 0
    return held > total or (held < min(total, PAGE_SIZE) and (held == 0 or held != first.size))


def require_page(number: int, page: Page[str | None], first: Page[str | None], what: str) -> None:
    """Raise `InconsistentPagesError` if `page` cannot be the page `number` of the list that begins with `first`."""
    if page.number is not None and page.number != number:
        raise InconsistentPagesError(f"page {number} was requested, but page {page.number} came")
    if any(page.items) and page.items == first.items:
        raise InconsistentPagesError(f"page {number} has the same {what} as page 1, so page[number] is ignored")


def contradiction(page: Page[Any], size: int, what: str) -> str | None:
    """What is contradictory in what a page says about its list, if a full page has `size` `what`."""
    if page.total_pages is None or page.total_results is None:
        return None
    possible = {pages_of(page.total_results, each) for each in (size, page.size or size, PAGE_SIZE)}
    if page.total_pages in possible or page.total_pages == page.total_results == 0:
        return None
    return f"Telnyx reports {page.total_pages} pages for {page.total_results} {what}"


def gaps_in_words(gaps: int, what: str) -> str:
    """A clause that says how many elements of a list of `what` were unreadable; empty if none."""
    if not gaps:
        return ""
    return f"{gaps} of the {what} that Telnyx listed {'was not an object' if gaps == 1 else 'were not objects'}"


def mismatch(page: Page[Any], number: int, size: int, what: str) -> str | None:
    """Why `page` cannot be the page `number` of up to `size` `what`; None if it can.

    Going on by number from such a page would skip rows or show them twice.
    """
    if page.number is not None and page.number != number:
        return f"page {number} was requested, but page {page.number} came"
    size, held, total = page.size or size, page.held, page.total_results or 0
    if held > size:
        return f"this page of {size} has {held}"
    if held < min(size, total - (number - 1) * size):
        holds = f"has {held} of up to {size}" if held else "is empty"
        return f"page {number} {holds}, but Telnyx counts {total} {what}"
    return None
