"""The account: whether the key is accepted, how many requests are left, and how many connections there are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter

import anyio

from telnyx_connections_mcp.cli.doctor.check_result import (
    CheckResult,
    combined,
    counted,
    failed,
    milliseconds_since,
    ok,
    warning,
)
from telnyx_connections_mcp.cli.doctor.subject import Subject
from telnyx_connections_mcp.cli.sandboxed import on_sandbox
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.telnyx.client import TelnyxClient
from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.http import create_http_client
from telnyx_connections_mcp.telnyx.models import RateBudget
from telnyx_connections_mcp.telnyx.parameters import PageRequest

SLOW_MILLISECONDS = 2000
LOW_SHARE = 0.1
_SMALLEST = PageRequest(size=1)


async def check_request(subject: Subject) -> CheckResult:
    """Whether Telnyx answers a request with the key, how fast, and how many more it allows."""
    return await each_account(subject, _request)


async def check_fleet(subject: Subject) -> CheckResult:
    """How many connections the account has."""
    return await each_account(subject, _fleet)


async def each_account(subject: Subject, check: Callable[[Settings], Awaitable[CheckResult]]) -> CheckResult:
    """The results for all accounts."""
    findings: dict[str, CheckResult] = {}

    async def take(name: str, settings: Settings) -> None:
        findings[name] = await check(settings)

    async with anyio.create_task_group() as tasks:
        for name, settings in subject.accounts.items():
            tasks.start_soon(take, name, settings)
    return combined({name: findings[name] for name in subject.accounts})


async def _request(settings: Settings) -> CheckResult:
    async with open_client(settings) as client:
        begun = perf_counter()
        try:
            await client.list_connections(CONNECTIONS, None, _SMALLEST, None, lambda row: row.id)
        except TelnyxError as error:
            return _refused(error)
        milliseconds = milliseconds_since(begun)
    budget = client.rate_budget
    detail = f"HTTP 200 in {milliseconds} ms; {describe_budget(budget)}"
    if milliseconds > SLOW_MILLISECONDS:
        return warning(f"{detail}; that is slow", "try again later; if this persists, check the network and the proxy")
    if budget and budget.limit and budget.remaining is not None and budget.remaining < budget.limit * LOW_SHARE:
        return warning(detail, "wait for the reset, and find out what else uses a key of this account")
    return ok(detail)


def describe_budget(budget: RateBudget | None) -> str:
    """The rate limit in one clause."""
    if budget is None or budget.remaining is None:
        return "Telnyx did not say how many requests are left"
    of = f" of {budget.limit:,}" if budget.limit is not None else ""
    reset = f", reset in {budget.reset_seconds:g} s" if budget.reset_seconds is not None else ""
    return f"rate budget: {budget.remaining:,}{of} requests left{reset}"


async def _fleet(settings: Settings) -> CheckResult:
    async with open_client(settings) as client:
        try:
            page = await client.list_connections(CONNECTIONS, None, _SMALLEST, None, lambda row: row.id)
        except TelnyxError as error:
            return _refused(error)
    if page.total_results is None:
        return warning(page.why_no_total("connections"), "check that TELNYX_BASE_URL points to the Telnyx API")
    if page.total_results == 0:
        return warning("The account has no connections", "check that the key belongs to the right account")
    where = "The sandbox account" if settings.sandbox else "The account"
    return ok(f"{where} has {counted(page.total_results, 'connection')}")


@asynccontextmanager
async def open_client(settings: Settings) -> AsyncIterator[TelnyxClient]:
    """The client, made as in the server."""
    settings, transport = on_sandbox(settings) if settings.sandbox else (settings, None)
    async with create_http_client(
        settings.base_url, timeout=settings.request_timeout, transport=transport() if transport else None
    ) as http:
        yield TelnyxClient(http, settings.api_key)


def _refused(error: TelnyxError) -> CheckResult:
    tried = f", tried {error.tries} times" if error.tries > 1 else ""
    return failed(f"{error.what}{tried}", error.next_step)
