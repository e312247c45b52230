"""Logging: on standard error, because standard output is the protocol's."""

import logging
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.observability import request_lines
from telnyx_connections_mcp.observability.log_writer import LogWriter
from telnyx_connections_mcp.observability.request_lines import CALLS
from telnyx_connections_mcp.observability.request_record import CURRENT
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets

_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_stderr(settings: Settings, own: OwnSecrets, *, serving: bool = False, every_call: bool = False) -> None:
    """Set up the process's logging as the settings say, and log what is wrong with them. No line shows `own`.

    Where it is `serving`, requests do not wait for whoever reads the log. `every_call` logs a line for each request of
    a client whatever the level is: where a team shares a server, somebody must be able to say who asked what.
    """
    # What no line of ours shows is not looked up for each (https://docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None  # noqa: SLF001  # as that page says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    as_json = settings.log_format == "json"
    handler = _handler(partial(request_lines.as_json if as_json else request_lines.as_text, own) if serving else None)
    handler.setFormatter(_json(own) if as_json else _Text(own))
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every URL with its query
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("mcp").setLevel(max(logging.WARNING, logging.getLogger().level))  # below, it quotes calls
    logging.getLogger("sse_starlette").setLevel(logging.WARNING)  # DEBUG is every answer, byte by byte
    logging.getLogger("stamina").setLevel(logging.ERROR)  # its lines tell no more than that something is tried again
    if every_call:
        logging.getLogger(CALLS).setLevel(logging.INFO)
    if settings.problem is not None:
        logging.getLogger(__name__).error("%s", settings.problem)


def _handler(request_line: Callable[[request_lines.Facts], str] | None) -> logging.Handler:
    try:
        return LogWriter(sys.stderr.fileno(), request_line) if request_line else logging.StreamHandler(sys.stderr)
    except OSError:  # something that is written to as a stream, and has no descriptor
        return logging.StreamHandler(sys.stderr)


class _Text(logging.Formatter):
    """Lines of text without secrets, those of a stack included."""

    def __init__(self, own: OwnSecrets) -> None:
        super().__init__(_TEXT)
        self._own = own

    def format(self, record: logging.LogRecord) -> str:
        """The line, or the lines."""
        return self._own.blot(super().format(record))


def _json(own: OwnSecrets) -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class WithRequest(JsonFormatter):
        """One JSON object a line: what was logged, during which request, in which trace."""

        def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
            """Add the request's facts to every line that is logged while it is answered."""
            super().add_fields(log_data, record, message_dict)
            log_data.update(log_data.pop("call", None) or _request())
            log_data.update(request_lines.trace_ids())

        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            """What goes out: the same without secrets."""
            clear: dict[str, Any] = own.blotted(super().process_log_record(log_data))
            return clear

    fields = {"asctime": "time", "levelname": "level", "name": "logger"}
    return WithRequest("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=fields, json_ensure_ascii=False)


def _request() -> dict[str, object]:
    observed = CURRENT.get()
    if observed is None:
        return {}
    facts = {"request_id": observed.request_id, "caller": observed.caller, "account": observed.account}
    return {name: fact for name, fact in facts.items() if fact is not None}
