"""The request under way, for what the SDK does not hand it to: static resources and completions (mcp 2.3)."""

from contextlib import suppress
from typing import Any, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from telnyx_connections_mcp.mcp_server.arguments import ArgumentError, read_account
from telnyx_connections_mcp.mcp_server.context import AccountContext, AccountRefused, account_context
from telnyx_connections_mcp.observability.request_record import CURRENT_REQUEST, RequestRecord


async def tell_account(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that chooses the account of a call at once, for the line about it: it may have no turn to run."""
    arguments = ctx.params.get("arguments") if ctx.method == "tools/call" and ctx.params else None
    if isinstance(arguments, dict):
        with suppress(AccountRefused, ArgumentError):
            account_context(ctx, read_account(arguments))
    return await call_next(ctx)


def current_account() -> AccountContext:
    """What the server holds for the account of the read or completion under way."""
    return account_context(cast("RequestRecord", CURRENT_REQUEST.get()).context)  # of these each has its record
