"""Validates what a client sends before the SDK sees it: a message, a batch, or something invalid.

The SDK silently drops what it cannot parse, and takes a request whose id is null or a fraction for a notification, so
that its sender would wait for ever. JSON-RPC 2.0 (sections 4 and 5) has an error for each, with id null.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from pydantic_core import from_json

from telnyx_connections_mcp.text.cleaning import clean, cut

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
BATCHES = "2025-03-26"
"""The only protocol version with batches, which its servers must accept (section "Batching")."""
MAX_IN_BATCH = 100
_SHOWN = 60


class InvalidMessage(Exception):
    """An invalid message: `code` is JSON-RPC's, the text says what is wrong, in one sentence."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code

    def answer(self) -> dict[str, Any]:
        """The JSON-RPC error."""
        return {"jsonrpc": "2.0", "id": None, "error": {"code": self.code, "message": str(self)}}


@dataclass(slots=True)
class IncomingMessages:
    """The contents of a line or body."""

    messages: list[dict[str, Any]]
    """Valid messages, for the SDK."""
    refused: list[InvalidMessage] = field(default_factory=list)
    """The errors of the others."""
    batch: bool = False
    """Whether they came as a batch, so that their responses go back as one."""


def read(data: str | bytes, version: str | None) -> IncomingMessages:
    """The messages in `data`, in a session with that protocol version (None: not known yet).

    A request without an id is left out: it is a notification, and nothing waits for a response.
    """
    try:
        parsed = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        return IncomingMessages(
            [], [InvalidMessage(PARSE_ERROR, f"This is not JSON: {cut(clean(str(error)), 2 * _SHOWN)}.")]
        )
    if not isinstance(parsed, list):
        return _sorted([parsed], batch=False)
    if version != BATCHES:
        problem = f"A message must be an object; only protocol version {BATCHES} has batches."
        return IncomingMessages([], [InvalidMessage(INVALID_REQUEST, problem)])
    if not 0 < len(parsed) <= MAX_IN_BATCH:
        return IncomingMessages(
            [], [InvalidMessage(INVALID_REQUEST, f"A batch must have 1 to {MAX_IN_BATCH} messages.")]
        )
    return _sorted(parsed, batch=True)


def is_request(message: Mapping[str, Any]) -> bool:
    """Whether its sender waits for a response."""
    return "method" in message and "id" in message


def _sorted(items: list[Any], *, batch: bool) -> IncomingMessages:
    received = IncomingMessages([], batch=batch)
    for message in items:
        try:
            _check(message, batch=batch)
        except InvalidMessage as refused:
            received.refused.append(refused)
        else:
            if _is_relevant(message):
                received.messages.append(message)
    return received


def _check(message: Any, *, batch: bool) -> None:
    """Raise `InvalidMessage` unless it is a JSON-RPC request, notification or response, within MCP's restrictions."""
    if not isinstance(message, dict):
        raise InvalidMessage(INVALID_REQUEST, "A message must be an object.")
    if message.get("jsonrpc") != "2.0":
        raise InvalidMessage(INVALID_REQUEST, '`jsonrpc` must be "2.0".')
    if "method" not in message:
        if "id" not in message or not ("result" in message or "error" in message):
            raise InvalidMessage(
                INVALID_REQUEST, "A message must have a `method`, or an `id` with a `result` or an `error`."
            )
        return
    if "id" in message and not (type(message["id"]) is int or isinstance(message["id"], str)):
        raise InvalidMessage(INVALID_REQUEST, "`id` must be a whole number or text.")
    if not isinstance(message["method"], str):
        raise InvalidMessage(INVALID_REQUEST, "`method` must be text.")
    if not isinstance(message.get("params"), dict | None):
        raise InvalidMessage(INVALID_REQUEST, "`params` must be an object.")
    if batch and message["method"] == "initialize":
        raise InvalidMessage(INVALID_REQUEST, "`initialize` must not be part of a batch.")


def _is_relevant(message: Mapping[str, Any]) -> bool:
    method = message.get("method", "notifications/")
    if is_request(message) or method.startswith("notifications/"):
        return True
    _warn(f"Ignored {cut(clean(method), _SHOWN)!r}, which a client sent without an id.")
    return False


def log_refusal(refused: InvalidMessage) -> None:
    """Log that a message was rejected, without its contents."""
    _warn(f"Rejected a client's message: {refused}")


class RateLimitedLogger:
    """Logs at most one warning a second, and how many were left out."""

    def __init__(self, name: str) -> None:
        self._log = logging.getLogger(name)
        self._next = 0.0
        self._left_out = 0

    def __call__(self, sentence: str) -> None:
        """Log a sentence, or count it."""
        now = monotonic()
        if now < self._next:
            self._left_out += 1
            return
        more = f" ({self._left_out} more like this were not logged.)" if self._left_out else ""
        self._log.warning("%s%s", sentence, more)
        self._next, self._left_out = now + 1, 0


_warn = RateLimitedLogger(__name__)
