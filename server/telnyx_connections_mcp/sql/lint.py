"""Statements that SQLite would run and answer wrongly: they are refused, with the right spelling.

Each check looks at the whole statement and gives a sentence, or nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from telnyx_connections_mcp.sql.expressions import is_boolean
from telnyx_connections_mcp.sql.foreign_words import PATTERN
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.lint_calls import (
    casts,
    collations,
    compounds,
    expressions_in_substr,
    random_numbers,
    remainders,
    shares_in_arrays,
    sums_of_texts,
)
from telnyx_connections_mcp.sql.lint_groups import ungrouped
from telnyx_connections_mcp.sql.lint_joins import different_ids, natural_joins
from telnyx_connections_mcp.sql.lint_shape import (
    counted_conditions,
    division,
    either,
    null_in_subquery,
    several_distinct,
    top,
    unjoined,
)
from telnyx_connections_mcp.sql.lint_texts import (
    bare_conditions,
    forms_of_times,
    modifiers,
    quoted_columns,
    reversed_ranges,
)
from telnyx_connections_mcp.sql.lint_times import (
    ages,
    averages,
    dates,
    numbers,
    numbers_as_times,
    parts,
    printing,
    times,
    units,
)
from telnyx_connections_mcp.sql.lint_values import shortened, texts_as_numbers
from telnyx_connections_mcp.sql.names import is_column, tables_in_words, tags_hint, unknown_column
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.tables import TABLES
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Written
from telnyx_connections_mcp.text.cleaning import clean, cut

_JOKER = re.compile(r"\A%|(?<![0-9])(?<![0-9] )%\Z")
"""A % for any text, at either end; behind a number it means percent."""
_TRUTH = re.compile(r"%?(?:t|tr|tru|true|f|fa|fal|fals|false|y|yes|n|no|on|off)%?", re.IGNORECASE)
_CAST = re.compile(r"\(([^()]+|\([^()]*\)) AS TEXT\)", re.IGNORECASE)
_LONGEST = 1_000
"""Longest sentence, in characters: it quotes the statement."""


def lint(written: Written) -> None:
    """Raise `StatementRefused` for the first thing that would be answered wrongly."""
    for check in _CHECKS:
        for sentence in check(written):
            raise StatementRefused(cut(clean(sentence), _LONGEST))


def _compared_with_null(written: Written) -> Iterator[str]:
    for comparison in written.comparisons:
        left = written.text(comparison.left)
        if not any(written.text(value).upper() == "NULL" for value in comparison.values):
            continue
        if comparison.operator in ("=", "==", "<>", "!="):
            negated = "NOT " if comparison.operator in ("<>", "!=") else ""
            yield f"Nothing is equal or unequal to NULL: write {left} IS {negated}NULL."
        if comparison.operator == "WHEN":
            yield f"Nothing is equal to NULL: write CASE WHEN {left} IS NULL THEN ... END."
        if comparison.operator == "IN":
            yield f"IN never finds NULL: leave it out, and write {left} IS NULL or {left} IS NOT NULL beside it."


def _quoted_text(written: Written) -> Iterator[str]:
    """`"a"` is a column; SQLite would take it for a text if there is none."""
    for place, token in enumerate(written.tokens):
        if token.kind is not TokenKind.NAME or token.text[0] != '"' or _is_known(written, place):
            continue
        if _is_value(written, place):
            quoted = token.value.replace("'", "''")
            yield f"Texts stand in single quotes: write '{quoted}' instead of {token.text}."
        yield unknown_column(token.value, written)


def _is_known(written: Written, place: int) -> bool:
    """Whether the quoted name there is one of a table, a column or an alias, or may be."""
    name = written.at(place).name or ""
    if name in TABLES or name in written.aliases or is_column(name, written):
        return True
    return written.at(place + 1).is_operator(".", "(")


def _is_value(written: Written, place: int) -> bool:
    """Whether what is there is compared, or is an argument."""
    before = written.at(place - 1)
    if before.is_operator("(", ","):
        return not _is_selected(written, place)
    compared = before.is_operator("=", "==", "<>", "!=", "<", "<=", ">", ">=", "||")
    return compared or before.is_word("LIKE", "GLOB", "IS", "THEN", "ELSE", "BETWEEN")


def _is_selected(written: Written, place: int) -> bool:
    """Whether it is a column that is selected, sorted or grouped by."""
    depth, each = 0, place
    while each >= 0 and depth >= 0 and not (depth == 0 and written.at(each).is_word("SELECT", "BY", "DISTINCT")):
        each -= 1
        depth += written.at(each).is_operator(")") - written.at(each).is_operator("(")
    return each >= 0 and depth == 0


def _folding(written: Written) -> Iterator[str]:
    """LIKE ignores the case of ASCII letters alone, and lower() changes no others."""
    for comparison in written.comparisons:
        left = written.text(comparison.left)
        lowered = left.lower().startswith(("lower(", "upper("))
        if left.lower().startswith("fold(") or not (comparison.operator == "LIKE" or lowered):
            continue
        for value in comparison.values:
            text = literal_of(written, value)
            if text is not None and any(each.upper() != each.lower() for each in text if not each.isascii()):
                operator = "LIKE" if comparison.operator == "LIKE" else "="
                inner = left[6:-1] if lowered else left
                yield (
                    "SQLite ignores the case of ASCII letters alone: "
                    f"write fold({inner}) {operator} fold('{text}'), which ignores case and accents."
                )


def _empty(written: Written) -> Iterator[str]:
    """What is not set is NULL, never an empty text; harmless where both are asked for."""
    asked = {column_of(written, each.left) for each in written.comparisons if each.operator == "IS"}
    for comparison in written.comparisons:
        if comparison.operator not in ("=", "==", "IN", "WHEN"):
            continue
        if any(literal_of(written, value) == "" for value in comparison.values):
            column = column_of(written, comparison.left)
            if column and column not in asked:
                yield f"What is not set is NULL, not an empty text: write {written.text(comparison.left)} IS NULL."


def _booleans(written: Written) -> Iterator[str]:
    """Texts such as 'true' beside what is 1 or 0."""
    for comparison in written.comparisons:
        column = column_of(written, comparison.left)
        if not is_boolean(written, comparison.left):
            continue
        for value in comparison.values:
            text = literal_of(written, value)
            if text is not None and (text not in ("0", "1") if column else _TRUTH.fullmatch(text)):
                left = column.name if column else written.text(comparison.left)
                number = "0" if text.lower().startswith(("f", "n", "off")) else "1"
                yield f"{left} is the number 1 or 0: write {_of_cast(left)} = {number} instead of '{text}'."


def _of_cast(text: str) -> str:
    """What is cast to a text there, or the whole."""
    found = _CAST.search(text)
    return found[1] if found else text


def _unreadable(written: Written) -> Iterator[str]:
    """Signs that are none of SQLite's, and what asks for the tables."""
    first = written.at(0)
    if first.is_word("SHOW", "DESCRIBE", "DESC", "PRAGMA", "EXPLAIN"):
        yield f"Only a SELECT is run: {tables_in_words(written)}."
    for token in written.tokens:
        if token.kind is TokenKind.ILLEGAL and token.text == "!":
            yield f"SQLite has no ! here: write NOT; instead of a regular expression, {PATTERN}."
        if token.kind is TokenKind.ILLEGAL and token.text == "'":
            yield "A ' is not closed: double it inside a text, as in 'it''s'."


