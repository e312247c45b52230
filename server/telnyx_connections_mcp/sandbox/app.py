"""The sandbox as an ASGI application: the GET endpoints below `/v2`, and faults below `/fault/SPEC/v2`."""

import hmac
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
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
from telnyx_connections_mcp.sandbox.listing import Directory, Listing, read_query
from telnyx_connections_mcp.sandbox.listings import LISTINGS
from telnyx_connections_mcp.sandbox.queries import BadParameterError, once
from telnyx_connections_mcp.sandbox.responses import error_answer, json_answer, pointer_to
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings
from telnyx_connections_mcp.sandbox.surroundings.registrations import CREDENTIAL_TYPES, UAC

RATE_LIMIT = 100_000
WINDOW_SECONDS = 60.0
_COUNTED_AS = {"fax_application": "fax_connections"}


def create_app(
    *,
    size: int = 55,
    seed: int = 0,
    fault: str | None = None,
    rate_limit: str | None = None,
    now: datetime | None = None,
) -> Starlette:
    """The API over the fleet of `size` and `seed`; with `fault`, every request meets that fault.

    What happened lately, such as call events, happened before `now`: by default the time of this call. `rate_limit` is
    `REQUESTS/SECONDS`: more requests within that window are refused; by default there is no limit.
    Raises `ValueError` for a size, a fault or a limit that there is not.
    """
    limit = (RATE_LIMIT, WINDOW_SECONDS) if rate_limit is None else read_rate_limit(rate_limit)
    around = Surroundings(create_fleet(size=size, seed=seed), seed, now or datetime.now(UTC))
    api = RateLimitMiddleware(AuthenticationMiddleware(_api(around)), *limit, refuses=rate_limit is not None)
    plain: ASGIApp = api if fault is None else FaultMiddleware(api, read_fault(fault))
    return Starlette(routes=[Mount("/v2", app=plain), Mount("/fault/{spec}/v2", app=FaultMiddleware(api))])


def _api(around: Surroundings) -> ASGIApp:
    directory, fleet = Directory(around), around.account

    async def count_connections(request: Request) -> Response:
        once(request.query_params.multi_items(), ())
        return json_answer({"data": counts_of(fleet)})

    async def list_active_calls(request: Request) -> Response:
        row = around.by_id.get(request.path_params["id"])
        if row is None:
            return _not_found()
        return _calls_answer(fleet.calls.get(row["id"], []), request) if has_calls(row) else _without_calls()

    async def registration(request: Request) -> Response:
        return _registration_answer(around, request)

    routes = [
        Route("/connections/count", _get(count_connections)),
        Route("/connections/{id}/active_calls", _get(list_active_calls)),
        Route("/sip_registration_status", _get(registration)),
    ]
    for listing in LISTINGS:
        routes.append(Route(listing.path, _get(_list_of(directory, listing))))
        if listing.by_id:
            routes.append(Route(f"{listing.path}/{{id}}", _get(_one_of(directory, listing))))
    return Starlette(routes=routes, exception_handlers={HTTPException: _refused, BadParameterError: _bad_parameter})


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


def _list_of(directory: Directory, listing: Listing) -> Endpoint:
    async def serve(request: Request) -> Response:
        request.state.refusal = listing.refusal
        query = read_query(listing, request.query_params.multi_items())
        rows, meta = directory.page(listing, query, request.scope.get(MOVED, 0))
        return json_answer({"data": rows, "meta": meta})

    return serve


def _one_of(directory: Directory, listing: Listing) -> Endpoint:
    async def serve(request: Request) -> Response:
        request.state.refusal = listing.refusal_of_one
        once(request.query_params.multi_items(), ())
        row = directory.one(listing, request.path_params["id"])
        return _not_found() if row is None else json_answer({"data": row})

    return serve


def _registration_answer(around: Surroundings, request: Request) -> Response:
    """The registration of one credential: the API sends the bare object, without `data`."""
    parameters = once(request.query_params.multi_items(), ("credential_type", "connection_id", "username"))
    kind = parameters.get("credential_type")
    if kind not in CREDENTIAL_TYPES:
        raise BadParameterError("credential_type", f"must be one of {', '.join(CREDENTIAL_TYPES)}")
    name = "connection_id" if kind == UAC else "username"
    if name not in parameters:
        raise BadParameterError(name, f"is required for {kind}")
    found = around.registrations.get((kind, parameters[name]))
    return _not_found() if found is None else json_answer(found)


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


async def _bad_parameter(request: Request, error: Exception) -> Response:
    source = pointer_to(getattr(error, "parameter", ""))
    status = getattr(request.state, "refusal", 400)
    return error_answer(status, "10015", f"The parameter {error}", source=source)


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
