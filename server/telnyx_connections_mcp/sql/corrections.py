"""What to write instead of a statement that SQLite refuses.

Only shapes of errors that are known are passed on, in our own words: SQLite's may quote what rows hold.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from telnyx_connections_mcp.sql.foreign_words import ALL_FUNCTIONS, CLAUSES, FUNCTIONS, SIGNS, WORDS
from telnyx_connections_mcp.sql.names import unknown_column, unknown_table
from telnyx_connections_mcp.sql.tables import TABLES
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Written
from telnyx_connections_mcp.text.cleaning import clean, cut

if TYPE_CHECKING:  # it is read by what this corrects
    from telnyx_connections_mcp.sql.statement import Statement

_Sentence: TypeAlias = "str | Callable[[str, Statement], str]"
_SHOWN = 64
"""Longest part of a statement echoed back, in characters."""


def correction(message: str, statement: "Statement") -> str:
    """One sentence for SQLite's `message` about `statement`."""
    for shape, sentence in _SENTENCES:
        if found := shape.search(message):
            part = cut(clean(found[1]), _SHOWN) if found.lastindex else ""
            return sentence.format(part) if isinstance(sentence, str) else sentence(part, statement)
    return "SQLite cannot run the statement: write it more simply, as one SELECT with SQLite's own functions."


def _no_column(name: str, statement: "Statement") -> str:
    return unknown_column(name.replace('"', ""), Written(statement.sql))


def _no_table(name: str, _: "Statement") -> str:
    if name.lower() in FUNCTIONS:
        return f"There is no table function {name}: {FUNCTIONS[name.lower()]}."
    return unknown_table(name)


def _no_function(name: str, _: "Statement") -> str:
    return f"There is no function {name}: {FUNCTIONS.get(name.lower(), ALL_FUNCTIONS)}."


def _unexpected(near: str, statement: "Statement") -> str:
    """What to do about a token that SQLite did not expect."""
    written = Written(statement.sql)
    places = [place for place, token in enumerate(written.tokens) if token.text == near]
    before = [written.at(place - 1) for place in places]
    if near.upper() in _CLAUSE_WORDS and any(token.is_operator(",") for token in before):
        return f"There is a comma too many before {near}: remove it."
    if near == "(" and any(written.at(place - 2).is_word("AS") for place in places):
        return "An alias takes no list of columns: write WITH t(a, b) AS (VALUES ...) SELECT ... FROM t."
    foreign = [token.text for token in written.tokens if token.is_word(*_BEFORE_AN_ERROR)]
    for text in (*foreign, near, *(token.text for token in before if token.kind is TokenKind.WORD)):
        if hint := WORDS.get(text.upper()) or SIGNS.get(text):
            return f"SQLite does not know {text} there: {hint}."
    after = f" after {cut(clean(before[0].text), _SHOWN)}" if len(places) == 1 and places[0] else ""
    return f"SQLite did not expect {near}{after}: check commas, operators and the order of clauses, {CLAUSES}."


