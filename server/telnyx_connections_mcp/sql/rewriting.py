"""Spellings of other databases that mean one thing in SQLite: they are understood.

Each rule looks at one place of a statement and gives what to write there instead. What a rule leaves inside its
replacement is looked at again, until nothing changes. What has no equivalent is left for `lint` and `corrections`.
"""

import re
from collections.abc import Callable, Sequence

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.comparing_times import one_form
from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.guard import refuse_length
from telnyx_connections_mcp.sql.operands import column_of
from telnyx_connections_mcp.sql.rewriting_calls import rewritten_call
from telnyx_connections_mcp.sql.rewriting_intervals import UNITS, rewritten_interval
from telnyx_connections_mcp.sql.rewriting_shape import rewritten_page, rewritten_parentheses
from telnyx_connections_mcp.sql.rewriting_times import rewritten_constant, rewritten_time, times_type
from telnyx_connections_mcp.sql.tables import TABLES
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_PASSES = 12
"""Most replacements within each other."""
_SIZE = re.compile(r"\(\s*([0-9]{1,4})\s*(?:,\s*([0-9]{1,2})\s*)?\)")
_ESCAPE = re.compile(r"\\([nt\\])")
_ESCAPED = {"n": "\n", "t": "\t", "\\": "\\"}
_FENCED = re.compile(r"\s*```\w*\s(.*?)```\s*", re.DOTALL)
_LABEL = re.compile(r"\A\s*(?:sql|sqlite|query)\s*:?\s+(?=(?:select|with|values)\b)", re.IGNORECASE)
_STARTS = frozenset(
    {
        *("LIKE", "ILIKE", "IS", "N", "E", "LIMIT", "MINUS", "FETCH", "OFFSET", "SYMMETRIC", "AT"),
        *("DATE", "TIMESTAMP", "DATETIME", "INTERVAL", "SYSDATE", "LOCALTIMESTAMP", "SYSTIMESTAMP"),
    }
)
"""Words, besides functions and tables, at which a rule applies."""
_BACKSLASH = re.compile(r"\\[\\_]|[^%_]\\%|\A\\%|\\%.")
_TYPES = {
    "TEXT": "TEXT VARCHAR STRING CHAR NVARCHAR CHARACTER BPCHAR UUID CITEXT",
    "INTEGER": "INT INTEGER INT2 INT4 INT8 INT64 BIGINT SMALLINT TINYINT SIGNED UNSIGNED BOOLEAN BOOL BIT",
    "REAL": "FLOAT FLOAT4 FLOAT8 FLOAT64 DOUBLE REAL NUMERIC DECIMAL BIGNUMERIC",
}
_TRUTH = dict.fromkeys(("'t'", "'true'", "'y'", "'yes'", "'on'"), "1") | dict.fromkeys(
    ("'f'", "'false'", "'n'", "'no'", "'off'"), "0"
)
_AFFINITY = {word: affinity for affinity, words in _TYPES.items() for word in words.split()}


def unfenced(sql: str) -> str:
    """`sql` without the fences of a block of Markdown, and without a word before it that says what it is."""
    fenced = _FENCED.fullmatch(sql)
    sql = fenced[1] if fenced else sql
    return _LABEL.sub("", sql, count=1)


def rewrite(written: Written) -> Written:
    """The statement as SQLite understands it. Raises `StatementRefused` if it becomes too long."""
    for _ in range(_PASSES):
        edits = _edits(written)
        if not edits:
            break
        written = edited(written, edits)
    return edited(written, one_form(written))


def edited(written: Written, edits: Sequence[Edit]) -> Written:
    """The statement with `edits`, which are in order. Raises `StatementRefused` if it becomes too long."""
    changed = Written(_applied(written, edits)) if edits else written
    refuse_length(changed.sql)
    return changed


def _edits(written: Written) -> list[Edit]:
    edits: list[Edit] = []
    done = place = 0
    while place < len(written.tokens):
        rules = _RULES if _may_change(written, place) else ()
        edit = next((edit for rule in rules if (edit := rule(written, place)) and edit.of.start >= done), None)
        if edit and edit.of.end <= len(written.tokens):  # else of something that does not end
            edits.append(edit)
            done = place = edit.of.end
        else:
            place += 1
    return edits


def _may_change(written: Written, place: int) -> bool:
    """Whether any rule looks further at what is there; most tokens are no concern of theirs."""
    token = written.at(place)
    match token.kind:
        case TokenKind.WORD:
            return token.text.upper() in _STARTS or written.at(place + 1).is_operator("(", ".")
        case TokenKind.OPERATOR:
            return token.text in ("::", "<=", "-", "+", "(")
        case kind:
            return kind in (TokenKind.NAME, TokenKind.STRING)


