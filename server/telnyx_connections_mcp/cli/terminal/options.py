"""Converts a tool's flat schema to command-line options, and options to arguments.

Every property becomes exactly one option, so new arguments appear automatically.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from telnyx_connections_mcp.inventory.kind import Kind
    from telnyx_connections_mcp.mcp_server.tool import ReadTool

Path = tuple[str, ...]

OURS = ("json", "account", "sandbox", "help")
"""Options that every command has besides those of its tool."""

_SPELLED: Mapping[Path, str] = {
    ("filter", "connection_name", "contains"): "name",
    ("page", "number"): "page",
}
"""Names shorter than the path."""

_UNSAID = frozenset({"where", "filter"})
_FEW = 3


class ToolOption(click.Option):
    """The option for the argument at `path`; `known_values` complete it."""

    def __init__(self, declared: Sequence[str], path: Path, known_values: Sequence[str] = (), **how: Any) -> None:
        super().__init__(declared, **how)
        self.path = path
        self.known_values = known_values
        self.called = self.opts[0]


class ToolArgument(click.Argument):
    """A required, positional argument of a tool."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.called = path[-1].upper()
        super().__init__(["__".join(path)], metavar=self.called)


def parameters(tool: "ReadTool") -> list[click.Parameter]:
    """One parameter per argument of the tool; required ones are positional."""
    required = [(name,) for name in tool.accepted.get("required", ())]
    found = _leaves(tool.accepted)
    spelled = _spell({path: node for path, node in found.items() if path not in required})
    return [
        *map(ToolArgument, required),
        *(_option(name, path, found[path], tool.kind) for path, name in spelled.items()),
    ]


def arguments(ctx: click.Context) -> dict[str, Any]:
    """The arguments on the command line, nested as in the tool's schema.

    Raises `click.UsageError` for an empty option: probably an empty variable in a script.
    """
    values: dict[str, Any] = {}
    empty: list[str] = []
    for param in ctx.command.get_params(ctx):
        value = ctx.params.get(param.name or "")
        if not isinstance(param, ToolOption | ToolArgument) or value is None or value == ():
            continue
        if isinstance(param, ToolOption) and any(not text.strip() for text in _texts(value)):
            empty.append(f'`{param.called}` must be text, not ""')
        *parents, name = param.path
        group = values
        for parent in parents:
            group = group.setdefault(parent, {})
        group[name] = list(value) if isinstance(value, tuple) else value
    if empty:
        raise click.UsageError(f"{'; '.join(empty)}: give one, or leave it out", ctx)
    return values


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, tuple) else [value]) if isinstance(text, str)]


def option_names(tool: "ReadTool") -> dict[str, str]:
    """The option name of each argument, by dotted path."""
    return {
        ".".join(param.path): param.called for param in parameters(tool) if isinstance(param, ToolOption | ToolArgument)
    }


def as_options(tool: "ReadTool", given: Mapping[str, Any]) -> list[str]:
    """The command-line options for these arguments."""
    words: list[str] = []
    for param in parameters(tool):
        value = _at(given, param.path) if isinstance(param, ToolOption) else None
        if value is None:
            continue
        if isinstance(value, bool):
            words.append(param.opts[0] if value else param.secondary_opts[0])
            continue
        for item in value if isinstance(value, list) else [value]:
            words += [param.opts[0], str(item)]
    return words


def _at(given: Mapping[str, Any], path: Path) -> Any:
    value: Any = given
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _leaves(schema: Mapping[str, Any], above: Path = ()) -> dict[Path, Mapping[str, Any]]:
    """Every property without properties below it, by path."""
    found: dict[Path, Mapping[str, Any]] = {}
    for name, node in schema.get("properties", {}).items():
        found |= _leaves(node, (*above, name)) if node.get("properties") else {(*above, name): node}
    return found


def _spell(nodes: Mapping[Path, Mapping[str, Any]]) -> dict[Path, str]:
    """The option name for each path: short if unique, else the whole path."""
    short = {path: _short(path, node) for path, node in nodes.items()}
    uses = Counter([*short.values(), *OURS])
    return {path: (name if uses[name] == 1 else "-".join(path)).replace("_", "-") for path, name in short.items()}


def _short(path: Path, node: Mapping[str, Any]) -> str:
    """The short name, in the singular if the option is repeated to make a list."""
    name = _SPELLED.get(path, "-".join(step for step in path if step not in _UNSAID))
    return name.removesuffix("s") if node.get("type") == "array" else name


def _option(name: str, path: Path, node: Mapping[str, Any], kind: "Kind | None") -> ToolOption:
    many = node.get("type") == "array"
    item = node["items"] if many else node
    how: dict[str, Any] = {"help": _help(node, item), "multiple": many, "default": None}
    flags = f"--{name}"
    condition, field = kind.conditions[path[-1]] if kind and path[0] == "where" else (None, None)
    if item.get("type") == "boolean":
        flags = flags if "default" in node else f"{flags}/--{(condition and condition.opposite) or _opposite(name)}"
        how |= {"is_flag": True}
    elif "enum" in item:
        how |= {"type": click.Choice(item["enum"]), "metavar": None if _few(item) else name.upper().replace("-", "_")}
    elif item.get("type") == "integer":
        how |= {"type": click.IntRange(item.get("minimum"), item.get("maximum")), "metavar": "N"}
    else:
        how |= {"metavar": "ID" if name.endswith("id") else "TEXT", "shell_complete": _suggest}
        how |= {"known_values": field.known_values if field else ()}
    return ToolOption([flags, "__".join(path)], path, **how)


def _suggest(_: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Known values, which are not enforced, because there may be others."""
    known = param.known_values if isinstance(param, ToolOption) else ()
    return [CompletionItem(text) for text in known if text.startswith(incomplete)]


def _opposite(name: str) -> str:
    return f"no-{name.removeprefix('has-')}"


def _few(item: Mapping[str, Any]) -> bool:
    return len(item["enum"]) <= _FEW


def _help(node: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    return " ".join(_help_parts(node, item))


def _help_parts(node: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    from telnyx_connections_mcp.mcp_server.schema import described  # imports pydantic

    if said := described(node):
        yield said
    if "enum" in item and not _few(item):
        yield f"One of {', '.join(item['enum'])}."
    if node is not item:
        yield f"Up to {node['maxItems']} times." if "maxItems" in node else "May be repeated."
