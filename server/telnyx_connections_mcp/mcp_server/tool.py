"""Our tools: strict flat schemas, short errors, one time limit, and equal structured and text content.

A tool is a plain async function of its arguments and the account's context that returns plain data; this module is the
only boundary between such functions and the protocol.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from telnyx_connections_mcp.answers.token_budget import Answer
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError, ArgumentReader, read_account
from telnyx_connections_mcp.mcp_server.context import AccountContext, AccountRefused, account_context
from telnyx_connections_mcp.mcp_server.schema import input_schema, output_schema, shown, with_property
from telnyx_connections_mcp.mcp_server.view.conversation import note_request, result_meta
from telnyx_connections_mcp.mcp_server.view.serving import view_meta
from telnyx_connections_mcp.observability.request_record import set_failure
from telnyx_connections_mcp.telnyx.errors import TelnyxError

READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
_ACCOUNT = {"type": "string", "description": "Name of the Telnyx account; default: yours."}
_ABOUT_ACCOUNT = {"type": "string", "description": "The Telnyx account this is about."}
_log = logging.getLogger(__name__)


class ReadTool(Tool):
    """A read-only tool. Make one with `read_tool`."""

    arguments_model: type[BaseModel] = Field(exclude=True)
    result: Any = Field(exclude=True)
    """The `TypedDict` of its result."""
    takes_account: bool = Field(default=False, exclude=True)
    """Whether calls may name an account, and answers name it (`with_account`)."""

    def model_post_init(self, _: Any) -> None:
        """Leave `parameters` to `__getattr__`."""
        del self.__dict__["parameters"]

    if not TYPE_CHECKING:  # the SDK declares it

        def __getattr__(self, name: str) -> Any:
            """The schema of its arguments as clients see it.

            It is made when it is first read, which over stdio is hardly ever necessary.
            """
            if name != "parameters":
                return super().__getattr__(name)
            self.parameters = shown(self.accepted)
            return self.parameters

    @cached_property
    def accepted(self) -> dict[str, Any]:
        """The schema of its arguments with every name that they may have."""
        schema = input_schema(self.arguments_model)
        return with_property(schema, "account", _ACCOUNT) if self.takes_account else schema

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """The schema of its result, made when it is first read."""
        schema = output_schema(self.result)
        return with_property(schema, "account", _ABOUT_ACCOUNT) if self.takes_account else schema

    @property
    def kind(self) -> Kind | None:
        """The kind whose conditions its `where` has: the `KIND` of its arguments."""
        kind: Kind | None = getattr(self.arguments_model, "KIND", None)
        return kind

    @cached_property
    def read(self) -> ArgumentReader:
        """What reads its arguments."""
        return ArgumentReader(self.arguments_model, lambda: self.accepted)

    async def answer(self, arguments: Mapping[str, Any], account: AccountContext, report: ReportProgress) -> Answer:
        """The answer to a call, from the protocol or the command line.

        Raises `ArgumentError`, `SettingsError`, `TelnyxError`, and `TimeoutError` after `tool_timeout` seconds.
        """
        return await self._answer(self.read(arguments), account, report)

    async def _answer(
        self, read: tuple[BaseModel, Sequence[str]], account: AccountContext, report: ReportProgress
    ) -> Answer:
        parsed, empty = read
        # Retries and the rate limiter read the scope's deadline: a plain timer would let them wait past it.
        with anyio.move_on_after(account.settings.tool_timeout):
            answer: Answer = await self.fn(parsed, account, report)
            if not empty:
                return answer
            summary = f"{answer.data['summary']} Ignored because empty: {', '.join(empty)}."
            return Answer.of({**answer.data, "summary": summary}, answer.beside)
        raise TimeoutError

    async def call(
        self, request: ServerRequestContext[Any, Any], arguments: Mapping[str, Any]
    ) -> tuple[Answer, dict[str, Any]]:
        """The answer of one call over the protocol, and the `_meta` of its result.

        Raises `ToolError`, whose text the model reads. A defect of ours is logged with its stack and told without it.
        """
        try:
            account = account_context(request, read_account(arguments) if self.takes_account else None)
        except (ArgumentError, AccountRefused) as error:
            set_failure(error)
            raise ToolError(str(error)) from error
        if self.takes_account:
            arguments = {name: value for name, value in arguments.items() if name != "account"}
        note_request(request.meta if account.settings.app else None)

        async def report(done: int, known: int | None) -> None:
            await request.session.report_progress(done, known, f"Read {done} of {known or '?'} pages")

        try:
            read = self.read(arguments)
            answer = await self._answer(read, account, report)
        except (ArgumentError, SettingsError, TelnyxError) as error:
            set_failure(error)
            raise ToolError(str(error)) from error
        except TimeoutError as error:
            set_failure(error)
            raise ToolError(too_late(account)) from error
        except Exception as error:
            set_failure(error)
            _log.exception("%s failed", self.name)
            raise ToolError(
                f"{self.name} failed because of a defect in this server: report it with the lines of its log."
            ) from error
        named = {"account": account.name} if self.takes_account else {}
        if named:
            answer = Answer.of({**named, **answer.data}, answer.beside)
        return answer, self._result_meta(read[0], named, answer) if self.meta else {}

    def _result_meta(self, parsed: BaseModel, named: Mapping[str, str], answer: Answer) -> dict[str, Any]:
        """What the page needs besides the `answer` to these arguments, about the account `named`."""
        asked = parsed.model_dump(mode="json", exclude_unset=True, exclude={"fresh"})
        return result_meta(self.name, {**asked, **named}, answer.beside)

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: ARG002, FBT001, FBT002  # the SDK's signature
    ) -> CallToolResult:
        """Answer one call as the SDK wants it. Raises `ToolError`."""
        answer, meta = await self.call(context.request_context, arguments)
        # A single block: not every client accepts more.
        return CallToolResult(
            content=[TextContent(type="text", text=answer.text)],
            structured_content=dict(answer.data),
            _meta=meta or None,
        )


def too_late(account: AccountContext) -> str:
    """The error for an answer that took too long."""
    return (
        f"The request took longer than {account.settings.tool_timeout:g} s: "
        "try again, ask for less, or raise TELNYX_TOOL_TIMEOUT."
    )


def read_tool(
    fn: Callable[[Any, AccountContext, ReportProgress], Awaitable[Answer]],
    *,
    arguments: type[BaseModel],
    result: Any,
    title: str,
    description: str,
) -> ReadTool:
    """The tool that calls `fn`, and is named after it; `fn` may report its progress in pages.

    `arguments` is the strict model of its arguments, `result` the `TypedDict` of its result; both become schemas.
    """
    return ReadTool(
        fn=fn,
        name=fn.__name__,
        title=title,
        description=description,
        parameters={},  # see ReadTool
        fn_metadata=FuncMetadata(arg_model=ArgModelBase),
        is_async=True,
        annotations=READ_ONLY,
        arguments_model=arguments,
        result=result,
    )


def with_account(tool: ReadTool) -> ReadTool:
    """`tool` for a server with several accounts: a call may name one, and the answer says which it is about.

    The schema does not list them: every caller sees the same tools, but may not know every account.
    """
    return ReadTool.model_validate(dict(tool) | {"takes_account": True, "parameters": {}})


def with_view(tool: ReadTool) -> ReadTool:
    """`tool` with the page, in which hosts show its answers."""
    return ReadTool.model_validate(dict(tool) | {"meta": view_meta(), "parameters": {}})
