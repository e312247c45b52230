"""Faults on demand: what a network, a proxy, a limit or a changed API may do to an answer.

A fault is named by `NAME` or `NAME=VALUE`, for every request (`create_app(fault=...)`) or for one, by its path:
`/fault/SPEC/v2/connections`. So any client meets a fault through its base URL.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import anyio
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.sandbox import hostile
from telnyx_connections_mcp.sandbox.changed_faults import CALL_FAULTS, Serve, asked_as, body_of, unfiltered
from telnyx_connections_mcp.sandbox.foreign_faults import FOREIGN
from telnyx_connections_mcp.sandbox.path_faults import moved_mobile, only_at
from telnyx_connections_mcp.sandbox.queries import NUMBER
from telnyx_connections_mcp.sandbox.responses import error_answer, pointer_to

LONGEST_STALL = 120.0
HUGE = 17 * 1024 * 1024
BOMB = 80

MOVED = "telnyx_connections_mcp.moved"
"""Key in the scope: by how many objects the list has grown or, if negative, shrunk."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault: what it does, in words and code; `counted` ones stop after VALUE requests."""

    meaning: str
    serve: Serve
    counted: bool = False
    default: float = 0.0
    moves: int = 0
    """By how many objects a list changes with each request for it after the first, VALUE times."""
    reads: Callable[[str], Serve] | None = None
    """How the fault responds, if VALUE is text."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as requested."""

    spec: str
    kind: FaultKind
    value: float | None


def read_fault(spec: str) -> Fault:
    """The fault named by `NAME` or `NAME=VALUE`. Raises `ValueError`, which lists the names."""
    name, equals, text = spec.partition("=")
    kind = FAULTS.get(name)
    if kind is None:
        raise ValueError(f"unknown fault {name!r}; the faults are {', '.join(FAULTS)}")
    if kind.reads is not None:
        return Fault(spec, replace(kind, serve=kind.reads(text)), None)
    try:
        value = float(text) if equals else None
    except ValueError:
        raise ValueError(f"the fault {name} takes a number, not {text!r}") from None
    return Fault(spec, kind, value)


