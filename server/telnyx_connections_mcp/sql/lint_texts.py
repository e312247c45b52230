"""Texts that SQLite accepts and makes nothing of: column names in quotes, bare conditions, forms that no time has."""

import re
from collections.abc import Iterator

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.names import is_column
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_COMPARED = ("=", "==", "<>", "!=", "<", "<=", ">", ">=", "||", "+", "-", "*", "/")
_COMPARING = ("IN", "LIKE", "GLOB", "IS", "NOT", "BETWEEN", "COLLATE")
_EQUAL = ("=", "==", "<>", "!=", "IN", "IS", "WHEN")
_TIMES = {"DATE": 0, "DATETIME": 0, "JULIANDAY": 0, "STRFTIME": 1, "UNIXEPOCH": 0, "TIME": 0}
"""The functions of times, and the place of the time among their arguments."""
_MODIFIER = re.compile(
    r"[+-]?[0-9.]+ *(?:day|hour|minute|second|month|year)s?|start of (?:month|year|day)|weekday [0-6]|unixepoch"
    r"|julianday|localtime|utc|auto|subsec|subsecond|ceiling|floor|[+-]?[0-9]{2}:[0-9]{2}.*|[+-][0-9]{4}-.*",
    re.IGNORECASE,
)
_TIME = re.compile(r"now|[0-9].*", re.IGNORECASE)
_KEPT = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:[ T][0-9:.]*)?)?)?-?")
_FORMS = {"%Y": "[0-9]{4}", "%j": "[0-9]{3}", "%w": "[0-6]", "%%": "%"} | dict.fromkeys(
    ("%m", "%d", "%H", "%M", "%S", "%W"), "[0-9]{2}"
)


def quoted_columns(written: Written) -> Iterator[str]:
    """`ORDER BY 'created_at'`, which sorts by a constant; a text that is selected may be a label."""
    labels = any(token.is_word("UNION") for token in written.tokens)
    for place, token in enumerate(written.tokens):
        if token.kind is not TokenKind.STRING or not is_column(token.value.lower(), written):
            continue
        before, after = written.at(place - 1), written.at(place + 1)
        selected = (
            before.is_word("SELECT", "DISTINCT") and "_" in token.value and not after.is_word("AS") and not labels
        )
        condition = before.is_word("WHERE", "AND", "OR", "ON", "HAVING") and after.is_operator(*_COMPARED)
        if selected or condition or before.is_word("BY"):
            yield f"'{token.value}' is a text: to name the column, write {token.value} without quotes."


def bare_conditions(written: Written) -> Iterator[str]:
    """`a = 'x' OR 'y'`, in which 'y' is a condition of its own, and false."""
    between = False  # whether the next AND belongs to a BETWEEN
    for place, token in enumerate(written.tokens):
        before, after = written.at(place - 1), written.at(place + 1)
        limit = between and before.is_word("AND")
        between = token.is_word("BETWEEN") or (between and not before.is_word("AND"))
        negated = before.is_word("NOT") and not written.at(place - 2).is_word("IS")
        joined = negated or before.is_word("OR", "AND", "WHERE")
        if token.kind is not TokenKind.STRING or limit or not joined:
            continue
        if not (after.is_operator(*_COMPARED) or after.is_word(*_COMPARING)):
            yield f"{token.text} alone is no condition: compare each, a = 'x' OR a = {token.text}, or write IN (...)."


def reversed_ranges(written: Written) -> Iterator[str]:
    """`BETWEEN 'b' AND 'a'`, which holds for nothing."""
    for comparison in written.comparisons:
        if comparison.operator == "BETWEEN":
            low, high = (literal_of(written, value) for value in comparison.values)
            if low is not None and high is not None and low > high:
                yield f"BETWEEN takes the smaller first: write BETWEEN '{high}' AND '{low}'."


def forms_of_times(written: Written) -> Iterator[str]:
    """Constants that no time, and nothing that a function of times gives, is equal to."""
    for comparison in written.comparisons:
        form, shown = _form_of(written, comparison.left)
        texts = [literal_of(written, value) for value in comparison.values]
        if form is None or comparison.operator in ("LIKE", "GLOB") or (shown and comparison.operator not in _EQUAL):
            continue
        for text in texts:
            if text and not form.fullmatch(text):
                like = shown or "like '2024-05-06 07:08:09', or the beginning of that, or datetime('now', '-90 days')"
                yield f"'{text}' has another form than {written.text(comparison.left)}, which is {like}."


def _form_of(written: Written, operand: Range) -> tuple[re.Pattern[str] | None, str]:
    """What the texts of a time look like, and an example if they have one form alone; None for anything else."""
    column = column_of(written, operand)
    if column is not None:
        return (_KEPT, "") if column.type is Type.TIME else (None, "")
    if not written.is_call(operand.start):
        return None, ""
    form = written.at(operand.start + 2)
    if written.at(operand.start).is_word("DATE"):
        return re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"), "like '2024-05-06'"
    if written.at(operand.start).is_word("STRFTIME") and form.kind is TokenKind.STRING:
        parts = re.findall("%.|[^%]", form.value)
        if all(part in _FORMS or not part.startswith("%") for part in parts):
            pattern = "".join(_FORMS.get(part, re.escape(part)) for part in parts)
            return re.compile(pattern), f"like '{_example(parts)}'"
    return None, ""


def _example(parts: list[str]) -> str:
    shown = {"%Y": "2024", "%j": "127", "%w": "1", "%%": "%"}
    return "".join(shown.get(part, "05" if part in _FORMS else part) for part in parts)


def modifiers(written: Written) -> Iterator[str]:
    """Arguments of functions of times that give NULL."""
    for place, token in enumerate(written.tokens):
        first = _TIMES.get(token.text.upper())
        if first is None or not written.is_call(place):
            continue
        arguments = written.split(written.inside(place + 1))[first:]
        texts = [literal_of(written, argument) for argument in arguments]
        if texts and texts[0] and not _TIME.fullmatch(texts[0]):
            yield f"SQLite reads no time in '{texts[0]}': write 'now' or '2024-05-06'."
        for text in texts[1:]:
            if text is not None and not _MODIFIER.fullmatch(text.strip()):
                yield (
                    f"SQLite cannot move a time by '{text}': write '-90 days', '-3 months', '-1 year' or "
                    "'start of month'; for the Monday before, 'weekday 0', '-6 days'."
                )
