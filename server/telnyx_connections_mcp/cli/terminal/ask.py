"""Calls a tool from a terminal: prints the answer, returns the exit code."""

from collections.abc import Mapping
from typing import Any

from telnyx_connections_mcp.answers.coverage import is_whole
from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.standard_streams import abandon
from telnyx_connections_mcp.cli.terminal.answer_tables import Invocation, is_count
from telnyx_connections_mcp.cli.terminal.chosen_account import TROUBLE, NoAnswer, run_on_account, say
from telnyx_connections_mcp.cli.terminal.output import Form, print_answer
from telnyx_connections_mcp.cli.terminal.part_tables import is_partial
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool
from telnyx_connections_mcp.telnyx.errors import NotFound

NOTHING = 1
_IDS = frozenset({"id", "connection_id"})


def ask(tool: ReadTool, arguments: Mapping[str, Any], invocation: Invocation, form: Form) -> int:
    """Call `tool` and print its answer, or the error on standard error; returns the exit code.

    Raises `ArgumentError`.
    """

    async def answered(account: AccountContext, report: ReportProgress) -> Mapping[str, Any]:
        try:
            return (await tool.answer(arguments, account, report)).data
        except NotFound as error:
            raise NoAnswer(str(error), NOTHING if arguments.keys() & _IDS else TROUBLE) from None

    try:
        answer, account, own = run_on_account(
            answered, tool.name, account=invocation.account, sandbox=invocation.sandbox
        )
    except NoAnswer as error:
        return failed(str(error), error.code)
    answer = answer if account is None else {"account": account, **answer}
    answer = own.redacted(answer) if own.found_in(compact_json(answer)) else answer
    try:
        print_answer(answer, invocation, form)
    except OSError as error:
        abandon()
        if not isinstance(error, BrokenPipeError):  # as in `| head`: the reader has what it wanted
            return failed(f"Cannot write the answer: {error.strerror}.")
    return exit_code(answer)


def failed(sentence: str, code: int = TROUBLE) -> int:
    """Print why there is no answer; returns the exit code."""
    say(sentence)
    return code


def exit_code(answer: Mapping[str, Any]) -> int:
    """0: found. 1: nothing found, or an audit with errors or of nothing. 3: based on a part of the account."""
    if not is_whole(answer) or "unreachable" in answer.get("page", {}):
        return TROUBLE
    if str(answer.get("summary", "")).startswith("INCOMPLETE") or is_partial(answer):
        return TROUBLE
    if "findings" in answer and "connection" not in answer:
        errors = any(finding["severity"] == "error" for finding in answer["findings"])
        return NOTHING if errors or not (answer["findings"] or answer["coverage"]["read"]) else 0
    found = ("connections", "groups", "calls", "connection", "rows", *(["matches"] if is_count(answer) else []))
    return 0 if any(answer.get(name) for name in found) else NOTHING
