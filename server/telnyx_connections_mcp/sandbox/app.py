"""The sandbox as an ASGI application: the four GET endpoints below `/v2`, and faults below `/fault/SPEC/v2`."""

import hmac
from collections import Counter
from collections.abc import Awaitable, Callable
from math import ceil
from time import monotonic
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.calls import page_of_calls
from telnyx_connections_mcp.sandbox.cases import RECORD_TYPES, has_calls
from telnyx_connections_mcp.sandbox.faults import MOVED, FaultMiddleware, read_fault
from telnyx_connections_mcp.sandbox.fleet import Account, create_fleet
from telnyx_connections_mcp.sandbox.queries import BadParameterError, Directory, once, page_of, read_query
from telnyx_connections_mcp.sandbox.responses import error_answer, json_answer, pointer_to

RATE_LIMIT = 100_000
WINDOW_SECONDS = 60.0
_COUNTED_AS = {"fax_application": "fax_connections"}


def create_app(*, size: int = 55, seed: int = 0, fault: str | None = None, rate_limit: str | None = None) -> Starlette:
    """The API over the fleet of `size` and `seed`; with `fault`, every request meets that fault.

    `rate_limit` is `REQUESTS/SECONDS`: more requests within that window are refused; by default there is no limit.
    Raises `ValueError` for a size, a fault or a limit that there is not.
    """
    limit = (RATE_LIMIT, WINDOW_SECONDS) if rate_limit is None else read_rate_limit(rate_limit)
    fleet = AuthenticationMiddleware(_api(create_fleet(size=size, seed=seed)))
    api = RateLimitMiddleware(fleet, *limit, refuses=rate_limit is not None)
    plain: ASGIApp = api if fault is None else FaultMiddleware(api, read_fault(fault))
    return Starlette(routes=[Mount("/v2", app=plain), Mount("/fault/{spec}/v2", app=FaultMiddleware(api))])


def _api(fleet: Account) -> ASGIApp:
    directory = Directory(fleet)
    by_id = {row["id"]: row for row in fleet.connections}

    async def list_connections(request: Request) -> Response:
        query = read_query(request.query_params.multi_items())
        rows, meta = page_of(directory.select(query, request.scope.get(MOVED, 0)), query.number, query.size)
        return json_answer({"data": rows, "meta": meta})

    async def count_connections(request: Request) -> Response:
        once(request.query_params.multi_items(), ())
        return json_answer({"data": counts_of(fleet)})

    async def get_connection(request: Request) -> Response:
        once(request.query_params.multi_items(), ())
        row = by_id.get(request.path_params["id"])
        return _not_found() if row is None else json_answer({"data": row})

    async def list_active_calls(request: Request) -> Response:
        row = by_id.get(request.path_params["id"])
        if row is None:
            return _not_found()
        return _calls_answer(fleet.calls.get(row["id"], []), request) if has_calls(row) else _without_calls()

    return Starlette(
        routes=[
            Route("/connections", _get(list_connections)),
            Route("/connections/count", _get(count_connections)),
            Route("/connections/{id}", _get(get_connection)),
            Route("/connections/{id}/active_calls", _get(list_active_calls)),
        ],
        exception_handlers={HTTPException: _refused, BadParameterError: _bad_parameter},
    )


def counts_of(fleet: Account) -> dict[str, Any]:
    """The `data` of the counts: every kind, including those of which the account has none."""
    kinds = Counter(row["record_type"] for row in fleet.connections)
    counts = {_COUNTED_AS.get(kind, f"{kind}s"): kinds[kind] for kind in RECORD_TYPES}
    return {
        "record_type": "connection_counts",
        "counts": counts,
        "limits": {"global_limit": len(fleet.connections) + 45},
    }


Endpoint = Callable[[Request], Awaitable[Response]]


def _get(endpoint: Endpoint) -> Endpoint:
    """`endpoint` for GET alone: not even HEAD, which Starlette would add."""

    async def only_get(request: Request) -> Response:
        if request.method != "GET":
            return error_answer(405, "10015", "Only GET is allowed here", headers={"Allow": "GET"})
        return await endpoint(request)

    return only_get


def _not_found() -> Response:
    return error_answer(404, "10005", "The requested resource or URL could not be found")


def _calls_answer(calls: list[dict[str, Any]], request: Request) -> Response:
    try:
        part, meta = page_of_calls(calls, request.query_params.multi_items(), request.url.path)
    except BadParameterError as error:
        source = pointer_to(error.parameter) | {"parameter": error.parameter}
        return error_answer(422, "10015", f"The parameter {error}", source=source)
    return json_answer({"data": part, "meta": meta})


def _without_calls() -> Response:
    detail = "There is no list of calls for this connection. Only Call Control Apps with valid webhook URL have one"
    return error_answer(422, "10015", detail, source=pointer_to("connection_id"))


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return error_answer(405, "10015", "Only GET is allowed here", headers={"Allow": "GET"})
    return _not_found()


async def _bad_parameter(_: Request, error: Exception) -> Response:
    source = pointer_to(getattr(error, "parameter", ""))
    return error_answer(400, "10015", f"The parameter {error}", source=source)


class AuthenticationMiddleware:
    """Requires the sandbox's key; any other request gets a 401."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        given = Headers(scope=scope).get("authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {SANDBOX_KEY}".encode()):
            await self._app(scope, receive, send)
        else:
            await error_answer(401, "10009", "Could not understand the provided credentials")(scope, receive, send)


def read_rate_limit(text: str) -> tuple[int, float]:
    """The requests and the seconds of `REQUESTS/SECONDS`. Raises `ValueError`."""
    requests, _, seconds = text.partition("/")
    try:
        limit = int(requests), float(seconds)
    except ValueError:
        limit = 0, 0.0
    if limit[0] < 1 or not 0 < limit[1] <= 3600:
        raise ValueError(f"a rate limit must be REQUESTS/SECONDS, as in 100/60, not {text!r}")
    return limit


class RateLimitMiddleware:
    """Reports the rate limit on every response, and enforces it only if told to."""

    def __init__(self, app: ASGIApp, limit: int, window: float, *, refuses: bool) -> None:
        self._app = app
        self._limit = limit
        self._window = window
        self._refuses = refuses
        self._started = monotonic()
        self._used = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it, and add the headers to the response."""
        passed = monotonic() - self._started
        if passed >= self._window:
            self._started, self._used, passed = monotonic(), 0, 0.0
        self._used += 1
        left = max(0, self._limit - self._used)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-ratelimit-limit"] = str(self._limit)
                headers["x-ratelimit-remaining"] = str(left)
                headers["x-ratelimit-reset"] = str(ceil(self._window - passed))
            await send(message)

        refused = self._refuses and self._used > self._limit
        await (_too_many() if refused else self._app)(scope, receive, with_headers)


def _too_many() -> Response:
    return error_answer(429, "10011", "You have exceeded the maximum number of allowed requests")
