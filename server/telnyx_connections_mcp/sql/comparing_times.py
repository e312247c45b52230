"""Gives what a comparison of times compares one form.

Times are texts of two forms: a day, `2024-05-06`, as `date()`, `date_trunc()` and CURRENT_DATE give it, and a moment,
`2024-05-06 00:00:00`. As texts they are never equal, so a day that is compared with a moment becomes its midnight.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.written import Comparison, Range, Written


class Form(Enum):
    """How a time is written."""

    DAY = "day"
    MOMENT = "moment"


_FORMS = {
    "DATE": Form.DAY,
    "CURRENT_DATE": Form.DAY,
    "DATETIME": Form.MOMENT,
    "NOW": Form.MOMENT,
    "AGE": Form.MOMENT,
    "CURRENT_TIMESTAMP": Form.MOMENT,
}
_AS_THE_FIRST = ("MOVED", "MAX", "MIN", "COALESCE", "IFNULL", "NULLIF", "")
"""Functions whose value has the form of their first argument, and parentheses."""
_OF_A_DAY = ("hour", "minute", "second")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KEPT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?) ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def one_form(written: Written) -> list[Edit]:
    """What to write instead of some operands, so that equal times are equal texts."""
    aliases = alias_forms(written)
    edits: dict[Range, Edit] = {}
    for comparison in written.comparisons:
        operands = [comparison.left, *comparison.values]
        forms = [form_of(written, operand, aliases) for operand in operands]
        moments = [_moment(literal_of(written, operand)) for operand in operands]
        if comparison.operator in ("LIKE", "GLOB") or not any(forms):
            continue
        mixed = Form.MOMENT in forms or any(moments)
        for operand, form, moment in zip(operands, forms, moments, strict=True):
            day = literal_of(written, operand) if Form.MOMENT in forms else None
            if day and _DAY.fullmatch(day) and (comparison.operator in ("<", ">") or _is_computed(written, comparison)):
                edits[operand] = Edit(operand, f"datetime('{day}')")
            elif moment and not _KEPT.fullmatch(moment):
                edits[operand] = Edit(operand, f"datetime('{moment}')")
            elif form is Form.DAY and mixed:
                edits[operand] = Edit(operand, f"datetime({written.text(operand)})")
    return [edits[operand] for operand in sorted(edits)]


def _is_computed(written: Written, comparison: Comparison) -> bool:
    """Whether no column is compared: of a column, equality with a day is refused, and `<=` gives a note."""
    return not any(column_of(written, operand) for operand in (comparison.left, *comparison.values))


def form_of(written: Written, operand: Range, aliases: Mapping[str, Form]) -> Form | None:
    """The form of a time; None if the operand is a constant, or may be something else."""
    if (column := column_of(written, operand)) is not None:
        return Form.MOMENT if column.type is Type.TIME else None
    while written.at(operand.end - 1).is_operator(")"):
        first = written.at(operand.start)
        name = "" if first.is_operator("(") else first.text.upper()
        arguments = written.split(Range(operand.start + (2 if name else 1), operand.end - 1))
        if name == "DATE_TRUNC" and arguments:
            return Form.MOMENT if literal_of(written, arguments[0]) in _OF_A_DAY else Form.DAY
        if name not in _AS_THE_FIRST or not arguments:
            return _FORMS.get(name)
        operand = arguments[0]
        if (column := column_of(written, operand)) is not None:
            return Form.MOMENT if column.type is Type.TIME else None
    last = written.at(operand.end - 1)
    return _FORMS.get(last.text.upper()) or aliases.get(last.name or "")


def alias_forms(written: Written) -> Mapping[str, Form]:
    """The names that the statement gives to times, in lower case, with their forms."""
    found: dict[str, Form] = {}
    for name, operand in _named(written):
        if form := form_of(written, operand, found):
            found[name] = form
    return found


def _named(written: Written) -> Iterator[tuple[str, Range]]:
    for place, token in enumerate(written.tokens):
        named = written.at(place - 1).is_word("AS")
        if token.name and written.is_name(place) and (named or written.at(place - 1).is_operator(")")):
            operand = written.operand_before(place - named)
            if operand and not written.is_call(place) and written.is_whole(Range(operand.start, place - named)):
                yield token.name, operand


def _moment(text: str | None) -> str | None:
    """The text as SQLite reads it, if it is a moment."""
    found = _MOMENT.fullmatch(text or "")
    if found is None:
        return None
    zone = found[2] or ""
    return found[1] + (f"{zone[:3]}:{zone[3:].strip(':') or '00'}" if len(zone) > 1 else zone)
