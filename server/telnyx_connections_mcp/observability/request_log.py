"""A log line and a duration for every tool call, read, prompt and completion."""

import json
import logging
from collections.abc import Collection
from time import perf_counter
from typing import Any

import anyio
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.shared.exceptions import MCPError

from telnyx_connections_mcp.observability.caller_name import caller_name
from telnyx_connections_mcp.observability.metrics import OPERATION_DURATION
from telnyx_connections_mcp.observability.request_lines import REQUEST_LOGGER
from telnyx_connections_mcp.observability.request_record import (
    CURRENT_REQUEST,
    LOGGED,
    REQUEST_ID,
    RequestRecord,
    request_id_of,
    write_line,
)
from telnyx_connections_mcp.redaction.texts import shown
from telnyx_connections_mcp.redaction.values import without_secrets

UNKNOWN_TOOL = "UnknownTool"
"""Outcome of a call that no tool of ours answered: ours state what went wrong."""
_LOGGED_METHODS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri", "completion/complete": ""}
_LONGEST_NAME = 80
_LONGEST_ARGUMENTS = 2000


class RequestLogMiddleware(ServerMiddleware[Any]):
    """Logs and measures each call, read, prompt and completion; `log_arguments` adds its arguments, cleaned and cut.

    `tools` are the names that metrics may carry.
    """

    def __init__(self, *, tools: Collection[str] = (), log_arguments: bool = False) -> None:
        self._tools = tools
        self._log_arguments = log_arguments
        self._log = logging.getLogger(REQUEST_LOGGER)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Pass the request on, and log its outcome."""
        if ctx.method not in _LOGGED_METHODS:
            return await call_next(ctx)
        record = _record(ctx)
        token = CURRENT_REQUEST.set(record)
        began = perf_counter()
        outcome = "ok"
        try:
            result = await call_next(ctx)
        except anyio.get_cancelled_exc_class():
            outcome = "cancelled"
            raise
        except MCPError as error:
            outcome = record.failure or str(error.error.code)
            raise
        except Exception as error:
            outcome = type(error).__name__
            raise
        else:
            if _is_error(result):
                outcome = record.failure or UNKNOWN_TOOL
            return result
        finally:
            CURRENT_REQUEST.reset(token)
            self._log_request(ctx, record, outcome, perf_counter() - began)

    def _log_request(
        self, ctx: ServerRequestContext[Any, Any], record: RequestRecord, outcome: str, seconds: float
    ) -> None:
        name = self._name(ctx)
        attributes = {"mcp.method.name": ctx.method}
        if ctx.method == "tools/call" and name in self._tools:  # a made-up name must not create a series
            attributes["gen_ai.tool.name"] = name
        if outcome != "ok":
            attributes["error.type"] = outcome
        OPERATION_DURATION.record(seconds, attributes)
        if not self._log.isEnabledFor(logging.INFO):
            return
        facts = {
            "request_id": record.request_id,
            "caller": record.caller,
            "account": record.account,
            "method": ctx.method,
            "target": name,
            "outcome": outcome,
            "milliseconds": round(seconds * 1000, 1),
            "upstream_requests": record.upstream_requests,
        }
        if self._log_arguments and ctx.params:
            arguments = json.dumps(without_secrets(ctx.params.get("arguments") or {}), ensure_ascii=False, default=str)
            facts["arguments"] = shown(arguments, _LONGEST_ARGUMENTS)
        write_line(facts)

    def _name(self, ctx: ServerRequestContext[Any, Any]) -> str:
        """The tool, prompt or resource; empty for a completion."""
        name = str((ctx.params or {}).get(_LOGGED_METHODS[ctx.method]) or "")
        return name if name in self._tools else shown(name, _LONGEST_NAME)


def _is_error(result: HandlerResult) -> bool:
    """Whether a tool failed; the SDK passes its result on as a model or, once serialized, as a dict."""
    return result.get("isError") is True if isinstance(result, dict) else getattr(result, "is_error", False) is True


def _record(ctx: ServerRequestContext[Any, Any]) -> RequestRecord:
    state: dict[str, Any] = getattr(ctx.request, "scope", {}).get("state", {})  # HTTP only
    state[LOGGED] = True
    return RequestRecord(state.get(REQUEST_ID) or request_id_of(None), ctx, caller_name(get_access_token()))
