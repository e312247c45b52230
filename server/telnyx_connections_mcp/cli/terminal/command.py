"""Click commands whose parameters are made on first use, because making them imports the tools."""

import gc
from abc import abstractmethod
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from telnyx_connections_mcp.cli.terminal.options import ToolOption, arguments, option_names, parameters

if TYPE_CHECKING:  # importing a tool imports mcp
    from collections.abc import Callable, Mapping, Sequence

    from telnyx_connections_mcp.cli.terminal.output import Form
    from telnyx_connections_mcp.mcp_server.tool import ReadTool

_LAST = "telnyx_connections_mcp.last_word"

EPILOG = """\
\b
Exit codes:
  {codes}
  2  wrong usage: no request was sent
  3  no complete answer: the API, the network, the key or a setting is at fault,
     or the printed answer is INCOMPLETE or lacks a part (takes precedence over 0
     and 1)
\b
Prints a table in a terminal. In a pipe or file, prints tab-separated rows under
a heading, and everything else on standard error. With --json, prints the tool's
answer. Settings are environment variables (TELNYX_API_KEY, ...);
TELNYX_MAX_ANSWER_TOKENS does not apply here.
"""
FOUND = "0  found\n  1  nothing found"


def _chosen(tool: "ReadTool", arguments: "Mapping[str, Any]") -> tuple[str, ...]:
    """The fields that rows will have, as the tool reads its arguments."""
    from telnyx_connections_mcp.mcp_server.arguments import coerce

    fields = coerce(arguments, tool.accepted).get("fields") or ()
    return tuple(dict.fromkeys(name for name in fields if isinstance(name, str)))


def tools() -> "dict[str, ReadTool]":
    """The tools by name."""
    gc.disable()  # as in serve.py; somebody waits for the completion of a word
    from telnyx_connections_mcp.mcp_server.app import TOOLS

    gc.enable()
    return {tool.name: tool for tool in TOOLS}


class BaseToolCommand(click.Command):
    """A command that calls a tool; `tool_call` returns the tool and its arguments."""

    in_options = True
    """Whether the arguments of the tool are options."""

    def __init__(self, name: str, codes: str = FOUND, **how: Any) -> None:
        super().__init__(name, epilog=EPILOG.format(codes=codes), **how)

    @abstractmethod
    def own_parameters(self) -> list[click.Parameter]:
        """The parameters besides those of every command."""

    @abstractmethod
    def tool_call(self, ctx: click.Context) -> "tuple[ReadTool, Mapping[str, Any]]":
        """The tool and its arguments. Raises `click.UsageError`."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Those of `own_parameters`, `--json`, `--account`, `--sandbox` and `--help`."""
        if not self.params:
            self.params = [
                *self.own_parameters(),
                click.Option(["--json", "as_json"], is_flag=True, help="Print the tool's answer as one line of JSON."),
                click.Option(
                    ["--account"], metavar="NAME", help="Account to use, from the file named by TELNYX_ACCOUNTS."
                ),
                click.Option(["--sandbox"], is_flag=True, help="Use the built-in sandbox account; no key needed."),
            ]
        return super().get_params(ctx)

    def invoke(self, ctx: click.Context) -> int:
        """Ask, print, and return the exit code."""
        from telnyx_connections_mcp.cli.terminal.answer_tables import Invocation
        from telnyx_connections_mcp.cli.terminal.ask import ask
        from telnyx_connections_mcp.mcp_server.arguments import ArgumentError

        tool, arguments = self.tool_call(ctx)
        try:
            invocation = Invocation(
                account=ctx.params["account"],
                sandbox=ctx.params["sandbox"],
                options=self.in_options,
                fields=_chosen(tool, arguments),
            )
            return ask(tool, arguments, invocation, self.form(ctx))
        except ArgumentError as error:
            raise click.UsageError(self.with_option_names(str(error), tool), ctx) from None

    def form(self, ctx: click.Context) -> "Form":
        """What is printed."""
        return "json" if ctx.params["as_json"] else "table"

    def with_option_names(self, message: str, tool: "ReadTool") -> str:  # noqa: ARG002  # those who inherit need the tool
        """A tool's message about its arguments, with their command-line names."""
        return message.replace("`account`", "`--account`")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As in click; records the last word, for `shell_complete`."""
        words = [word for word in args if word != "="]  # bash takes --sort=x for three words
        ctx.meta[_LAST] = words[-1] if words else ""
        try:
            if not ctx.resilient_parsing:
                self._refuse_repeated(ctx, args)
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            names = [name for param in self.get_params(ctx) for name in (*param.opts, *param.secondary_opts)]
            longer = [name for name in names if name.startswith(f"{error.option_name}-")]
            if not longer:
                raise
            said = f"No such option '{error.option_name}'. Did you mean {' or '.join(longer)}?"
            raise click.NoSuchOption(error.option_name, said, ctx=ctx) from None

    def _refuse_repeated(self, ctx: click.Context, args: list[str]) -> None:
        """Raise `click.UsageError` for a repeated single-value option: click silently drops the first."""
        _, _, given = self.make_parser(ctx).parse_args([*args])
        for param, times in Counter(given).items():
            if times > 1 and isinstance(param, ToolOption) and not param.multiple:
                raise click.UsageError(f"{'/'.join([*param.opts, *param.secondary_opts])} may be given only once", ctx)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As in click; but after an option that needs a value, `-c` is the beginning of that value."""
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and not param.is_flag and ctx.meta[_LAST] in param.opts:
                return param.shell_complete(ctx, incomplete)
        return super().shell_complete(ctx, incomplete)


class ToolCommand(BaseToolCommand):
    """A command with one option for each argument of `tool`.

    `place` is for a positional text that may be one of several arguments: its name in the usage, a function that says
    which argument a text is, and the names of these arguments.
    """

    def __init__(
        self, name: str, tool: str, place: "tuple[str, Callable[[str], str], Sequence[str]] | None" = None, **how: Any
    ) -> None:
        super().__init__(name, **how)
        self._tool = tool
        self._place = place

    def own_parameters(self) -> list[click.Parameter]:
        """One per argument of the tool."""
        placed = [click.Argument(["placed"], required=False, metavar=f"[{self._place[0]}]")] if self._place else []
        return [*placed, *parameters(tools()[self._tool])]

    def tool_call(self, ctx: click.Context) -> "tuple[ReadTool, Mapping[str, Any]]":
        """The tool and the arguments in the options."""
        given = arguments(ctx)
        if self._place and (text := ctx.params["placed"]) is not None:
            called, argument_of, several = self._place
            if not text.strip():
                raise click.UsageError(f'{called} must be text, not ""', ctx)
            if not given.keys().isdisjoint(several):
                raise click.UsageError(f"give either {called} or an option that identifies the connection", ctx)
            given[argument_of(text)] = text
        return tools()[self._tool], given

    def with_option_names(self, message: str, tool: "ReadTool") -> str:
        """`--page-size` instead of `page.size`."""
        for path, name in option_names(tool).items():
            message = message.replace(f"`{path}`", f"`{name}`").replace(f"`{path}[", f"`{name}[")
        return super().with_option_names(message, tool)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options in sections, one per group of arguments with its own description."""
        schema = tools()[self._tool].accepted["properties"]
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            group = param.path[0] if isinstance(param, ToolOption) and len(param.path) > 1 else ""
            title = schema[group].get("description", group).partition(". ")[0].rstrip(".") if group else "Options"
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)
