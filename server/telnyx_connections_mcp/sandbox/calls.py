"""Pages of live calls: by cursor, as Telnyx describes them, or by number, as its SDKs ask for them."""

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.queries import (
    LIMIT,
    NUMBER,
    SIZE,
    BadParameterError,
    once,
    page_number,
    page_of,
    page_size,
)

AFTER, BEFORE = "page[after]", "page[before]"
DEFAULT_LIMIT = 20
_NOT_GIVEN = "null"  # the documented default of both cursors, a string


def page_of_calls(
    calls: Sequence[Row], pairs: Sequence[tuple[str, str]], path: str
) -> tuple[list[Row], dict[str, Any]]:
    """The page of `calls` that the query asks for, and its `meta`; `path` is where the list is.

    It is numbered if a number is requested; otherwise it has cursors. Raises `BadParameterError`.
    """
    parameters = once(pairs, (AFTER, BEFORE, LIMIT, SIZE, NUMBER))
    parameters = {
        name: value for name, value in parameters.items() if value != _NOT_GIVEN or name not in (AFTER, BEFORE)
    }
    first, *others = [name for name in (NUMBER, AFTER, BEFORE) if name in parameters] or [AFTER]
    if others:
        raise BadParameterError(others[0], f"cannot be combined with {first}")
    if first == NUMBER:
        return page_of(
            calls, page_number(parameters), page_size(parameters, SIZE, page_size(parameters, LIMIT, DEFAULT_LIMIT))
        )
    return _by_cursor(calls, parameters, page_size(parameters, LIMIT, page_size(parameters, SIZE, DEFAULT_LIMIT)), path)


def _by_cursor(
    calls: Sequence[Row], parameters: Mapping[str, str], length: int, path: str
) -> tuple[list[Row], dict[str, Any]]:
    if BEFORE in parameters:
        end = _position(BEFORE, parameters[BEFORE])
        start = max(0, end - length)
    else:
        start = _position(AFTER, parameters[AFTER]) if AFTER in parameters else 0
        end = start + length
    meta: dict[str, Any] = {"cursors": {}, "total_items": len(calls)}
    if end < len(calls):
        meta["cursors"]["after"] = cursor(end)
        meta["next"] = f"{path}?{AFTER}={cursor(end)}"
    if start > 0:
        meta["cursors"]["before"] = cursor(start)
        meta["previous"] = f"{path}?{BEFORE}={cursor(start)}"
    return list(calls[start:end]), meta


def cursor(position: int) -> str:
    """The opaque cursor of the call at `position`."""
    return "v1:" + base64.urlsafe_b64encode(f"call{position:08d}".encode()).decode()


def _position(name: str, text: str) -> int:
    with suppress(ValueError):
        digits = base64.urlsafe_b64decode(text.removeprefix("v1:").encode()).removeprefix(b"call")
        if digits.isdigit() and cursor(int(digits)) == text:
            return int(digits)
    raise BadParameterError(name, "is not a cursor of this list")


def one_of_many(answer: dict[str, Any], _: Mapping[str, str]) -> dict[str, Any]:
    """A response with one call of 50 that says that more follow, but not how to request them."""
    return {"data": answer["data"][:1], "meta": {"total_items": 50, "next": "more"}}


def by_path(answer: dict[str, Any], _: Mapping[str, str]) -> dict[str, Any]:
    """A response that names its next page by a path alone."""
    return answer | {"meta": {name: value for name, value in answer["meta"].items() if name != "cursors"}}


def in_circles(answer: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """A response whose next page is itself."""
    return answer | {"meta": {"cursors": {"after": query.get(AFTER, cursor(0))}}}


def led_by(mark: str) -> Callable[[dict[str, Any], Mapping[str, str]], dict[str, Any]]:
    """Responses whose cursors begin with `mark`, which a request must repeat: see `without_mark`."""

    def change(answer: dict[str, Any], _: Mapping[str, str]) -> dict[str, Any]:
        after = answer["meta"]["cursors"].get("after")
        return answer | {"meta": {"cursors": {"after": mark + after} if after else {}}}

    return change


def without_mark(mark: str, query: Mapping[str, str]) -> dict[str, str]:
    """`query` with `mark` removed from its cursor; a cursor without it is invalid."""
    if AFTER not in query:
        return dict(query)
    return dict(query) | {AFTER: query[AFTER].removeprefix(mark) if query[AFTER].startswith(mark) else "none"}
