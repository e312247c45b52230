"""The line of every HTTP request in the access log, and its duration."""

import logging
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.auth.bearer_verifier import REFUSAL
from telnyx_connections_mcp.config.http_settings import PATH
from telnyx_connections_mcp.http_server.health import ALIVE, READY
from telnyx_connections_mcp.http_server.request_headers import header
from telnyx_connections_mcp.http_server.response_headers import with_our_headers
from telnyx_connections_mcp.observability.caller_name import caller_name
from telnyx_connections_mcp.observability.metrics import HTTP_DURATION
from telnyx_connections_mcp.observability.request_record import (
    LOGGED,
    REFUSAL_REASON,
    REQUEST_ID,
    request_id_of,
    write_line,
)

_LONGEST_PATH = 100
_ROUTES = (PATH, ALIVE, READY)
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "DELETE")
logger = logging.getLogger(__name__)


class AccessLogMiddleware:
    """Logs each request, and adds to each response its id and the headers that all have.

    A request that was refused before it reached the protocol is logged among the requests of clients at any level;
    any other at INFO. Neither line shows a query, a header or a body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(header(scope, b"x-request-id"))
        scope["state"][REQUEST_ID] = request_id
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = with_our_headers(message["headers"], request_id)
            await send(message)

        started = perf_counter()
        try:
            await self._app(scope, receive, with_headers)
        finally:
            _log_request(scope, status, perf_counter() - started)


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    _measure(scope, status, seconds)
    client = scope["client"][0] if scope["client"] else "-"
    path = scope["raw_path"].decode("latin-1")[:_LONGEST_PATH]  # as sent, so escaped: one line per request
    if status >= 400 and LOGGED not in scope["state"] and scope["path"] not in (ALIVE, READY):
        token = getattr(scope.get("user"), "access_token", None)
        reason = REFUSAL.get() or scope["state"].get(REFUSAL_REASON)
        facts = {
            "request_id": scope["state"][REQUEST_ID],
            "caller": caller_name(token),
            "client": client,
            "method": scope["method"],
            "target": path,
            "outcome": status,
            "milliseconds": round(seconds * 1000, 1),
            "why": reason and str(reason),
        }
        write_line({name: fact for name, fact in facts.items() if fact is not None})
    elif logger.isEnabledFor(logging.INFO):
        outcome = status or "no answer"
        logger.info(
            "%s %s %s %s: %s in %.0f ms", client, scope["method"], scope["scheme"], path, outcome, seconds * 1000
        )


def _measure(scope: Scope, status: int, seconds: float) -> None:
    """Record the duration; names follow https://opentelemetry.io/docs/specs/semconv/http/http-metrics/."""
    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"  # clients must not be able to create series
    known: dict[str, str | int] = {"http.request.method": method, "url.scheme": scope["scheme"]}
    if scope["path"] in _ROUTES:
        known["http.route"] = scope["path"]
    if status:
        known["http.response.status_code"] = status
    HTTP_DURATION.record(seconds, known)
