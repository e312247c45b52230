"""The answer of `search_connections`: rows, counts per group, or a count alone, with a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.coverage import (
    CoverageInfo,
    coverage_info,
    warning,
    warnings_around,
    with_others,
    words_around,
)
from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.answers.rows import ConnectionGroup, ConnectionRow, shown_row
from telnyx_connections_mcp.answers.spellings import spellings
from telnyx_connections_mcp.answers.wording import (
    filter_words,
    no_connections,
    order,
    plural,
    state_counts,
    type_counts,
    unknown_words,
)
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.mcp_server.tools.search_reading import SearchReading, coverage_for
from telnyx_connections_mcp.query.changes import Changed
from telnyx_connections_mcp.query.group_by_sql import Groups, Value
from telnyx_connections_mcp.query.search import SearchResult
from telnyx_connections_mcp.query.where_sql import Conditions
from telnyx_connections_mcp.redaction.cleaner import SUMMARY_LIMIT, Cleaner
from telnyx_connections_mcp.redaction.texts import quoted

if TYPE_CHECKING:  # it imports this
    from telnyx_connections_mcp.mcp_server.tools.search_connections import SearchConnections

LONGEST_VALUE = 80
"""Longest condition value echoed back, in characters."""


_EXCLUDED = open_object(condition="string", excludes="integer", matches_without_it="integer")


class SearchConnectionsResult(TypedDict):
    """The answer."""

    summary: str
    matches: Annotated[int, Field(description="Exact total of matching connections.")]
    connections: Annotated[NotRequired[list[ConnectionRow]], Field(description="As in list_connections.")]
    groups: Annotated[
        NotRequired[list[ConnectionGroup]],
        Field(description="null: not set. A connection counts under each of its tags."),
    ]
    left: Annotated[
        NotRequired[dict[str, int]],
        Field(description="Groups and connections (count) beyond limit; continue at offset."),
    ]
    resolved: Annotated[NotRequired[dict[str, str]], Field(description="How values were understood.")]
    unknown: Annotated[NotRequired[dict[str, Any]], Field(description="Values that no connection read has.")]
    excluded_most: NotRequired[Annotated[dict[str, Any], WithJsonSchema(_EXCLUDED)]]
    shortened: NotRequired[str]
    changed: NotRequired[str]
    coverage: CoverageInfo


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Formats a search and its result."""

    arguments: "SearchConnections"
    conditions: Conditions
    read: SearchReading
    result: SearchResult
    partly: str = ""
    """What was checked in part, for the beginning of the answer."""

    @property
    def coverage(self) -> Coverage:
        """Of the connections."""
        return self.read.connections.coverage

    @property
    def others(self) -> Mapping[Kind, Coverage]:
        """Of the other kinds that were read whole."""
        if self.read.looked_up:
            return {}
        return {kind: coverage_for(self.read.connections, kind, other) for kind, other in self.read.others.items()}

    @property
    def detail(self) -> Detail:
        """The detail of rows; chosen fields have no other."""
        return "summary" if self.arguments.fields else self.arguments.detail

    def rows(self, detail: Detail, count: int) -> SearchConnectionsResult:
        """The answer with up to `count` connections."""
        arguments, changed, total = self.arguments, Changes(), self.result.matching.count
        chosen = self.result.records[:count]
        answer = self._answer(self._rows_sentence(len(chosen)))
        if arguments.most:
            answer["connections"] = [
                shown_row(CONNECTIONS, record, detail, changed.row(record.values[0], number), arguments.fields)
                for number, record in enumerate(chosen, 1)
            ]
        reached = arguments.offset + len(chosen)
        if chosen and reached < total:
            answer["left"] = {"count": total - reached, "offset": reached}
        if detail != self.detail or (count < arguments.most and "left" in answer):
            answer["shortened"] = _shortened(detail, self.detail, len(chosen))
        return self._finish(answer, changed)

    def groups(self, groups: Groups, _: Detail, count: int) -> SearchConnectionsResult:
        """The answer with up to `count` of `groups`."""
        arguments, changed, keys = self.arguments, Changes(), self.arguments.group_by or []
        chosen = groups.some[:count]
        answer = self._answer(self._groups_sentence(groups, len(chosen), keys))
        if arguments.most:
            answer["groups"] = [
                _group(dict(zip(keys, values, strict=True)), number, groups, changed.at(f"group {place}"))
                for place, (values, number) in enumerate(chosen, 1)
            ]
        reached = arguments.offset + len(chosen)
        if chosen and reached < groups.number:
            counted = groups.counted - groups.skipped - sum(number for _, number in chosen)
            answer["left"] = {"groups": groups.number - reached, "count": counted, "offset": reached}
        if count < arguments.most and "left" in answer:
            answer["shortened"] = (
                f"{plural(len(chosen), 'group')} shown to keep the answer short; continue with offset."
            )
        return self._finish(answer, changed)

    def _answer(self, sentence: str) -> SearchConnectionsResult:
        warnings = warning(self.coverage) + warnings_around(self.others)
        unknown = unknown_words(CONNECTIONS, self.result.unknown)
        answer = SearchConnectionsResult(
            summary=f"{warnings}{self.partly}{unknown}{sentence}{words_around(self.others, self.coverage)}",
            matches=self.result.matching.count,
            coverage=with_others(coverage_info(self.coverage, self.read.api_filter), self.others),
        )
        if self.read.looked_up:
            answer["coverage"]["api_filter"] = dict(self.read.looked_up)
        instants = {name: in_words(instant) for name, instant in self.conditions.resolved.items()}
        if resolved := {**instants, **self.result.understood}:
            answer["resolved"] = resolved
        return answer

    def _subject(self) -> str:
        """`12 connections of all 412 match`, or the total, with the filter that Telnyx applied."""
        coverage, filtered = self.coverage, filter_words(self.read.api_filter)
        if not coverage.read:
            return no_connections(self.read.api_filter, coverage)
        for name, value in self.read.looked_up.items():
            filtered = f" with {CONNECTIONS.conditions[name][0].noun}{quoted(value)}"
        matching = plural(self.result.matching.count, "connection")
        if not self.conditions.own_tests:
            return f"{matching}{filtered} {'in all' if coverage.complete else 'read'}"
        read = f"all {coverage.read}" if coverage.complete else f"the {coverage.read} read"
        return f"{matching} of {read}{filtered} match"

    def _rows_sentence(self, shown: int) -> str:
        arguments, matching = self.arguments, self.result.matching
        if not matching.count:
            return f"{self._subject()}."
        if not shown and arguments.most:
            return f"{self._subject()}; offset {arguments.offset} is beyond the last."
        said = f"{self._subject()}: {type_counts(matching.states, matching.types)}"
        if not arguments.most:
            return f"{said}."
        part = "" if shown == matching.count else f"; {arguments.offset + 1} to {arguments.offset + shown} are shown"
        return f"{said}{part}, {order(CONNECTIONS, arguments.sort)}."

    def _groups_sentence(self, groups: Groups, shown: int, keys: Sequence[str]) -> str:
        if not groups.number:
            return f"{self._subject()}."
        matching = self.result.matching
        several = _same_words(groups, keys)
        if groups.counted > matching.count:
            several += " (a connection counts under each of its tags)"
        part = "" if shown == groups.number or not self.arguments.most else f", {shown} shown"
        counted = f"{state_counts(matching.states)}in {plural(groups.number, 'group')} by {' and '.join(keys)}"
        return f"{self._subject()}: {counted}{several}{part}, largest first."

    def _finish(self, answer: SearchConnectionsResult, changed: Changes) -> SearchConnectionsResult:
        """Add unknown values; without a match, the strictest condition; and what was changed."""
        if unknown := self.result.unknown:
            answer["unknown"] = {
                name: {
                    key: [
                        _cleaned(text, changed.at(f"unknown.{name}"), self.result.changed[name], LONGEST_VALUE)
                        for text in said
                    ]
                    if isinstance(said, list)
                    else said
                    for key, said in what.items()
                }
                for name, what in unknown.items()
            }
        if self.result.excluded_most:
            condition, excludes, without = self.result.excluded_most
            answer["excluded_most"] = {
                "condition": condition,
                "excludes": excludes,
                "matches_without_it": without,
            }
        if changes := changed.words():
            answer["changed"] = changes
        return answer


