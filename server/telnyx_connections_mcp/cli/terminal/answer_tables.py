"""A tool's answer as tables and notes: plain data, printed by `output`."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.terminal.options import as_options
from telnyx_connections_mcp.cli.terminal.part_tables import PartTable, part_tables
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.tools import search_connections
from telnyx_connections_mcp.text.cleaning import clean

_FIRST = ("connection_name", "id", "record_type", "active", "created_at", "tags", "webhook_host")
_CONNECTION = tuple(dict.fromkeys((*_FIRST, *(field.in_summary for field in CONNECTIONS.fields))))
_COLUMNS: Mapping[str, Sequence[str]] = {
    "connection": (),
    "connections": _CONNECTION,
    "candidates": (*_CONNECTION, "spelled"),
    "groups": (),
    "calls": ("duration", "call_control_id", "call_leg_id", "call_session_id", "call_duration"),
    "findings": (
        "severity",
        "check",
        "count",
        "active",
        "fields",
        "why",
        "do",
        "connections",
        "note",
        "names",
        "exact",
        "groups",
        "all_by",
    ),
}
"""The tabular parts of answers, and their columns, most important first."""
_NAMES = ("connection_name", "count", "spellings", "more_spellings")
"""The columns of groups by name, whether or not some are spelled in several ways."""
_SAID = frozenset({"summary", "matches", "parts"})
"""What is no note, because it is shown elsewhere."""
_SAID_OF_STATEMENTS = frozenset({"summary", "columns", "rows", "coverage"})
"""The same in the answer to a statement, whose summary says all about its coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """How the command was invoked, for the commands that it suggests: which account, and options or JSON."""

    account: str | None
    sandbox: bool
    options: bool
    fields: Sequence[str] = ()
    """The fields that were chosen, if any: the columns of rows."""

    @property
    def account_words(self) -> list[str]:
        """The words that select the account on the command line."""
        return [*(["--account", self.account] if self.account else []), *(["--sandbox"] if self.sandbox else [])]

    def with_argument(self, option: str, path: Sequence[str], value: Any) -> str:
        """`--page 2`, or `{"page":{"number":2}}` if the arguments were JSON."""
        if self.options:
            return shlex.join([option, str(value)])
        for name in reversed(path):
            value = {name: value}
        return compact_json(value)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. A row may lack columns."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    title: str = ""
    """What is said above it, where there are several."""
    as_fields: bool = False
    """Whether it is one object, of which each field has a line."""


def sheets(answer: Mapping[str, Any], invocation: Invocation) -> list[Sheet]:
    """The tabular parts of `answer`; of a count alone, the count."""
    if is_count(answer):
        return [Sheet("matches", ("matches",), [{"matches": answer["matches"]}])]
    found = [
        Sheet(name, invocation.fields, answer[name])
        if name == "connections" and invocation.fields
        else _sheet(name, answer[name])
        for name in _COLUMNS
        if name in answer
    ]
    return [*found, *(_part(table) for table in part_tables(answer))]


def _part(table: PartTable) -> Sheet:
    columns = tuple(dict.fromkeys(column for row in table.rows for column in row))
    return Sheet(table.name, columns, table.rows, title=table.name, as_fields=not table.is_list)


def is_count(answer: Mapping[str, Any]) -> bool:
    """Whether `answer` is a count alone."""
    return "matches" in answer and not {"connections", "groups"} & answer.keys()


def _sheet(name: str, part: Any) -> Sheet:
    rows = [part] if isinstance(part, Mapping) else part
    columns = dict.fromkeys(column for row in rows for column in row)
    one = name == "connection"
    known = _NAMES if name == "groups" and {*_NAMES[:2]} <= columns.keys() <= {*_NAMES} else _COLUMNS[name]
    if all(column in known for column in columns):
        return Sheet(name, known, rows, as_fields=one)
    return Sheet(name, tuple(columns), rows, as_fields=one)  # full rows: what Telnyx sends, in its order


def cell(value: Any, *, none: str = "") -> str:
    """A value as the text of one cell: one line, no control characters."""
    if value is None:
        return none
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return clean(", ".join(value))
    return clean(compact_json(value))


def all_by(arguments: Mapping[str, Any], invocation: Invocation) -> str:
    """The command line of a search with these arguments."""
    words = as_options(search_connections.TOOL, arguments)
    return shlex.join(["telnyx-connections-mcp", "search", *words, *invocation.account_words])