_CLAUSE_WORDS = ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", ")")
_BEFORE_AN_ERROR = (
    *(
        "QUALIFY",
        "SIMILAR",
        "APPLY",
        "PIVOT",
        "UNPIVOT",
        "TABLESAMPLE",
        "LATERAL",
        "ROLLUP",
        "CUBE",
        "INTERVAL",
        "WITHIN",
        "SOUNDS",
    ),
)
"""Words that SQLite takes for names, so that the error is about what follows."""
_ORDINAL = "ORDER BY and GROUP BY by number count the selected columns from 1: use a number in that range, or a name."
_GROUPED = "HAVING needs a GROUP BY: write WHERE, or group."
_SENTENCES: Sequence[tuple[re.Pattern[str], _Sentence]] = [
    (re.compile(shape, re.DOTALL), sentence)
    for shape, sentence in (
        (r"^no such column: (.+?)(?: - should this be .*)?$", _no_column),
        (r"^(?:no such table|vtable constructor failed): (.+)$", _no_table),
        (r"^no such function: (.+)$", _no_function),
        (r"^not authorized to use function: (.+)$", _no_function),
        (r'^near "(.+)": syntax error$', _unexpected),
        (r"^ambiguous column name: (.+)$", "Several tables have a column {0}: write c.{0}, with the alias of one."),
        (r"^wrong number of arguments to function (\w+)\(\)$", "{0}() takes another number of arguments: check them."),
        (
            r"^misuse of (?:aliased )?aggregate:? (.+)$",
            "The aggregate {0} cannot stand there: compare it in HAVING, or in a query around this one.",
        ),
        (
            r"^misuse of (?:aliased )?window function (.+)$",
            "The window function {0} cannot stand there: compute it in a subquery, and filter around it.",
        ),
        (r"^a GROUP BY clause is required before HAVING$", _GROUPED),
        (r"^HAVING clause on a non-aggregate query$", _GROUPED),
        (
            r"^aggregate functions are not allowed in the GROUP BY clause$",
            "GROUP BY takes no aggregates.",
        ),
        (
            r"^DISTINCT aggregates must (?:take|have) exactly one argument$",
            "DISTINCT takes one value: write count(DISTINCT a || '|' || b), or group_concat(DISTINCT a).",
        ),
        (
            r"^SELECTs to the left and right of (.+) do not have the same number of result columns$",
            "Both sides of {0} need as many columns: select the same ones.",
        ),
        (r"^sub-select returns \d+ columns - expected \d+$", "That subquery must select one column: name only that."),
        (
            r"^row value misused$",
            "A list cannot stand there: compare one column with IN (...).",
        ),
        (r"^\d+\w\w (?:ORDER|GROUP) BY term", _ORDINAL),
        (
            r"^(ORDER BY|LIMIT) clause should come after",
            "{0} stands once, after the last SELECT: move it to the end, or put the SELECT into a subquery.",
        ),
        (r'^unrecognized token: ":', f"SQLite does not know :: there: {SIGNS['::']}."),
        (r'^unrecognized token: "(.+)"$', "SQLite cannot read {0}: put texts into '...' and double a ' inside them."),
        (r"^incomplete input$", "The statement ends too early: finish it, or close a parenthesis."),
        (r"^no tables specified$", "SELECT * needs a FROM: write FROM connections."),
        (r"^no such window: (.+)$", "There is no window {0}: define it with WINDOW {0} AS (...)."),
        (r"^circular reference: (.+)$", "{0} refers to itself, and recursion is not run: write it without."),
        (r"^duplicate WITH table name: (.+)$", "{0} is defined twice in WITH: rename one."),
        (r"^table (.+) has \d+ values for \d+ columns$", "{0} has another number of columns than values: match them."),
        (
            r"^no such collation sequence: (.+)$",
            "There is no collation {0}: write COLLATE NOCASE, or compare fold(a) with fold(b).",
        ),
        (
            r"^cannot join using column (.+) - column not present in both tables$",
            "Not both tables have {0}: write ON, as in JOIN phone_numbers p ON p.connection_id = c.id.",
        ),
        (r"^unknown (?:or unsupported )?join type: (.+)$", "There is no {0} JOIN: write JOIN or LEFT JOIN."),
        (r"^RIGHT and FULL OUTER JOINs", "This SQLite has no RIGHT or FULL JOIN: swap the tables and write LEFT JOIN."),
        (
            r"^(?:a JOIN clause is required before ON|ON clause references tables to its right)",
            "ON belongs to a JOIN, and names tables before it: check their order.",
        ),
        (r"^no such index", "Indexes cannot be chosen: leave INDEXED BY out."),
        (
            r"^FILTER (?:clause )?may (?:only|not) be used",
            "FILTER (WHERE ...) belongs to aggregates such as count(*): write WHERE or CASE.",
        ),
        (
            r"^DISTINCT is not supported for window functions$",
            "A window cannot count DISTINCT: group first, in a subquery.",
        ),
        (
            r"^(\w+)\(\) may not be used as a window function$",
            "{0}() takes no OVER (...): group in a subquery.",
        ),
        (
            r"^unsupported frame specification$|^frame",
            "That frame is unknown: write ROWS BETWEEN n PRECEDING AND CURRENT ROW.",
        ),
        (r"^datatype mismatch$", "LIMIT and OFFSET take whole numbers: write LIMIT 10."),
        (r"^integer overflow$", "A sum is beyond whole numbers: write total(x)."),
        (
            r"^user-defined aggregate",
            (
                "median, stddev, variance and percentile(x, 0.9) take numbers, and a share from 0 to 1: "
                "for times and texts write percentile_disc(0.5) WITHIN GROUP (ORDER BY created_at)."
            ),
        ),
        (
            r"^user-defined",
            "A function was given what it does not take: write date_trunc('month', t), percentile(x, 0.9), age('90d').",
        ),
        (r"^string or blob too big$", "A text becomes longer than 32 KB: join fewer or shorter ones."),
        (r"^LIKE or GLOB pattern too complex$", "The pattern is longer than 200 bytes: shorten it."),
        (
            r"^ESCAPE expression must be a single character$",
            r"ESCAPE takes one character: write ESCAPE '\'.",
        ),
        (
            r"^(?:too many|Expression tree is too large|parser stack overflow)",
            "The statement is too large: ask for less at once.",
        ),
        (
            r"^(?:not authorized|access to .+ is prohibited|prohibited)",
            f"Only these tables are read, without recursion: {', '.join(TABLES)}.",
        ),
        (r"^recursive", "Recursion is not run: write the statement without it."),
    )
]
