"""The request under way, for what the SDK does not hand it to: static resources and completions (mcp 2.3)."""

from contextlib import suppress
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from telnyx_connections_mcp.mcp_server.arguments import ArgumentError, read_account
from telnyx_connections_mcp.mcp_server.context import AccountContext, AccountRefused, account_context

_UNDER_WAY: ContextVar[ServerRequestContext[Any, Any]] = ContextVar("request under way")


async def remember_request(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that keeps the request for `current_account`; calls of tools are given theirs."""
    if ctx.method == "tools/call":
        return await call_next(ctx)
    kept = _UNDER_WAY.set(ctx)
    try:
        return await call_next(ctx)
    finally:
        _UNDER_WAY.reset(kept)


async def tell_account(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that chooses the account of a call at once, for the line about it: it may have no turn to run."""
    arguments = ctx.params.get("arguments") if ctx.method == "tools/call" and ctx.params else None
    if isinstance(arguments, dict):
        with suppress(AccountRefused, ArgumentError):
            account_context(ctx, read_account(arguments))
    return await call_next(ctx)


def current_account() -> AccountContext:
    """What the server holds for the request under way."""
    return account_context(_UNDER_WAY.get())
