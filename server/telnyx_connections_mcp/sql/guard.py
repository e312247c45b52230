"""Refuses statements that cost too much before they run: SQLite cannot be interrupted while it compiles one.

SQLite copies a CTE at each reference to it, and an inner expression at each use of its name, so a statement of 1 KB
can become gigabytes. `cost_of` estimates the size after copying, from the tokens alone; the limits are far above what
people and models write, and what they let through compiles in milliseconds (docs/decisions/0058).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from telnyx_connections_mcp.sql.tokens import Token, TokenKind
from telnyx_connections_mcp.text.cleaning import clean, cut

MAX_BYTES = 8_192
MAX_TOKENS = 2_000
MAX_SELECTS = 40
MAX_NESTING = 8
MAX_JOINS = 12
LONGEST_REFUSAL = 1_000
MAX_COST = 20_000
"""Tokens after copying."""


class StatementRefused(Exception):
    """A statement that is not run, or was stopped.

    The text is one sentence that says what to do instead; it may quote the statement, so it is cut to 1,000 characters.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(cut(sentence, LONGEST_REFUSAL))


@dataclass(slots=True)
class _Scope:
    """One SELECT, with its subqueries apart."""

    nesting: int
    own: int = 0
    """Tokens."""
    words: Counter[str] = field(default_factory=Counter)
    parts: list["_Scope"] = field(default_factory=list)
    """Subqueries, without CTEs."""
    cost: int | None = None


def guard(statement: str, found: Sequence[Token]) -> None:
    """Raise `StatementRefused` unless `statement`, whose tokens are `found`, is one SELECT of bounded cost."""
    _refuse_invisible(statement)
    _refuse_shape(found)
    scopes, ctes = _scopes(found)
    counted = Counter(token.text.upper() for token in found if token.kind is TokenKind.WORD)
    joins = counted["JOIN"] + sum(_from_commas(found))
    for what, number, most in (
        ("levels of nested SELECTs", 1 + max(scope.nesting for scope in scopes), MAX_NESTING),
        ("joined tables", joins + 1, MAX_JOINS + 1),
    ):
        if number > most:
            raise _too_many(number, what, most)
    if cost_of(scopes[0], ctes) > MAX_COST:
        raise StatementRefused(
            "The statement uses its subqueries too many times in each other: refer to each once or twice, or split it."
        )


def refuse_length(statement: str) -> None:
    """Raise `StatementRefused` if `statement` is too long to be looked at."""
    if len(statement) > MAX_BYTES or len(statement.encode(errors="replace")) > MAX_BYTES:
        raise StatementRefused(f"The statement is longer than {MAX_BYTES:,} bytes: shorten it, or split it.")


def refuse_size(found: Sequence[Token]) -> None:
    """Raise `StatementRefused` if these are too many tokens, or too many SELECTs, to be looked at."""
    selects = sum(token.is_word("SELECT", "VALUES") for token in found)
    for what, number, most in (("words and signs", len(found), MAX_TOKENS), ("SELECTs", selects, MAX_SELECTS)):
        if number > most:
            raise _too_many(number, what, most)


def _too_many(number: int, what: str, most: int) -> StatementRefused:
    return StatementRefused(f"The statement has {number:,} {what}, and {most:,} are allowed: ask for less at once.")


def _refuse_invisible(statement: str) -> None:
    spaced = statement.translate(_SPACES)
    if (shown := clean(spaced)) != spaced:
        place = next((place for place, (a, b) in enumerate(zip(spaced, shown, strict=False)) if a != b), len(shown))
        raise StatementRefused(
            f"The statement contains the invisible character U+{ord(statement[place]):04X} at position {place + 1}: "
            "remove it."
        )


def _refuse_shape(found: Sequence[Token]) -> None:
    for token in found:
        if token.kind is TokenKind.ILLEGAL:
            raise StatementRefused(f"SQLite cannot read the statement from position {token.start + 1}: {_why(token)}.")
        if token.kind is TokenKind.PLACEHOLDER:
            raise StatementRefused("The statement contains a placeholder: write the value itself, texts in '...'.")
    if not found or not found[0].is_word("SELECT", "WITH", "VALUES") or _changes(found):
        raise StatementRefused("Only one SELECT, which may begin with WITH, is run: nothing can be changed here.")
    ended = False
    for token in found:
        if ended and not token.is_operator(";"):
            raise StatementRefused("Only one statement is run: send one SELECT without anything after its `;`.")
        ended = ended or token.is_operator(";")
    if any(_names_schema(token, after) for token, after in pairwise(found)):
        raise StatementRefused("Tables have no schema here: write connections instead of main.connections.")


def _changes(found: Sequence[Token]) -> bool:
    """Whether WITH is followed by what changes rows."""
    for before, token in pairwise(found):
        if before.text == ")" and token.is_word("DELETE", "UPDATE", "INSERT", "REPLACE", "MERGE"):
            return found[0].is_word("WITH")
    return False


