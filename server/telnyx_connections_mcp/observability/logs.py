"""Logging to standard error, because standard output belongs to the protocol."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.observability import request_lines
from telnyx_connections_mcp.observability.log_writer import GATHER_SECONDS, LogWriter
from telnyx_connections_mcp.observability.request_lines import REQUEST_LOGGER
from telnyx_connections_mcp.observability.request_record import CURRENT_REQUEST
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.text.cleaning import clean

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_stderr(settings: Settings, own: OwnSecrets, *, serving: bool = False, every_request: bool = False) -> None:
    """Configure logging as the settings say, and log the problem with them if there is one. No line shows `own`.

    While `serving`, requests do not wait for the log's reader. `every_request` logs each request at any level: for a
    server that a team shares, there must be a record of who asked for what.
    """
    # Skip looking up what our lines never show (https://docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None  # noqa: SLF001  # as that page says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    as_json = settings.log_format == "json"
    request_line = partial(request_lines.as_json if as_json else request_lines.as_text, own)
    handler = _handler(request_line if serving else None, GATHER_SECONDS if every_request else 0)
    handler.setFormatter(_json(own) if as_json else _Text(own))
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every URL with its query
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("mcp").setLevel(max(logging.WARNING, logging.getLogger().level))  # below that, it quotes requests
    logging.getLogger("sse_starlette").setLevel(logging.WARNING)  # DEBUG logs every response byte by byte
    logging.getLogger("stamina").setLevel(logging.ERROR)  # its lines only say that a request is retried
    if every_request:
        logging.getLogger(REQUEST_LOGGER).setLevel(logging.INFO)
    if settings.problem is not None:
        logging.getLogger(__name__).error("%s", settings.problem)


def _handler(request_line: Callable[[request_lines.Facts], str] | None, gather: float) -> logging.Handler:
    if request_line is None:
        return logging.StreamHandler(sys.stderr)
    try:
        return LogWriter(sys.stderr.fileno(), request_line, gather=gather)
    except OSError:  # a stream without a file descriptor
        return logging.StreamHandler(sys.stderr)


class _Masking(logging.Formatter):
    """Masks what other people's text an exception quotes; the lines of our code above it stay."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # a name of the standard library
        """The traceback."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(line if line.startswith("  ") else mask_text(clean(line)) for line in lines)


class _Text(_Masking):
    """Lines of text without our keys, tracebacks included."""

    def __init__(self, own: OwnSecrets) -> None:
        super().__init__(_TEXT)
        self._own = own

    def format(self, record: logging.LogRecord) -> str:
        """The line, or the lines of a traceback."""
        return self._own.redact(super().format(record))


def _json(own: OwnSecrets) -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class WithRequest(_Masking, JsonFormatter):
        """One JSON object per line: what was logged, during which request, in which trace."""

        def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
            """Add the request's facts to every line logged during it."""
            super().add_fields(log_data, record, message_dict)
            log_data.update(log_data.pop("call", None) or _request())
            log_data.update(request_lines.trace_ids())

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            """What goes out: the same without secrets."""
            clear: dict[str, Any] = own.redacted(super().process_log_record(log_data))
            return clear

    fields = {"asctime": "time", "levelname": "level", "name": "logger"}
    return WithRequest("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=fields, json_ensure_ascii=False)


def _request() -> dict[str, object]:
    observed = CURRENT_REQUEST.get()
    if observed is None:
        return {}
    facts = {"request_id": observed.request_id, "caller": observed.caller, "account": observed.account}
    return {name: fact for name, fact in facts.items() if fact is not None}