def _arrays(written: Written) -> Iterator[str]:
    for place, token in enumerate(written.tokens):
        if token.kind is TokenKind.NAME and token.text[0] == "[" and written.is_name(place - 1):
            yield f"There are no arrays: write IN ('a', 'b') for one of several values; {tags_hint(written)}."
        if (
            token.kind is not TokenKind.STRING
            and token.name == "tags"
            and "tags" not in written.aliases
            and not written.at(place - 1).is_word("FROM", "JOIN")
        ):
            yield f"There is no column tags: {tags_hint(written)}."


def _patterns(written: Written) -> Iterator[str]:
    for place, token in enumerate(written.tokens):
        text = written.at(place + 1)
        pattern = text.value if text.kind is TokenKind.STRING else ""
        if token.is_operator("=", "==", "<>", "!=") and _JOKER.search(pattern):
            like = "LIKE" if "=" in token.text[:1] else "NOT LIKE"
            yield f"{token.text} compares the whole text: write {like} {text.text}."
        if token.is_word("LIKE") and pattern.endswith("%\\%") and not written.at(place + 2).is_word("ESCAPE"):
            yield r"SQLite's LIKE escapes nothing: write LIKE '%!%' ESCAPE '!' for a %, or instr(a, '\') > 0 for a \."
        if token.is_word("LIKE") and "*" in pattern and "%" not in pattern:
            yield f"LIKE takes % for any text: write LIKE {text.text.replace('*', '%')}."
        if token.is_word("LIKE") and written.at(place + 1).is_word("ANY", "ALL", "SOME"):
            yield f"LIKE takes one pattern: {PATTERN}."


_CHECKS: Sequence[Callable[[Written], Iterator[str]]] = (
    _unreadable,
    _patterns,
    shares_in_arrays,
    _arrays,
    top,
    _compared_with_null,
    null_in_subquery,
    collations,
    _quoted_text,
    _folding,
    _booleans,
    shortened,
    texts_as_numbers,
    dates,
    ages,
    numbers_as_times,
    numbers,
    averages,
    units,
    times,
    forms_of_times,
    modifiers,
    printing,
    expressions_in_substr,
    sums_of_texts,
    remainders,
    casts,
    random_numbers,
    compounds,
    reversed_ranges,
    quoted_columns,
    bare_conditions,
    either,
    _empty,
    parts,
    unjoined,
    different_ids,
    natural_joins,
    several_distinct,
    counted_conditions,
    ungrouped,
    division,
)
