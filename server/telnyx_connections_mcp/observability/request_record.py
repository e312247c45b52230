"""The request that is being answered, for whatever is logged or measured on the way."""

import logging
import re
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits
from typing import Any

from telnyx_connections_mcp.observability.log_writer import LogWriter
from telnyx_connections_mcp.observability.request_lines import CALLS, Facts, text_of

REQUEST_ID = "request_id"
"""Where an HTTP request (the `state` of its ASGI scope) holds its id."""
TOLD = "told"
"""What stands in that `state` once a line about the request is certain."""
WHY = "why"
"""Where that `state` holds in a sentence why the request was refused, for the line about it."""
_log = logging.getLogger(CALLS)
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


@dataclass(slots=True)
class RequestRecord:
    """One request of a client: who asked, and what became of it."""

    request_id: str
    context: Any
    """What the SDK holds of it."""
    caller: str | None = None
    """The name of the caller's token; None over stdio, where the person at the machine asks."""
    account: str | None = None
    """The account that was asked about, where the server holds several."""
    failure: str | None = None
    """What kind of error ended it, such as `RateLimited`."""
    upstream_requests: int = 0
    """How many requests it sent to Telnyx, retries included; those of a shared reading count for whoever began it."""


CURRENT: ContextVar[RequestRecord | None] = ContextVar("telnyx_connections_mcp_request", default=None)


def write_line(facts: Facts) -> None:
    """Log the line about one request: as text, and each fact by its name for JSON."""
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], LogWriter):
        handlers[0].write(handlers[0].request_line(facts))
    else:
        _log.info("%s", text_of(facts), extra={"call": facts})


def asks_about(account: str) -> None:
    """Remember which account this request is about."""
    observed = CURRENT.get()
    if observed is not None:
        observed.account = account


def failed_with(error: Exception | str) -> None:
    """Remember the kind of `error`, or the kind that is given, for the line about this request."""
    observed = CURRENT.get()
    if observed is not None:
        observed.failure = error if isinstance(error, str) else type(error).__name__


def request_id_of(given: str | None) -> str:
    """The id that a proxy gave in `X-Request-ID`, if it is one, else a new one."""
    return given if given and _SANE_ID.match(given) else f"{getrandbits(64):016x}"
