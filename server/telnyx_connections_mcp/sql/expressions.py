"""What a computed expression is, as far as a comparison with it goes wrong in SQLite."""

from collections.abc import Callable, Iterator

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.operands import column_of
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_TEXT_FUNCTIONS = (
    *("STRFTIME", "DATE", "DATETIME", "TIME", "DATE_TRUNC", "NOW", "LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM", "FOLD"),
    *("SUBSTR", "SUBSTRING", "REPLACE", "SPLIT_PART", "GROUP_CONCAT", "JOINED", "TYPEOF"),
)
_CHOOSING = {"IIF": 1} | dict.fromkeys(
    (
        "COALESCE",
        "IFNULL",
        "NULLIF",
        "MAX",
        "MIN",
        "LAG",
        "LEAD",
        "FIRST_VALUE",
        "LAST_VALUE",
        "NTH_VALUE",
        "MODE",
        "PERCENTILE_DISC",
    ),
    0,
)
"""Functions that give one of their arguments, with the place of the first that they may give."""
_OF_A_TEXT = ("LOWER", "UPPER", "TRIM", "FOLD", "SUBSTR", "CAST")
_BOOLEAN_FUNCTIONS = ("BOOL_OR", "BOOL_AND")
_COMPARING = ("=", "==", "<>", "!=", "<", "<=", ">", ">=")
_MAX_DEPTH = 20


def is_text(written: Written, of: Range, depth: int = 0) -> bool:
    """Whether it is computed and a text, so that SQLite finds it unequal to every number.

    A number that is compared with a column, or with CAST(... AS TEXT), becomes a text first.
    """
    return _remembered(_is_text, written, _without_parentheses(written, of), depth)


def is_boolean(written: Written, of: Range, depth: int = 0) -> bool:
    """Whether it is the number 1 or 0, or a text of that, where other databases have true and false."""
    return _remembered(_is_boolean, written, _without_parentheses(written, of), depth)


def _is_text_column(written: Written, of: Range, depth: int) -> bool:
    """Whether it is a column of texts, or a name that the statement gives to one."""
    return _remembered(_is_named_text, written, _without_parentheses(written, of), depth)


def _remembered(question: Callable[[Written, Range, int], bool], written: Written, of: Range, depth: int) -> bool:
    """The answer, which is looked for once: names may be used many times in each other. No beyond some depth."""
    key = (question.__name__, of)
    if depth > _MAX_DEPTH:
        return False
    if key not in written.answers:
        written.answers[key] = False  # for what refers to itself
        written.answers[key] = question(written, of, depth + 1)
    return written.answers[key]


def _is_text(written: Written, of: Range, depth: int) -> bool:
    if any(written.at(place).is_operator("||") for place in _outside(written, of)):
        return True
    if defined := _defined(written, of):
        return all(is_text(written, expression, depth) for expression in defined)
    if _is_one_call(written, of) and written.at(of.start).text.upper() in _TEXT_FUNCTIONS:
        return True
    given = _given(written, of)
    constants = [part for part in given if written.at(part.start).kind is TokenKind.STRING]
    return bool(given and len(constants) == len(given)) or any(
        _is_text_column(written, part, depth) or is_text(written, part, depth)
        for part in given
        if part not in constants
    )


def _is_boolean(written: Written, of: Range, depth: int) -> bool:
    if column := column_of(written, of):
        return column.type is Type.BOOLEAN
    if written.at(of.end - 2).is_word("AS") and of.end - of.start > 2:  # inside of a CAST
        return is_boolean(written, Range(of.start, of.end - 2), depth)
    if any(written.at(place).is_operator(*_COMPARING) for place in _outside(written, of)):
        return True
    if defined := _defined(written, of):
        return all(is_boolean(written, expression, depth) for expression in defined)
    called = written.at(of.start).text.upper() if _is_one_call(written, of) else ""
    texts = written.split(written.inside(of.start + 1)) if called in _OF_A_TEXT else []
    given = _given(written, of) or texts
    return called in _BOOLEAN_FUNCTIONS or any(is_boolean(written, part, depth) for part in given)


def _is_named_text(written: Written, of: Range, depth: int) -> bool:
    if column := column_of(written, of):
        return column.type not in (Type.BOOLEAN, Type.NUMBER)
    return any(_is_text_column(written, expression, depth) for expression in _defined(written, of))


def _given(written: Written, of: Range) -> list[Range]:
    """What a function or CASE that chooses one of several values may give."""
    if written.at(of.start).is_word("CASE") and written.at(of.end - 1).is_word("END"):
        after = [place + 1 for place in range(*of) if written.at(place).is_word("THEN", "ELSE")]
        return [part for place in after if (part := written.operand_after(place))]
    name = written.at(of.start).text.upper()
    if name not in _CHOOSING or not _is_one_call(written, of):
        return []
    return written.split(written.inside(of.start + 1))[_CHOOSING[name] :]


def _defined(written: Written, of: Range) -> list[Range]:
    """What the statement selects under the name that `of` is, or in the subquery that it is."""
    if written.at(of.start).is_word("SELECT"):
        return [written.named(item)[0] for item in written.items(of.start)[:1]]
    name = written.at(of.end - 1).name if of.end - of.start in (1, 3) and written.is_name(of.end - 1) else None
    found = written.definitions.get(name, ()) if name else ()
    return [each for each in found if written.at(each.end - 1).name != name or each.end - each.start > 3]


def _without_parentheses(written: Written, of: Range) -> Range:
    while written.at(of.start).is_operator("(") and written.pair(of.start) == of.end - 1:
        of = Range(of.start + 1, of.end - 1)
    return of


def _is_one_call(written: Written, of: Range) -> bool:
    """Whether it is a call, perhaps of a window function or with a FILTER, and nothing beside it."""
    if not written.is_call(of.start):
        return False
    end = written.inside(of.start + 1).end + 1
    while end < of.end and written.at(end).is_word("OVER", "FILTER"):
        end = written.inside(end + 1).end + 1 if written.at(end + 1).is_operator("(") else end + 2
    return end == of.end


def _outside(written: Written, of: Range) -> Iterator[int]:
    """The places in it that are in no parentheses and no subquery."""
    place = of.start
    while place < of.end and not written.at(of.start).is_word("SELECT", "CASE"):
        yield place
        place = (written.pair(place) or place) + 1 if written.at(place).is_operator("(") else place + 1
