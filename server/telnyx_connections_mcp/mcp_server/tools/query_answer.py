"""The answer of `query_account`: rows, and of how much of the account they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.coverage import CoverageInfo, beginning, coverage_info, covered, warning
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.inventory.views import Detail

if TYPE_CHECKING:  # imported by the first statement, because every chat starts a server
    from telnyx_connections_mcp.sql.query_process import StatementResult
    from telnyx_connections_mcp.sql.reading import Parts


class QueryAccountResult(TypedDict):
    """The answer."""

    summary: str
    columns: list[str]
    rows: Annotated[list[list[Any]], Field(description="Values in the order of columns; null: not set.")]
    unknown: Annotated[
        NotRequired[dict[str, Any]], Field(description="By column: values in the statement that no row read has.")
    ]
    notes: Annotated[NotRequired[list[str]], Field(description="How the statement was read.")]
    shortened: Annotated[NotRequired[str], Field(description="What is left out, and how to get it.")]
    coverage: NotRequired[CoverageInfo]


def why_unreadable(parts: "Parts") -> Mapping[Kind, str]:
    """Why kinds could not be read."""
    return {kind: part.why for kind, part in parts.items() if not isinstance(part, Snapshot)}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAnswer:
    """Formats the result of a statement."""

    limit: int
    most: int | None
    """What the limit can be raised to; None for any number."""
    notes: Sequence[str]
    result: "StatementResult"
    unknown: Mapping[str, Any]
    parts: "Parts"
    of_one: Mapping[Kind, str]
    """The kinds that were read of one connection alone, with its id."""

    def of(self, _: Detail, count: int) -> QueryAccountResult:
        """The answer with up to `count` rows."""
        rows = [list(row) for row in self.result.rows[:count]]
        answer = QueryAccountResult(summary=self._sentence(len(rows)), columns=list(self.result.columns), rows=rows)
        if self.unknown:
            answer["unknown"] = dict(self.unknown)
        if self.notes:
            answer["notes"] = list(self.notes)
        if shortened := " ".join(self._shortened(len(rows))):
            answer["shortened"] = shortened
        if coverage := {kind.name: self._info(kind) for kind in self.parts}:
            answer["coverage"] = next(iter(coverage.values())) if len(coverage) == 1 else coverage
        return answer

    def _sentence(self, shown: int) -> str:
        """How many rows there are, and of how much of the account."""
        from telnyx_connections_mcp.sql.literals import unknown_words

        rows, total = plural(shown, "row") if shown else "No rows", self.result.total
        if shown < len(self.result.rows) or self.result.more:
            rows = f"The first {shown} of {'very many' if total is None else total} rows"
        coverages = {kind: part.coverage for kind, part in self.parts.items() if isinstance(part, Snapshot)}
        missing = "".join(f"NOT READ: {kind.name} ({why}). " for kind, why in why_unreadable(self.parts).items())
        partly = "".join(warning(coverage, kind) for kind, coverage in coverages.items())
        of_what = f"; {covered(coverages, self.of_one)}" if coverages else ""
        return f"{missing}{partly}{unknown_words(self.unknown)}{rows}{of_what}."

    def _shortened(self, shown: int) -> Iterator[str]:
        """What is missing from the answer, and how to get it."""
        limit, more = self.limit, self.result.more
        on = f"end the statement with ORDER BY ... LIMIT n OFFSET {shown}"
        if shown < len(self.result.rows) or (more and shown < limit):
            yield f"{plural(shown, 'row')} shown to keep the answer short: select less, count, or {on}."
        elif more:
            larger = "" if limit == self.most else f"raise it{f' (up to {self.most})' if self.most else ''}, or "
            yield f"`limit` is {limit}: {larger}{on}."
        if self.result.shortened:
            yield f"Cut: {plural(self.result.shortened, 'long text')}."

    def _info(self, kind: Kind) -> CoverageInfo:
        """What was read of a kind."""
        part = self.parts[kind]
        if not isinstance(part, Snapshot):
            return {"complete": False, "why": part.why}
        since = beginning(kind, part.coverage)
        limits = {"since": since and in_words(since), "connection_id": self.of_one.get(kind)}
        return coverage_info(part.coverage, None) | {name: limit for name, limit in limits.items() if limit}