def _applied(written: Written, edits: Sequence[Edit]) -> str:
    parts, done = [], 0
    for of, text in edits:
        parts += [written.sql[done : written.tokens[of.start].start], text]
        done = written.tokens[of.end - 1].end
    return "".join([*parts, written.sql[done:]])


def _word(written: Written, place: int) -> Edit | None:
    """Operators and constants under another name."""
    token, after = written.at(place), written.at(place + 1)
    if token.is_word("ILIKE"):
        return Edit(Range(place, place + 1), "LIKE")
    if token.is_operator("<=") and after.is_operator(">") and token.end == after.start:
        return Edit(Range(place, place + 2), " IS ")
    if token.is_word("IS"):
        return _is(written, place)
    if token.is_word("N") and after.kind is TokenKind.STRING and token.end == after.start:
        return Edit(Range(place, place + 1), " ")
    if token.is_word("E") and after.kind is TokenKind.STRING and token.end == after.start:
        plain = _ESCAPE.sub(lambda found: _ESCAPED[found[1]], after.text)
        return None if "\\" in _ESCAPE.sub("", after.text) else Edit(Range(place, place + 2), f" {plain}")
    if token.is_word("LIMIT") and after.is_word("ALL"):
        return Edit(Range(place, place + 2), "")
    if token.is_word("MINUS") and after.is_word("SELECT"):
        return Edit(Range(place, place + 1), "EXCEPT")
    return None


def _escaped(written: Written, place: int) -> Edit | None:
    r"""`LIKE '%\_%'`: elsewhere a backslash escapes without ESCAPE. `'%\%'` alone may mean either, and is left."""
    left = place - written.at(place - 1).is_word("NOT")
    if not written.at(place).is_word("LIKE") or written.operand_before(left) is None:
        return None
    start = end = place + 1
    while (part := written.operand_after(end)) is not None:
        end = part.end + 1
        if not written.at(part.end).is_operator("||"):
            break
    pattern = Range(start, end - 1)
    texts = [token.value for token in written.tokens[start:end] if token.kind is TokenKind.STRING]
    if part is None or written.at(part.end).is_word("ESCAPE") or not any(map(_BACKSLASH.search, texts)):
        return None
    return Edit(pattern, f"{written.text(pattern)} ESCAPE '\\'")


def _is(written: Written, place: int) -> Edit | None:
    """`IS [NOT] DISTINCT FROM`, which SQLite knows since 3.39, and `IS [NOT] UNKNOWN`."""
    negated = written.at(place + 1).is_word("NOT")
    word = place + 1 + negated
    if written.at(word).is_word("DISTINCT") and written.at(word + 1).is_word("FROM"):
        return Edit(Range(place, word + 2), "IS" if negated else "IS NOT")
    if written.at(word).is_word("UNKNOWN"):
        return Edit(Range(word, word + 1), "NULL")
    return None


def _symmetric(written: Written, place: int) -> Edit | None:
    """`BETWEEN SYMMETRIC a AND b`, which takes its limits in any order."""
    low = written.operand_after(place + 1) if written.at(place).is_word("SYMMETRIC") else None
    high = written.operand_after(low.end + 1) if low and written.at(low.end).is_word("AND") else None
    if low is None or high is None or not written.is_whole(high):
        return None
    first, second = written.text(low), written.text(high)
    of = Range(place, high.end)
    if written.at(low.start).kind is written.at(high.start).kind is TokenKind.STRING:
        return Edit(of, " AND ".join(sorted((first, second))))
    return Edit(of, f"min({first}, {second}) AND max({first}, {second})")


def _table(written: Written, place: int) -> Edit | None:
    """`public.connections`, and one quoted name with points in it."""
    token, table = written.at(place), written.at(place + 2)
    if token.kind is TokenKind.NAME and "." in token.value:
        renamed = written.at(0).is_word("WITH") or not written.at(place - 1).is_word("FROM", "JOIN")
        if renamed and token.name in written.aliases:
            return None
        last = token.value.rpartition(".")[2].lower()
        return Edit(Range(place, place + 1), last) if last in TABLES else None
    if token.name in ("main", "temp"):  # the stored tables, which nobody may name
        return None
    if not (written.is_name(place) and written.at(place + 1).is_operator(".") and table.name in TABLES):
        return None
    if written.at(place - 1).is_word("FROM", "JOIN") or written.at(place - 1).is_operator("."):
        return Edit(Range(place, place + 2), "")
    return Edit(Range(place, place + 2), "") if written.at(place + 3).is_operator(".") else None


