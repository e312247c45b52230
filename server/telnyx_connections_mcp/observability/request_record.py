"""The request being answered, for whatever is logged or measured meanwhile."""

import logging
import re
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits
from typing import Any

from telnyx_connections_mcp.observability.log_writer import LogWriter
from telnyx_connections_mcp.observability.request_lines import REQUEST_LOGGER, Facts, text_of

REQUEST_ID = "request_id"
"""Key for the request's id in the `state` of its ASGI scope."""
LOGGED = "logged"
"""Key set in that `state` once the request is certain to be logged."""
REFUSAL_REASON = "why"
"""Key in that `state` for why the request was refused, in a sentence."""
_log = logging.getLogger(REQUEST_LOGGER)
_VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


@dataclass(slots=True)
class RequestRecord:
    """A client's request: who sent it, and what became of it."""

    request_id: str
    context: Any
    """The SDK's context of it."""
    caller: str | None = None
    """The name of the caller's token; None over stdio, where it is the local user."""
    account: str | None = None
    """The account it is about, if the server has several."""
    failure: str | None = None
    """The kind of error that ended it, such as `RateLimited`."""
    upstream_requests: int = 0
    """Requests it sent to Telnyx, retries included; a shared fetch counts for the request that started it."""


CURRENT_REQUEST: ContextVar[RequestRecord | None] = ContextVar("telnyx_connections_mcp_request", default=None)


def write_line(facts: Facts) -> None:
    """Log the line about one request, as text or JSON."""
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], LogWriter):
        handlers[0].write(handlers[0].request_line(facts))
    else:
        _log.info("%s", text_of(facts), extra={"call": facts})


def set_account(account: str) -> None:
    """Record which account this request is about."""
    record = CURRENT_REQUEST.get()
    if record is not None:
        record.account = account


def set_failure(error: Exception | str) -> None:
    """Record the kind of `error`, or the given kind, for the line about this request."""
    record = CURRENT_REQUEST.get()
    if record is not None:
        record.failure = error if isinstance(error, str) else type(error).__name__


def request_id_of(header: str | None) -> str:
    """The id from `X-Request-ID` if it is valid, else a new one."""
    return header if header and _VALID_ID.match(header) else f"{getrandbits(64):016x}"
