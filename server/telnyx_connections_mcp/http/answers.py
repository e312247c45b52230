"""What every answer carries, and the line that the log gets of it."""

import logging
from time import perf_counter

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LONGEST_PATH = 100
logger = logging.getLogger(__name__)


class SafeAnswers:
    """Marks answers as neither to be stored nor guessed at, and logs each at INFO, without its query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        started = perf_counter()
        try:
            await self._app(scope, receive, with_headers)
        finally:
            if logger.isEnabledFor(logging.INFO):
                _log(scope, status, perf_counter() - started)


def _log(scope: Scope, status: int, seconds: float) -> None:
    client = scope["client"][0] if scope["client"] else "-"
    path = scope["raw_path"].decode("latin-1")[:_LONGEST_PATH]  # as sent, so escaped: one request is one line
    said = status or "no answer"
    logger.info("%s %s %s %s: %s in %.0f ms", client, scope["method"], scope["scheme"], path, said, seconds * 1000)
