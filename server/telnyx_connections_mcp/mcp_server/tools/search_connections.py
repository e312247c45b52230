"""`search_connections`: questions about all connections, answered with rows or with counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, ClassVar, NotRequired

from pydantic import Field, field_validator
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.coverage import CoverageSaid, coverage_said, warning
from telnyx_connections_mcp.answers.token_budget import Answer, within
from telnyx_connections_mcp.answers.views import Detail, summary_once, view
from telnyx_connections_mcp.answers.wording import conditions, kinds, none_there, order, plural, states, unknown_said
from telnyx_connections_mcp.inventory.fetch import Fleet, Report
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import State
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.query import choices
from telnyx_connections_mcp.query.conditions import Conditions, read_where
from telnyx_connections_mcp.query.grouping import TooManyGroupsError, count_groups
from telnyx_connections_mcp.query.sorting import in_order
from telnyx_connections_mcp.query.suggestions import strictest
from telnyx_connections_mcp.query.unknown import unknown_values
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.telnyx.parameters import Parameters

MOST = 250
"""Rows or groups in one answer."""
LONGEST_VALUE = 80
"""Characters of a value of a condition that are repeated: a caller may send any number."""


class SearchConnections(Parameters):
    """The arguments."""

    ELSEWHERE: ClassVar[Mapping[str, str]] = {"filter": "did you mean `where`?"}

    where: Annotated[
        Annotated[Parameters, choices.where(CONNECTIONS)] | None,
        Field(description="Conditions that must all hold; any case, accents ignored."),
    ] = None
    group_by: Annotated[
        list[Annotated[str, choices.group_key(CONNECTIONS)]] | None,
        Field(max_length=2, description="Answer with counts per group instead of rows."),
    ] = None
    sort: Annotated[str, choices.order(CONNECTIONS), Field(description="Of rows; groups are largest first.")] = (
        CONNECTIONS.usual_sort
    )
    limit: Annotated[int, Field(ge=1, le=MOST, description="Most rows or groups.")] = 25
    offset: Annotated[int, Field(ge=0, description="Rows or groups to skip.")] = 0
    detail: Annotated[Detail, Field(description="As in list_connections.")] = "summary"
    fresh: Annotated[bool, Field(description="Read anew, not from the last 30 s.")] = False

    @field_validator("group_by")
    @classmethod
    def _each_key_once(cls, keys: list[str] | None) -> list[str] | None:
        return list(dict.fromkeys(keys)) if keys else keys


class Found(TypedDict):
    """The answer."""

    summary: str
    matches: Annotated[int, Field(description="Exact number of connections that match in all.")]
    connections: Annotated[NotRequired[list[dict[str, Any]]], Field(description="As in list_connections.")]
    groups: Annotated[
        NotRequired[list[dict[str, Any]]],
        Field(description="null: not set. A connection counts under each of its tags."),
    ]
    left: Annotated[
        NotRequired[dict[str, int]],
        Field(description="Groups and connections (count) beyond limit; go on at offset."),
    ]
    resolved: Annotated[NotRequired[dict[str, str]], Field(description="Instants meant.")]
    unknown: Annotated[NotRequired[dict[str, Any]], Field(description="Values that no connection read has.")]
    excluded_most: NotRequired[dict[str, Any]]
    shortened: NotRequired[str]
    changed: NotRequired[str]
    coverage: CoverageSaid


async def search_connections(arguments: SearchConnections, state: State, report: Report) -> Answer:
    """Read the fleet and answer from it."""
    try:
        read = read_where(arguments.where, datetime.now(UTC))
    except ValueError as error:
        raise ArgumentError(f"Nothing was asked of Telnyx: {error}.") from None
    fleet = await state.snapshots.get(read.api_filter, report, fresh=arguments.fresh)
    budget = state.settings.max_answer_tokens
    if read.resolved:  # an age is another instant at every call
        return await fleet.apart(lambda: _answered(arguments, read, fleet, budget))
    question = arguments.model_dump_json(exclude={"fresh"}, exclude_none=True)
    return await fleet.once(question, lambda: _answered(arguments, read, fleet, budget))


TOOL: ReadTool = read_tool(
    search_connections,
    arguments=SearchConnections,
    result=Found,
    title="Search and count connections",
    description=(
        "Answer questions about all connections in one call: which match (by name, type, state, tags, webhooks, voice "
        "profile, dates, what is missing) or how many per group. Reads every connection itself; `coverage` says of how "
        "many and as of when."
    ),
)


def _answered(arguments: SearchConnections, read: Conditions, fleet: Fleet, budget: int) -> Answer:
    matching = read.select(fleet.connections)
    unknown = unknown_values(arguments.where, read.tests, fleet.connections) if arguments.where else {}
    if arguments.group_by is None:
        ordered = in_order(matching, arguments.sort)
        build = _Question(arguments, read, fleet, ordered, unknown).rows
    else:
        try:
            groups = count_groups(matching, arguments.group_by)
        except TooManyGroupsError as error:
            raise ArgumentError(f"{error}: group by less, or give conditions that fewer connections meet.") from None
        build = partial(_Question(arguments, read, fleet, matching, unknown).groups, groups)
    return within(budget, build, arguments.detail, arguments.limit)


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked, and what was found."""

    arguments: SearchConnections
    conditions: Conditions
    fleet: Fleet
    matching: list[Connection]
    unknown: Mapping[str, Mapping[str, Any]]

    def rows(self, detail: Detail, count: int) -> Found:
        """The answer with up to `count` connections."""
        asked, cleaner = self.arguments, Cleaner()
        chosen = self.matching[asked.offset : asked.offset + count]
        answer = self._answer(self._rows_sentence(chosen))
        answer["connections"] = [
            summary_once(connection, cleaner, self.fleet.summaries)
            if detail == "summary"
            else view(connection, detail, cleaner)
            for connection in chosen
        ]
        if chosen and asked.offset + len(chosen) < len(self.matching):
            reached = asked.offset + len(chosen)
            answer["left"] = {"count": len(self.matching) - reached, "offset": reached}
        if detail != asked.detail or (count < asked.limit and "left" in answer):
            answer["shortened"] = _shortened(detail, asked.detail, len(chosen))
        return self._finish(answer, cleaner)

    def groups(self, groups: Sequence[tuple[Any, int]], _: Detail, count: int) -> Found:
        """The answer with up to `count` of `groups`."""
        asked, cleaner, keys = self.arguments, Cleaner(), self.arguments.group_by or []
        chosen = groups[asked.offset : asked.offset + count]
        answer = self._answer(self._groups_sentence(groups, len(chosen), keys))
        answer["groups"] = [
            {
                key: cleaner.text(value) if isinstance(value, str) else value
                for key, value in zip(keys, values, strict=True)
            }
            | {"count": number}
            for values, number in chosen
        ]
        rest = groups[asked.offset + len(chosen) :]
        if chosen and rest:
            count_left = sum(number for _, number in rest)
            answer["left"] = {"groups": len(rest), "count": count_left, "offset": asked.offset + len(chosen)}
        if count < asked.limit and "left" in answer:
            answer["shortened"] = f"{plural(len(chosen), 'group')} shown to keep the answer short; go on with offset."
        return self._finish(answer, cleaner)

    def _answer(self, sentence: str) -> Found:
        answer = Found(
            summary=warning(self.fleet.coverage) + unknown_said(CONNECTIONS, self.unknown) + sentence,
            matches=len(self.matching),
            coverage=coverage_said(self.fleet.coverage, self.conditions.api_filter),
        )
        if self.conditions.resolved:
            answer["resolved"] = {name: in_words(instant) for name, instant in self.conditions.resolved.items()}
        return answer

    def _subject(self) -> str:
        """`12 connections of all 412 match`, or how many there are in all; with what Telnyx itself filtered by."""
        coverage, filtered = self.fleet.coverage, conditions(self.conditions.api_filter)
        if not self.fleet.connections:
            return none_there(self.conditions.api_filter, coverage)
        if not self.conditions.own_tests:
            return f"{plural(len(self.matching), 'connection')}{filtered} {'in all' if coverage.complete else 'read'}"
        read = f"all {coverage.read}" if coverage.complete else f"the {coverage.read} read"
        return f"{plural(len(self.matching), 'connection')} of {read}{filtered} match"

    def _rows_sentence(self, chosen: Sequence[Connection]) -> str:
        asked, total = self.arguments, len(self.matching)
        if not total:
            return f"{self._subject()}."
        if not chosen:
            return f"{self._subject()}; offset {asked.offset} is beyond the last."
        first = asked.offset + 1
        part = "" if len(chosen) == total else f"; {first} to {asked.offset + len(chosen)} are shown"
        return f"{self._subject()}: {kinds(self.matching)}{part}, {order(CONNECTIONS, asked.sort)}."

    def _groups_sentence(self, groups: Sequence[tuple[Any, int]], shown: int, keys: Sequence[str]) -> str:
        if not groups:
            return f"{self._subject()}."
        repeated = sum(number > 1 for (first, *_), number in groups if first)
        several = f" ({repeated} of them of several connections)" if keys == ["connection_name"] else ""
        if sum(number for _, number in groups) > len(self.matching):
            several = " (a connection is in that of each of its tags)"
        part = "" if shown == len(groups) else f", {shown} shown"
        return (
            f"{self._subject()}: {states(self.matching)}; in {plural(len(groups), 'group')} by {' and '.join(keys)}"
            f"{several}{part}, largest first."
        )

    def _finish(self, answer: Found, cleaner: Cleaner) -> Found:
        """Say which values are unknown; without a match, which condition is to blame; and what was changed."""
        if self.unknown:
            answer["unknown"] = {name: _cleaned(what, cleaner) for name, what in self.unknown.items()}
        tests, everything = self.conditions.own_tests, self.fleet.connections
        if len(tests) > 1 and everything and not self.matching:
            condition, excludes, without = strictest(tests, everything)
            answer["excluded_most"] = {
                "condition": condition,
                "excludes": excludes,
                "matches_without_it": without,
            }
        if changes := cleaner.changes():
            answer["changed"] = changes
        return answer


def _shortened(detail: Detail, asked: Detail, shown: int) -> str:
    if detail != asked:
        return (
            f"summaries instead of full rows ({shown} shown) to keep the answer short; go on with offset, or ask for "
            "full rows with a smaller limit."
        )
    return f"fewer rows than the limit ({shown} shown) to keep the answer short; go on with offset."


def _cleaned(what: Mapping[str, Any], cleaner: Cleaner) -> dict[str, Any]:
    """What `unknown_values` says of one condition: lists of texts, and a number."""
    return {
        key: [cleaner.text(text, LONGEST_VALUE) for text in said] if isinstance(said, list) else said
        for key, said in what.items()
    }
