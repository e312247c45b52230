"""Calls a tool from a terminal: prints the answer, returns the exit code."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.interrupt import exit_on_interrupt
from telnyx_connections_mcp.cli.standard_streams import abandon
from telnyx_connections_mcp.cli.terminal.answer_tables import Invocation, is_count
from telnyx_connections_mcp.cli.terminal.output import print_answer
from telnyx_connections_mcp.cli.terminal.progress import progress_bar
from telnyx_connections_mcp.config.accounts import Accounts, one_account, own_secrets, read_accounts
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.key_file import fallback_key_file
from telnyx_connections_mcp.inventory.fetch import ReportProgress
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContexts, AccountRefused, open_accounts
from telnyx_connections_mcp.mcp_server.tool import ReadTool, too_late
from telnyx_connections_mcp.observability.logs import log_to_stderr
from telnyx_connections_mcp.telnyx.errors import NotFound, TelnyxError

if TYPE_CHECKING:  # see mcp_server/context.py
    import httpx

    Transport = Callable[[], httpx.AsyncBaseTransport]

NOTHING = 1
TROUBLE = 3
_IDS = frozenset({"id", "connection_id"})


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why there is no answer, in one sentence, and the exit code."""

    said: str
    code: int = TROUBLE


def ask(tool: ReadTool, arguments: Mapping[str, Any], invocation: Invocation, *, as_json: bool) -> int:
    """Call `tool` and print its answer, or the error on standard error; returns the exit code.

    `invocation.account` names an account of the accounts file; None means its default. Raises `ArgumentError`. The
    token budget is for models: a terminal shows the whole answer.
    """
    own_key = fallback_key_file(os.environ)
    environ = {**os.environ, "TELNYX_API_KEY_FILE": str(own_key)} if own_key else os.environ
    account = invocation.account
    accounts = read_accounts(environ, sandbox=invocation.sandbox, where="in the environment")
    settings, transport = accounts.settings, None
    if own_key and not settings.sandbox:
        _say(f"Using the key from {own_key}, created by install, because no variable names one.")
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
            answer = anyio.run(_answer, tool, arguments, account, contexts, report)
    own = own_secrets(accounts)
    if isinstance(answer, ArgumentError):
        raise ArgumentError(own.redact(str(answer)))
    if isinstance(answer, _Failure):
        return _failed(own.redact(answer.said), answer.code)
    answer = own.redacted(answer) if own.found_in(compact_json(answer)) else answer
    try:
        print_answer(answer, invocation, as_json=as_json)
    except OSError as error:
        abandon()
        if not isinstance(error, BrokenPipeError):  # as in `| head`: the reader has what it wanted
            return _failed(f"Cannot write the answer: {error.strerror}.")
    return exit_code(answer)


def _without_budget(accounts: Accounts) -> Accounts:
    by_name = {name: replace(settings, max_answer_tokens=sys.maxsize) for name, settings in accounts.by_name.items()}
    return replace(accounts, by_name=by_name)


def _failed(sentence: str, code: int = TROUBLE) -> int:
    """Print why there is no answer; returns the exit code."""
    _say(sentence)
    return code


def _say(sentence: str) -> None:
    with suppress(OSError):  # nowhere is left to say it, but for the exit code
        print(f"telnyx-connections-mcp: {sentence}", file=sys.stderr)  # noqa: T201  # a person reads it


def exit_code(answer: Mapping[str, Any]) -> int:
    """0: found. 1: nothing found, or an audit with errors or of nothing. 3: based on a part of the account."""
    if answer.get("coverage", {}).get("complete") is False or "unreachable" in answer.get("page", {}):
        return TROUBLE
    if str(answer.get("summary", "")).startswith("INCOMPLETE"):
        return TROUBLE
    if "findings" in answer and "connection" not in answer:
        errors = any(finding["severity"] == "error" for finding in answer["findings"])
        return NOTHING if errors or not (answer["findings"] or answer["coverage"]["read"]) else 0
    found = ("connections", "groups", "calls", "connection", *(["matches"] if is_count(answer) else []))
    return 0 if any(answer.get(name) for name in found) else NOTHING


async def _answer(
    tool: ReadTool,
    arguments: Mapping[str, Any],
    account: str | None,
    opened: Callable[[], AbstractAsyncContextManager[AccountContexts]],
    report: ReportProgress,
) -> Mapping[str, Any] | ArgumentError | _Failure:
    """The tool's answer, or why there is none. Raises nothing, because a task group would wrap it."""
    async with opened() as contexts:
        try:
            context = contexts.choose(account, contexts.by_name)
        except AccountRefused as error:
            return ArgumentError(str(error))
        try:
            answer = (await tool.answer(arguments, context, report)).data
            return {"account": context.name} | dict(answer) if len(contexts.by_name) > 1 else answer
        except ArgumentError as error:
            return error
        except NotFound as error:
            return _Failure(str(error), NOTHING if arguments.keys() & _IDS else TROUBLE)
        except (SettingsError, TelnyxError) as error:
            return _Failure(str(error))
        except TimeoutError:
            return _Failure(too_late(context))
        except Exception:
            logging.getLogger(__name__).exception("%s failed", tool.name)
            return _Failure(f"{tool.name} failed because of a defect in this program: report it with the lines above.")