class FaultMiddleware:
    """Applies a fault to requests: always the same one, or the one that the path names."""

    def __init__(self, api: ASGIApp, fault: Fault | None = None) -> None:
        self._api = api
        self._fault = fault
        self._seen: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or let the fault respond."""
        try:
            fault = self._fault or read_fault(unquote(scope["path_params"]["spec"]))
        except ValueError as error:
            await error_answer(400, "10015", f"In the sandbox {error}")(scope, receive, send)
            return
        if fault.kind.counted and fault.value is not None:
            self._seen[fault.spec] += 1
            if self._seen[fault.spec] > fault.value:
                self._seen[fault.spec] = 0
                await self._api(scope, receive, send)
                return
        value = fault.kind.default if fault.value is None else fault.value
        if fault.kind.moves:  # each list by itself
            seen = f"{fault.spec} {scope['path']}"
            scope[MOVED] = fault.kind.moves * int(min(self._seen[seen], value))
            self._seen[seen] += 1
        await fault.kind.serve(self._api, value, scope, receive, send)


def _instead(answer: Response) -> Serve:
    """Respond with this to every request."""

    async def serve(_: ASGIApp, __: float, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(scope, receive, send)

    return serve


def _changed(change: Callable[[dict[str, Any]], Any]) -> Serve:
    """Respond with the correct JSON, changed."""

    async def serve(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
        answer = json.loads(await body_of(api, scope, receive))
        await Response(json.dumps(change(answer)), media_type="application/json")(scope, receive, send)

    return serve


def _rewritten(rewrite: Callable[[dict[str, Any], float], bytes]) -> Serve:
    """Respond with bytes made from the correct JSON."""

    async def serve(api: ASGIApp, value: float, scope: Scope, receive: Receive, send: Send) -> None:
        answer = json.loads(await body_of(api, scope, receive))
        if "data" in answer:
            body = rewrite(answer, value)
        elif "errors" in answer:
            body = json.dumps(answer).encode()
        else:  # the object is the whole response
            body = rewrite({"data": answer}, value).removeprefix(b'{"data":').removesuffix(b"}")
        await Response(body, media_type="application/json")(scope, receive, send)

    return serve


async def _slow(api: ASGIApp, seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
    await anyio.sleep(seconds)
    await api(scope, receive, send)


async def _half(api: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Announce the whole response, and send the first half of it."""
    body = await body_of(api, scope, receive)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _stall(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
    await _half(api, scope, receive, send)
    with anyio.move_on_after(LONGEST_STALL):
        while (await receive())["type"] != "http.disconnect":
            pass


async def _reset(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
    await _half(api, scope, receive, send)  # a server closes a connection whose answer stays incomplete


async def _pass(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
    await api(scope, receive, send)


async def _fail_page(api: ASGIApp, page: float, scope: Scope, receive: Receive, send: Send) -> None:
    page_asked = dict(parse_qsl(scope["query_string"].decode())).get(NUMBER)
    answer = error_answer(500, "10007", "Unexpected error")
    await (answer if page_asked == f"{page:g}" else api)(scope, receive, send)


async def _ignores_page(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
    """The first page, whatever page is requested, without meta."""
    query = dict(parse_qsl(scope["query_string"].decode()))
    first = dict(scope) | {"query_string": urlencode(query | {"page[number]": "1"}).encode() if query else b""}
    answer = json.loads(await body_of(api, first, receive))
    await Response(json.dumps(_without_meta(answer)), 200 if "data" in answer else 404)(scope, receive, send)


async def _truncated(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
    body = await body_of(api, scope, receive)
    await Response(body[: len(body) // 2], media_type="application/json")(scope, receive, send)


async def _huge(_: ASGIApp, __: float, ___: Scope, ____: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    for _sent in range(0, HUGE, 65536):
        await send({"type": "http.response.body", "body": b" " * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b"{}"})


async def _bomb(_: ASGIApp, __: float, scope: Scope, receive: Receive, send: Send) -> None:
    packed = hostile.bomb(BOMB)
    await Response(packed, headers={"content-encoding": "gzip"}, media_type="application/json")(scope, receive, send)


def _without_meta(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "meta"}


def _another(answer: dict[str, Any]) -> dict[str, Any]:
    one = answer.get("data")
    return answer | {"data": one | {"id": "1"}} if isinstance(one, dict) and "id" in one else answer


def _each_row(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change_rows(answer: dict[str, Any]) -> dict[str, Any]:
        if "data" not in answer:
            return change(answer)
        data = answer["data"]
        return answer | {"data": [change(row) for row in data] if isinstance(data, list) else change(data)}

    return change_rows


def _nulls(row: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(row, None) | {"id": row.get("id")}


def _unknown(row: dict[str, Any]) -> dict[str, Any]:
    new = {"record_type": "quantum_connection", "anchorsite_override": "Moon", "webhook_api_version": "3"}
    return row | new | {"new_field": {"depth": [1, "two"]}, "active": "sometimes"}


def _rate_limited(headers: Mapping[str, str]) -> Response:
    return error_answer(429, "10011", "You have exceeded the maximum number of allowed requests", headers=dict(headers))


def _retry_after(value: str) -> Serve:
    return _instead(_rate_limited({"Retry-After": value.encode("latin-1", "replace").decode("latin-1")}))


async def _reset_epoch(_: ASGIApp, seconds: float, scope: Scope, receive: Receive, send: Send) -> None:
    reset = str(int(time.time() + seconds))
    await _rate_limited({"x-ratelimit-reset": reset})(scope, receive, send)


_FORBIDDEN = error_answer(403, "10010", "You lack a permission")
_NOT_FOUND = error_answer(404, "10005", "The requested resource or URL could not be found")
_HTML = "<html><body><h1>502 Bad Gateway</h1></body></html>"

FAULTS: dict[str, FaultKind] = {
    "401": FaultKind("the key is refused", _instead(error_answer(401, "10009", "The API key was revoked"))),
    "403": FaultKind("the key is not allowed to do this", _instead(_FORBIDDEN)),
    "forbidden": FaultKind(
        "the key is not allowed to read =PATHS, separated by commas", _pass, reads=only_at(_FORBIDDEN)
    ),
    "missing": FaultKind("an API without =PATHS, separated by commas", _pass, reads=only_at(_NOT_FOUND)),
    "moved-mobile": FaultKind("/mobile_voice_connections in place of /v2/mobile_voice_connections", moved_mobile),
    "404": FaultKind("no such resource", _instead(error_answer(404, "10005", "The resource could not be found"))),
    "422": FaultKind(
        "a parameter is invalid", _instead(error_answer(422, "10015", "is invalid", source=pointer_to("filter[fqdn]")))
    ),
    "429": FaultKind("rate limit, =K times", _instead(_rate_limited({"x-ratelimit-reset": "1"})), counted=True),
    "429-wait": FaultKind("rate limit for ten minutes", _instead(_rate_limited({"Retry-After": "600"}))),
    "retry-after": FaultKind("rate limit with Retry-After: =VALUE", _pass, reads=_retry_after),
    "reset-epoch": FaultKind("rate limit whose reset is an epoch, =SECONDS ahead", _reset_epoch, default=30.0),
    "429-silent": FaultKind("rate limit that gives no time", _instead(_rate_limited({}))),
    "500": FaultKind("server error, =K times", _instead(error_answer(500, "10007", "Unexpected error")), counted=True),
    "503": FaultKind("out of service, =K times", _instead(error_answer(503, "10007", "Try later")), counted=True),
    "html-502": FaultKind("an error page of a proxy", _instead(Response(_HTML, 502, media_type="text/html"))),
    "520": FaultKind("an error of a CDN, =K times", _instead(Response("error code: 520", 520)), counted=True),
    **{name: FaultKind(meaning, _instead(answer)) for name, (meaning, answer) in FOREIGN.items()},
    "slow": FaultKind("=SECONDS before each response", _slow, default=2.0),
    "stall": FaultKind("half a response, then silence", _stall),
    "reset": FaultKind("half a response, then the connection is closed", _reset),
    "truncated": FaultKind("half of the JSON as the complete response", _truncated),
    "not-json": FaultKind("text", _instead(Response("Hello.", media_type="text/plain"))),
    "shrinks": FaultKind("=K objects of a list are deleted, oldest first, one per request", _pass, default=1, moves=-1),
    "grows": FaultKind("=K objects of a list are created, one per request", _pass, default=1, moves=1),
    "fail-page": FaultKind("page =N of a list is a server error", _fail_page, default=2.0),
    "no-count": FaultKind("an API without /connections/count", only_at(_NOT_FOUND)("connections/count")),
    **{name: FaultKind(meaning, serve) for name, (meaning, serve) in CALL_FAULTS.items()},
    "ignores-filter": FaultKind("lists contain all objects, whatever the filter", asked_as("", unfiltered)),
    "wrong-id": FaultKind("a request for one object returns another", _changed(_another)),
    "no-id": FaultKind("objects have no id", _changed(_each_row(lambda row: row | {"id": None}))),
    "empty": FaultKind("an empty body", _instead(Response(b""))),
    "wrong-shape": FaultKind("data is not a list", _changed(lambda answer: answer | {"data": 7})),
    "no-meta": FaultKind("a response without meta", _changed(_without_meta)),
    "null-fields": FaultKind("every field but the id is null", _changed(_each_row(_nulls))),
    "unknown-fields": FaultKind("new fields, types and values", _changed(_each_row(_unknown))),
    "huge": FaultKind("17 MiB", _huge),
    "gzip-bomb": FaultKind("80 KiB that decompress to 80 MiB", _bomb),
    "total-pages": FaultKind("meta says =N pages", _rewritten(hostile.total_pages), default=64_000_000),
    "total-results": FaultKind("meta says =N objects", _rewritten(hostile.total_results), default=2_000_000_000),
    "long-total": FaultKind("meta says a number of objects with 400 digits", _rewritten(hostile.long_total)),
    "ignores-page": FaultKind("always the first page, without meta", _ignores_page),
    "big-row": FaultKind("300,000 tags, a name of 1 MB and 4,096 new fields on one row", _rewritten(hostile.big_row)),
    "deep": FaultKind("=N levels of nesting in one row", _rewritten(hostile.deep), default=1000),
    "nan": FaultKind("NaN, -Infinity and 1e400 in one row", _rewritten(hostile.no_numbers)),
    "half-surrogate": FaultKind("half of a surrogate pair in one name", _rewritten(hostile.half_surrogate)),
    "latin-1": FaultKind("a byte of Latin-1 in one name", _rewritten(hostile.latin_1)),
    "big-pages": FaultKind("responses of =N MiB", _rewritten(hostile.big_pages), default=15),
    "redirect": FaultKind(
        "a redirect to another host",
        _instead(Response(status_code=302, headers={"location": "https://elsewhere.example/"})),
    ),
}
