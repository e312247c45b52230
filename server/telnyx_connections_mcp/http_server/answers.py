"""What every answer carries, and what operators see of each."""

import logging
from collections.abc import Iterable
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.auth.verifier import REFUSAL
from telnyx_connections_mcp.config.http_settings import PATH
from telnyx_connections_mcp.http_server.headers import value_of
from telnyx_connections_mcp.http_server.health import ALIVE, READY
from telnyx_connections_mcp.observability.metrics import HTTP_DURATION
from telnyx_connections_mcp.observability.request_record import REQUEST_ID, TOLD, WHY, request_id_of, write_line

_LONGEST_PATH = 100
_ROUTES = (PATH, ALIVE, READY)
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "DELETE")
_MARKS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_KEEP_ALIVE = (b"connection", b"keep-alive")
"""HTTP/1.1 means that anyway, and a stop says "close"."""
logger = logging.getLogger(__name__)


class AccessLogMiddleware:
    """Marks answers as neither to be stored nor guessed at, with the id of their request, and tells of each.

    A request that was refused before anything of ours saw it has a line among those of the calls, whatever the level;
    any other has one at INFO. Neither shows a query, a header or a body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(value_of(scope, b"x-request-id"))
        scope["state"][REQUEST_ID] = request_id
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*_marked(message["headers"]), (b"x-request-id", request_id.encode())]
            await send(message)

        started = perf_counter()
        try:
            await self._app(scope, receive, with_headers)
        finally:
            _tell(scope, status, perf_counter() - started)


def _marked(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, which ASGI has in lower case, with what is not said in them."""
    said = dict(headers)
    kept = [(name, value) for name, value in headers if (name, value) != _KEEP_ALIVE]
    return kept + [(name, value) for name, value in _MARKS if name not in said]


def _tell(scope: Scope, status: int, seconds: float) -> None:
    _measure(scope, status, seconds)
    client = scope["client"][0] if scope["client"] else "-"
    path = scope["raw_path"].decode("latin-1")[:_LONGEST_PATH]  # as sent, so escaped: one request is one line
    if status >= 400 and TOLD not in scope["state"] and scope["path"] not in (ALIVE, READY):
        token = getattr(scope.get("user"), "access_token", None)
        reason = REFUSAL.get() or scope["state"].get(WHY)
        facts = {
            "request_id": scope["state"][REQUEST_ID],
            "caller": token and token.client_id,
            "client": client,
            "method": scope["method"],
            "target": path,
            "outcome": status,
            "milliseconds": round(seconds * 1000, 1),
            "why": reason and str(reason),
        }
        write_line({name: fact for name, fact in facts.items() if fact is not None})
    elif logger.isEnabledFor(logging.INFO):
        said = status or "no answer"
        logger.info("%s %s %s %s: %s in %.0f ms", client, scope["method"], scope["scheme"], path, said, seconds * 1000)


def _measure(scope: Scope, status: int, seconds: float) -> None:
    """Record the duration; names follow https://opentelemetry.io/docs/specs/semconv/http/http-metrics/."""
    method = scope["method"] if scope["method"] in _METHODS else "_OTHER"  # what anybody may send makes no series
    known: dict[str, str | int] = {"http.request.method": method, "url.scheme": scope["scheme"]}
    if scope["path"] in _ROUTES:
        known["http.route"] = scope["path"]
    if status:
        known["http.response.status_code"] = status
    HTTP_DURATION.record(seconds, known)