def _same_words(groups: Groups, keys: Sequence[str]) -> str:
    """That names are told apart without case and accents, and how many of them several connections have."""
    if "connection_name" not in keys:
        return ""
    folded = ", ignoring case and accents"
    if len(keys) > 1:
        return folded
    names, connections = groups.exactly
    exactly = f"{plural(names, 'name')}, {plural(connections, 'connection')}" if names else "none"
    return f" ({groups.repeated} of them with several connections){folded} (exactly alike: {exactly})"


def _shortened(detail: Detail, requested: Detail, shown: int) -> str:
    if detail != requested:
        return (
            f"summaries instead of full rows ({shown} shown) to keep the answer short; continue with offset, or ask "
            "for full rows with a smaller limit."
        )
    return f"fewer rows than the limit ({shown} shown) to keep the answer short; continue with offset."


def _group(values: Mapping[str, Value], count: int, groups: Groups, cleaner: Cleaner) -> dict[str, Any]:
    """A group: its values by key, as shown, how many connections it has, and its spellings if there are several."""
    group: dict[str, Any] = {
        key: _cleaned(value, cleaner, groups.changed[key]) if isinstance(value, str) else value
        for key, value in values.items()
    }
    (value, *others) = values.values()
    several = groups.spellings.get(str(value)) if not others else None
    return group | {"count": count} | (spellings(*several, LONGEST_VALUE) if several else {})


def _cleaned(text: str, cleaner: Cleaner, changed: Changed, limit: int = SUMMARY_LIMIT) -> str:
    """`text` as shown, counting earlier changes too."""
    cleaned, masked = changed.get(text, (False, False))
    cleaner.cleaned += cleaned
    cleaner.masked += masked
    return cleaner.text(text, limit)