def _cast(written: Written, place: int) -> Edit | None:
    """`value::type`."""
    if not written.at(place).is_operator("::"):
        return None
    of = written.operand_before(place)
    type_ = written.at(place + 1)
    if of is None or type_.kind is not TokenKind.WORD:
        return None
    end = place + 2
    if written.at(end).is_operator("(") and (closed := written.pair(end)):
        end = closed + 1
    elif type_.is_word("DOUBLE", "CHARACTER") and written.at(end).is_word("PRECISION", "VARYING"):
        end += 1
    elif type_.is_word("TIMESTAMP") and written.at(end).is_word("WITH", "WITHOUT"):
        end += 3
    if type_.is_word("INTERVAL") and written.at(place - 1).kind is TokenKind.STRING:
        return Edit(Range(of.start, end), f"INTERVAL {written.text(of)}")
    if type_.is_word("INTERVAL") and written.at(place - 1).is_operator(")"):
        unit = written.at(place - 2).value.strip()  # of (n || ' days')::interval
        joined = written.at(place - 3).is_operator("||") and unit.lower() in UNITS
        number = written.text(Range(of.start + 1, place - 3))
        return Edit(Range(of.start, end), f"INTERVAL ({number}) {unit}") if joined else None
    if function := times_type(type_.text):
        return Edit(Range(of.start, end), f"{function}({written.text(of)})")
    value = written.text(of)
    affinity = _AFFINITY.get(type_.text.upper())
    if affinity == "INTEGER" and _may_have_fraction(written, of):
        value = f"rounded({value})"
    cast = _cast_to(value, type_.text.upper(), written.text(Range(place + 2, end)))
    return Edit(Range(of.start, end), cast) if cast else None


def _may_have_fraction(written: Written, of: Range) -> bool:
    """Whether it may be a number that PostgreSQL would round and SQLite cut."""
    token = written.at(of.start)
    literal = of.end - of.start == 1 and (token.kind is TokenKind.STRING or token.text.isdigit())
    column = column_of(written, of)
    return not literal and (column is None or column.type is Type.NUMBER)


def _cast_to(value: str, type_: str, size: str) -> str | None:
    """`value` as that type; `size` is what follows its name: `(10, 2)` rounds a number, and `(7)` cuts a text."""
    if type_ in ("BOOLEAN", "BOOL", "BIT") and (truth := _TRUTH.get(value.lower())):
        return truth
    affinity = _AFFINITY.get(type_)
    cast = f"CAST({value} AS {affinity})" if affinity else None
    if sized := _SIZE.fullmatch(size):
        if affinity == "TEXT":
            return f"substr({cast}, 1, {sized[1]})"
        if type_ in ("NUMERIC", "DECIMAL"):
            return f"round({cast}, {sized[2] or 0})"
    return cast


def _cast_call(written: Written, place: int) -> Edit | None:
    """`CAST(value AS type)` where SQLite would take the type for another one."""
    if not (written.is_call(place) and written.at(place).is_word("CAST", "TRY_CAST", "SAFE_CAST")):
        return None
    inside = written.inside(place + 1)
    split = next((each for each in range(inside.end - 1, inside.start, -1) if written.at(each).is_word("AS")), None)
    if split is None:
        return None
    value, whole = written.text(Range(inside.start, split)), Range(place, inside.end + 1)
    type_ = written.at(split + 1).text.upper()
    if type_ == "INTERVAL" and written.at(inside.start).kind is TokenKind.STRING:
        return Edit(whole, f"INTERVAL {value}")
    if function := times_type(type_):
        return Edit(whole, f"{function}({value})")
    plain = written.at(place).is_word("CAST") and written.text(Range(split + 1, inside.end)) == _AFFINITY.get(type_)
    cast = _cast_to(value, type_, written.text(Range(split + 2, inside.end)))
    return Edit(whole, cast) if cast and not plain else None


def _convert(written: Written, place: int) -> Edit | None:
    """`CONVERT(type, value, style)`; `CONVERT(VARCHAR(7), value)` is the beginning of a text."""
    if not (written.is_call(place) and written.at(place).is_word("CONVERT", "TRY_CONVERT")):
        return None
    parts = written.split(written.inside(place + 1))
    whole = Range(place, written.inside(place + 1).end + 1)
    if len(parts) < 2 or written.at(parts[0].start).kind is not TokenKind.WORD:
        return None
    type_, value = written.at(parts[0].start).text.upper(), written.text(parts[1])
    if function := times_type(type_):
        return Edit(whole, f"{function}({value})")
    cast = _cast_to(value, type_, written.text(Range(parts[0].start + 1, parts[0].end)))
    return Edit(whole, cast) if cast else None


_RULES: Sequence[Callable[[Written, int], Edit | None]] = (
    _word,
    _escaped,
    _symmetric,
    rewritten_page,
    rewritten_parentheses,
    _table,
    rewritten_constant,
    rewritten_interval,
    _cast,
    _cast_call,
    _convert,
    rewritten_time,
    rewritten_call,
)
