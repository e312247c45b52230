"""The account of the current request, for what the SDK (mcp 2.3) does not pass it to: static resources, completions."""

from contextlib import suppress
from typing import Any, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from telnyx_connections_mcp.mcp_server.arguments import ArgumentError, read_account
from telnyx_connections_mcp.mcp_server.context import AccountContext, AccountRefused, account_context
from telnyx_connections_mcp.observability.request_record import CURRENT_REQUEST, RequestRecord


async def log_account(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that determines the account of a `tools/call` at once, for its log line, even if no tool runs."""
    arguments = ctx.params.get("arguments") if ctx.method == "tools/call" and ctx.params else None
    if isinstance(arguments, dict):
        with suppress(AccountRefused, ArgumentError):
            account_context(ctx, read_account(arguments))
    return await call_next(ctx)


def current_account() -> AccountContext:
    """The context of the account of the current read or completion."""
    return account_context(cast("RequestRecord", CURRENT_REQUEST.get()).context)  # of these each has its record