def _why(token: Token) -> str:
    match token.text[0]:
        case "'" | '"' | "`" | "[":
            return f"a {token.text[0]} is not closed"
        case "/":
            return "a comment is not closed"
        case _:
            return f"{token.text!r} means nothing there"


def _names_schema(token: Token, after: Token) -> bool:
    return token.name in ("main", "temp") and after.is_operator(".")


def _scopes(found: Sequence[Token]) -> tuple[list[_Scope], dict[str, list[_Scope]]]:
    """Every SELECT, the whole statement first, and the CTEs by name."""
    scope = _Scope(0)
    scopes, stack = [scope], [scope]  # by open parenthesis
    ctes: dict[str, list[_Scope]] = {}
    for place, token in enumerate(found):
        stack[-1].own += 1
        if token.text == "(":
            scope = stack[-1]
            if place + 1 < len(found) and found[place + 1].is_word("SELECT", "VALUES", "WITH"):
                scopes.append(_Scope(scope.nesting + 1))
                if (defined := _cte_defined(found, place)) is None:
                    scope.parts.append(scopes[-1])
                else:
                    ctes.setdefault(found[defined].name or "", []).append(scopes[-1])
                    if word := _counted(found, defined):
                        scope.words[word] -= 1  # the definition is no reference
                scope = scopes[-1]
            stack.append(scope)
        elif token.text == ")":
            del stack[max(1, len(stack) - 1) :]
        elif word := _counted(found, place):
            stack[-1].words[word] += 1
    return scopes, ctes


def _cte_defined(found: Sequence[Token], place: int) -> int | None:
    """The place of `name` in `name (columns) AS MATERIALIZED (`, whose last parenthesis is at `place`; or None."""
    before = place - 1
    while before > 0 and found[before].is_word("MATERIALIZED", "NOT"):
        before -= 1
    if before < 1 or not found[before].is_word("AS"):
        return None
    before -= 1
    if found[before].text == ")":
        while before > 1 and found[before].text != "(":
            before -= 1
        before -= 1
    return before


def _counted(found: Sequence[Token], place: int) -> str | None:
    """The name at `place` if it may stand for an expression or table, which are copied; `*` for all columns."""
    token = found[place]
    if token.kind not in _NAMING:
        all_columns = token.text == "*" and (found[place - 1].text in (",", ".") or found[place - 1].is_word("SELECT"))
        return "*" if all_columns else None
    if place + 1 < len(found) and found[place + 1].text in (".", "("):  # a table or function
        return None
    if token.kind is TokenKind.WORD and token.text.upper() in KEYWORDS:
        return None
    return token.name


def cost_of(scope: _Scope, ctes: dict[str, list[_Scope]]) -> int:
    """How many tokens `scope` has once SQLite has copied what it uses several times; over the limit for a loop."""
    if scope.cost is None:
        scope.cost = MAX_COST + 1  # what a CTE that refers to itself finds
        used = sum(cost_of(part, ctes) for part in scope.parts)
        for name, times in scope.words.items():
            used += times * sum(cost_of(cte, ctes) for cte in ctes.get(name, ()))
        scope.cost = min(scope.own + max(scope.words.values(), default=1) * used, MAX_COST + 1)
    return scope.cost


def _from_commas(found: Sequence[Token]) -> Iterator[int]:
    """1 for each comma that joins tables."""
    inside = [False]  # by open parenthesis: whether commas join tables
    for before, token in pairwise(found):
        match token.text.upper():
            case "(":
                joins = before.text in ("(", ",") or before.is_word("FROM", "JOIN")
                inside.append(inside[-1] and joins)
            case ")":
                del inside[max(1, len(inside) - 1) :]
            case ",":
                yield int(inside[-1])
            case "FROM":
                inside[-1] = True
            case word if word in _AFTER_FROM:
                inside[-1] = False


_NAMING = frozenset({TokenKind.WORD, TokenKind.NAME, TokenKind.STRING})
_SPACES = {ord(space): " " for space in "\t\n\r\f"}
_AFTER_FROM = ("SELECT", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT")
_KEYWORD_LIST = """
    ALL AND AS ASC BETWEEN BY CASE CAST COLLATE CROSS CURRENT DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS FILTER FIRST
    FOLLOWING FROM FULL GLOB GROUP HAVING IN INNER INTERSECT IS ISNULL JOIN LAST LEFT LIKE LIMIT MATERIALIZED NATURAL
    NOT NOTNULL NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PRECEDING RANGE RECURSIVE RIGHT ROW ROWS SELECT THEN
    UNBOUNDED UNION USING VALUES WHEN WHERE WINDOW WITH
"""
KEYWORDS = frozenset(_KEYWORD_LIST.split())
"""Words of SQLite that are no names unless quoted, as far as they occur in a SELECT."""