def named(connections: Sequence[Mapping[str, Any]]) -> str:
    """`acme (1293…), globex (1294…)`."""
    return ", ".join(
        f"{cell(row.get('connection_name')) or '(no name)'} ({cell(row.get('id'))})" for row in connections
    )


def counted(groups: Sequence[Mapping[str, Any]]) -> str:
    r"""`Main line (2), acme (3: 2 acme, 1 acme\u0020)`."""
    return ", ".join(f"{cell(group['connection_name'])} ({_counted(group)})" for group in groups)


def _counted(group: Mapping[str, Any]) -> str:
    spelled = [f"{count} {cell(name)}" for name, count in group.get("spellings", {}).items()]
    more = [f"{group['more_spellings']} more spellings"] if "more_spellings" in group else []
    return ": ".join([str(group["count"]), *([", ".join([*spelled, *more])] if spelled else [])])


def numbered(counts: Mapping[str, int] | Sequence[str]) -> str:
    """`webhook_event_url 2, webhook_event_failover_url 1`; without numbers if there are none."""
    if not isinstance(counts, Mapping):
        return cell(counts)
    return ", ".join(f"{cell(name)} {count}" for name, count in counts.items())


def notes(answer: Mapping[str, Any], invocation: Invocation) -> Iterator[str]:
    """Whatever else `answer` says, one line each. A part that is not known here is shown as it is."""
    known = _NOTES | {"page": partial(_page, invocation), "left": partial(_left, invocation)}
    said = _SAID_OF_STATEMENTS if "rows" in answer else _SAID
    for name, value in answer.items():
        if name not in _COLUMNS and name not in said:
            yield clean(known[name](value) if name in known else f"{name}: {cell(value)}")
    yield from (clean(table.note) for table in part_tables(answer) if table.note)


def _page(invocation: Invocation, page: Mapping[str, Any]) -> str:
    total = f" of {page['total_pages']}" if "total_pages" in page else ""
    where = f"Page {page['number']}{total}" if "number" in page else "A page"
    goes_on = ""
    if "after" in page:
        goes_on = f"; continue with {invocation.with_argument('--page-after', ('page', 'after'), page['after'])}"
    elif "next" in page:
        goes_on = f"; continue with {invocation.with_argument('--page', ('page', 'number'), page['next'])}"
    return f"{where}, up to {page['size']} a page{goes_on}."


def _coverage(coverage: Mapping[str, Any]) -> str:
    total = coverage.get("of", "an unknown number of")
    whole = "complete" if coverage["complete"] else f"INCOMPLETE: {coverage.get('why')}"
    filtered = f"; Telnyx filtered by {compact_json(coverage['api_filter'])}" if "api_filter" in coverage else ""
    return f"Read {coverage['read']} of {total} connections as of {coverage['as_of']}{filtered}; {whole}."


def _excluded_most(excluded: Mapping[str, Any]) -> str:
    return (
        f"The condition {excluded['condition']} excludes the most ({excluded['excludes']}); "
        f"without it {excluded['matches_without_it']} match."
    )


def _left(invocation: Invocation, left: Mapping[str, int]) -> str:
    groups = f" groups, totalling {left['count']}" if "groups" in left else ""
    goes_on = invocation.with_argument("--offset", ("offset",), left["offset"])
    return f"{left.get('groups', left['count'])} more{groups}; continue with {goes_on}."


def _unknown(unknown: Mapping[str, Mapping[str, Any]]) -> str:
    return "Unknown: " + "; ".join(_unknown_values(name, what) for name, what in unknown.items()) + "."


def _unknown_values(name: str, what: Mapping[str, Any]) -> str:
    more = f" and {what['more']} more" if "more" in what else ""
    near = f", similar: {cell(what['near'])}" if "near" in what else ""
    known = f", existing: {cell(what['there_are'])}" if "there_are" in what else ""
    return f"{name} {cell(what['values'])}{more}{near}{known}"


_NOTES: dict[str, Callable[[Any], str]] = {
    "account": lambda name: f"Account: {name}.",
    "coverage": _coverage,
    "excluded_most": _excluded_most,
    "unknown": _unknown,
    "resolved": lambda instants: (
        "Read as: " + ", ".join(f"{name} {instant}" for name, instant in instants.items()) + "."
    ),
    "nearest_names": lambda names: "Similar names: " + (", ".join(f'"{name}"' for name in names) or "none") + ".",
    "notes": " ".join,
    "as_of": lambda instant: f"As of {instant}.",
    "shortened": lambda said: f"Shortened: {said}",
    "changed": lambda said: f"Changed: {said}.",
    "not_checked": lambda said: f"Not checked: {said}",
}
