"""The answer about one connection, and what surrounds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.coverage import CoverageInfo, coverage_info, warning
from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.answers.rows import ConnectionRow, shown_row
from telnyx_connections_mcp.answers.surroundings_parts import ROWS, Extent, is_brief, shown_parts
from telnyx_connections_mcp.answers.surroundings_sentence import phrases
from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.answers.wording import plural
from telnyx_connections_mcp.audit.findings import Finding, audit_one
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import named
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.times import in_words
from telnyx_connections_mcp.inventory.views import Detail, field_text
from telnyx_connections_mcp.redaction.cleaner import SUMMARY_LIMIT, Cleaner
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.surroundings.found import Found
from telnyx_connections_mcp.surroundings.one import Surrounded
from telnyx_connections_mcp.surroundings.parts import Part
from telnyx_connections_mcp.text.cleaning import cut, spelled

_FINDING = open_object(check="string", severity="string", fields="array", why="string", do="string")


class GetConnectionResult(TypedDict):
    """The answer."""

    summary: str
    connection: Annotated[NotRequired[ConnectionRow], Field(description="Every API field.")]
    parts: Annotated[NotRequired[dict[str, Any]], Field(description="What include asked for.")]
    findings: Annotated[
        NotRequired[list[Annotated[dict[str, Any], WithJsonSchema(_FINDING)]]],
        Field(description="From audit_connections."),
    ]
    candidates: Annotated[NotRequired[list[ConnectionRow]], Field(description="All with that name; none was chosen.")]
    nearest_names: NotRequired[list[str]]
    as_of: NotRequired[str]
    coverage: NotRequired[CoverageInfo]
    shortened: NotRequired[str]
    changed: NotRequired[str]


def answer_about(
    found: Surrounded, parts: Sequence[Part], detail: Detail, coverage: Coverage | None, budget: int
) -> Answer:
    """The answer about a connection that was in an account with that coverage, or requested by its id (None)."""
    about = _About(found, audit_one(found.connection), parts, detail, coverage)
    return fit_to_budget(budget, about.answer, detail, about.rows)


@dataclass(frozen=True, slots=True)
class _About:
    """What the answer is about, and how it was asked for."""

    found: Surrounded
    findings: Sequence[Finding]
    parts: Sequence[Part]
    detail: Detail
    coverage: Coverage | None

    @property
    def rows(self) -> int:
        """Most rows that a list of it has, or may have in a summary."""
        lists = [len(what.records) for what in self.found.read.values() if isinstance(what, Found)]
        most = max([1, *lists])
        return most if self.detail == "full" else min(most, ROWS)

    def answer(self, detail: Detail, rows: int) -> GetConnectionResult:
        """The answer in that detail, with at most `rows` rows of each list."""
        changed, record = Changes(), self.found.connection
        cleaner = changed.at("connection" if self.parts else "")
        answer = GetConnectionResult(summary=self._sentence(cleaner))
        if self.parts:
            only = ("id",) if detail == "summary" else ()
            answer["connection"] = shown_row(CONNECTIONS, record, detail, cleaner, only)
            extent = Extent(detail=detail, brief=is_brief(self.parts, self.detail), rows=rows)
            answer["parts"] = shown_parts(self.parts, self.found.read, extent, changed)
        else:
            answer["connection"] = shown_row(CONNECTIONS, record, detail, cleaner)
        answer["findings"] = [_finding(each, brief=bool(self.parts) and detail == "summary") for each in self.findings]
        if said := self._shortened(detail, rows):
            answer["shortened"] = said
        if changes := changed.words():
            answer["changed"] = changes
        if self.parts or self.coverage is None:
            answer["as_of"] = in_words(self.found.as_of)
        if self.coverage is not None:
            answer["coverage"] = coverage_info(self.coverage, None)
        return answer

    def _sentence(self, cleaner: Cleaner) -> str:
        record = self.found.connection
        known = named(CONNECTIONS, record)
        active, name = known["active"], str(known["connection_name"] or "")
        activity = "" if active is None else "active " if active else "inactive "
        type_ = field_text("record_type", str(known["record_type"] or ""), record.rest, cleaner)
        exactly = f' (spelled "{spelling}")' if (spelling := spelling_of(name)) else ""
        said = [
            f"{quoted(name)}{exactly}: {activity}{type_ or 'connection of unknown type'}",
            *phrases(self.found.read, str(known["record_type"]), self.found.as_of),
            plural(len(self.findings), "audit finding"),
        ]
        # Another of that name may be among those that could not be read.
        return f"{warning(self.coverage) if self.coverage else ''}{', '.join(said)}."

    def _shortened(self, detail: Detail, rows: int) -> str | None:
        """What is missing because it would have been too long, in words."""
        if self.parts and (detail != self.detail or rows < self.rows):
            return "Less of each part than was asked for, to keep the answer short: include fewer parts."
        return None if detail == self.detail else "The summary instead of every field, to keep the answer short."


def _finding(finding: Finding, *, brief: bool) -> dict[str, Any]:
    words = finding.words
    said = {"check": finding.name, "severity": words.severity}
    if brief:
        return said
    fields = {"fields": list(finding.fields)} if finding.fields else {}
    return {**said, **fields, "why": words.why, "do": words.do}


def spelling_of(name: str) -> str | None:
    """`name` with its white space spelled out, where that is not what it seems."""
    shown = spelled(name)
    return cut(shown, SUMMARY_LIMIT) if shown != name else None
