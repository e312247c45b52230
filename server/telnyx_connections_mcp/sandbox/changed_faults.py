"""Faults of the API itself: other requests, or changed responses."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.sandbox.calls import AFTER, BEFORE, by_path, in_circles, led_by, one_of_many, without_mark
from telnyx_connections_mcp.sandbox.queries import NUMBER
from telnyx_connections_mcp.sandbox.responses import json_answer

Serve = Callable[[ASGIApp, float, Scope, Receive, Send], Awaitable[None]]
"""How a fault responds to a request; it gets the fault's value, if it has one."""


async def body_of(api: ASGIApp, scope: Scope, receive: Receive) -> bytes:
    """The body of the API's response."""
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        parts.append(message.get("body", b""))

    await api(scope, receive, collect)
    return b"".join(parts)


def asked_as(end: str, change: Callable[[dict[str, str]], dict[str, str]]) -> Serve:
    """Respond to requests for paths with this ending as if they had another query."""

    async def serve(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith(end):
            query = change(dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)))
            scope = dict(scope) | {"query_string": urlencode(query).encode()}
        await api(scope, receive, send)

    return serve


def unfiltered(query: dict[str, str]) -> dict[str, str]:
    """The query without its filters."""
    return {name: value for name, value in query.items() if not name.startswith("filter")}


def _unnumbered(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name != NUMBER}


def _numbered(query: dict[str, str]) -> dict[str, str]:
    return {NUMBER: "1"} | {name: value for name, value in query.items() if name not in (AFTER, BEFORE)}


def _calls_changed(change: Callable[[dict[str, Any], Mapping[str, str]], dict[str, Any]], mark: str = "") -> Serve:
    """Respond to requests for active calls with the page by cursor, changed; `mark` identifies their cursors."""

    async def serve(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].endswith("/active_calls"):
            await api(scope, receive, send)
            return
        asked = _unnumbered(dict(parse_qsl(scope["query_string"].decode())))
        query = urlencode(without_mark(mark, asked)).encode()
        answer = json.loads(await body_of(api, dict(scope) | {"query_string": query}, receive))
        found = "data" in answer
        await json_answer(change(answer, asked) if found else answer, 200 if found else 422)(scope, receive, send)

    return serve


_ODD = "\x1b[31m\u202e "
_LONG = "x" * 1_000_000

CALL_FAULTS: Mapping[str, tuple[str, Serve]] = {
    "cursor-calls": ("active calls are paged by cursor, whatever the request", asked_as("/active_calls", _unnumbered)),
    "numbered-calls": ("active calls are paged by number, whatever the request", asked_as("/active_calls", _numbered)),
    "odd-cursor": ("cursors of active calls contain control characters", _calls_changed(led_by(_ODD), _ODD)),
    "long-cursor": ("cursors of active calls are a megabyte long", _calls_changed(led_by(_LONG), _LONG)),
    "cursor-repeats": ("the cursor of a page of active calls leads back to that page", _calls_changed(in_circles)),
    "next-path": ("only a path leads to more active calls", _calls_changed(by_path)),
    "one-of-50": ("one active call of 50, and no way to the others", _calls_changed(one_of_many)),
}
"""Faults of the lists of active calls, by name: in words and in code."""
