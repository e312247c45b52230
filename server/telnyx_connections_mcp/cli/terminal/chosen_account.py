"""Runs work on the Telnyx account that a command line chose."""

import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import anyio

from telnyx_connections_mcp.cli.interrupt import exit_on_interrupt
from telnyx_connections_mcp.cli.terminal.progress import progress_bar
from telnyx_connections_mcp.config.accounts import Accounts, one_account, own_secrets, read_accounts
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.key_file import fallback_key_file
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext, AccountContexts, AccountRefused, open_accounts
from telnyx_connections_mcp.mcp_server.tool import too_late
from telnyx_connections_mcp.observability.logs import log_to_stderr
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.telnyx.errors import KeyRefused, TelnyxError

if TYPE_CHECKING:  # see mcp_server/context.py
    import httpx

    Transport = Callable[[], httpx.AsyncBaseTransport]

TROUBLE = 3
"""Exit code: no complete answer."""
_ANOTHER_KEY = (
    "put a valid key for this account in TELNYX_API_KEY or the key file, "
    "and check it with telnyx-connections-mcp doctor"
)
"""A server would have to be restarted as well."""

T = TypeVar("T")
Work = Callable[[AccountContext, ReportProgress], Awaitable[T]]


class NoAnswer(Exception):
    """Why there is no answer, in one sentence, and the exit code."""

    def __init__(self, sentence: str, code: int = TROUBLE) -> None:
        super().__init__(sentence)
        self.code = code


class Done(NamedTuple, Generic[T]):
    """What the work gave."""

    result: T
    account: str | None
    """The account that it was about, if there are several."""
    own: OwnSecrets
    """What must never be shown."""


def run_on_account(work: Work[T], name: str, *, account: str | None, sandbox: bool) -> Done[T]:
    """Run `work` of the command or tool `name`, with a progress bar, on an account of the accounts file.

    Without `account` that is the default account. Raises `ArgumentError` and `NoAnswer`, without our own keys in them.
    The token budget is for models: here answers are whole.
    """
    own_key = fallback_key_file(os.environ)
    environ: Mapping[str, str] = {**os.environ, "TELNYX_API_KEY_FILE": str(own_key)} if own_key else os.environ
    accounts = read_accounts(environ, sandbox=sandbox, where="in the environment")
    settings, transport = accounts.settings, None
    if own_key and not settings.sandbox:
        say(f"Using the key from {own_key}, created by install, because no variable names one.")
    if settings.problem is not None:
        account = None  # whatever was named: the problem is what to say
    else:
        log_to_stderr(settings, own_secrets(accounts))
    if settings.sandbox and settings.problem is None:
        from telnyx_connections_mcp.cli.sandboxed import on_sandbox

        settings, transport = on_sandbox(settings)
        accounts = one_account(settings)
    contexts = partial(open_accounts, _without_budget(accounts), transport)
    with ExitStack() as drawn:
        report = drawn.enter_context(progress_bar())
        with exit_on_interrupt(drawn.close):
            found = anyio.run(_result, work, account, contexts, report, name)
    own = own_secrets(accounts)
    match found:
        case ArgumentError():
            raise ArgumentError(own.redact(str(found)))
        case NoAnswer():
            raise NoAnswer(own.redact(str(found)), found.code)
        case _:
            return Done(*found, own)


def say(sentence: str) -> None:
    """Print `sentence` on standard error."""
    with suppress(OSError):  # nowhere is left to say it, but for the exit code
        print(f"telnyx-connections-mcp: {sentence}", file=sys.stderr)  # noqa: T201  # a person reads it


def _without_budget(accounts: Accounts) -> Accounts:
    by_name = {name: replace(settings, max_answer_tokens=sys.maxsize) for name, settings in accounts.by_name.items()}
    return replace(accounts, by_name=by_name)


async def _result(
    work: Work[T],
    account: str | None,
    opened: Callable[[], AbstractAsyncContextManager[AccountContexts]],
    report: ReportProgress,
    name: str,
) -> tuple[T, str | None] | ArgumentError | NoAnswer:
    """The result of the work and the account, or why there is none. Raises nothing: a task group would wrap it."""
    async with opened() as contexts:
        try:
            context = contexts.choose(account, contexts.by_name)
        except AccountRefused as error:
            return ArgumentError(str(error))
        try:
            return await work(context, report), context.name if len(contexts.by_name) > 1 else None
        except (ArgumentError, NoAnswer) as error:
            return error
        except KeyRefused as error:
            return NoAnswer(f"{error.what}: {_ANOTHER_KEY}.")
        except (SettingsError, TelnyxError) as error:
            return NoAnswer(str(error))
        except TimeoutError:
            return NoAnswer(too_late(context))
        except Exception:
            logging.getLogger(__name__).exception("%s failed", name)
            return NoAnswer(f"{name} failed because of a defect in this program: report it with the lines above.")
