"""Calls that SQLite would answer, but not as they are meant."""

import re
from collections.abc import Iterator

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_NUMBER = re.compile(r"\s*[+-]?\.?[0-9]")


def expressions_in_substr(written: Written) -> Iterator[str]:
    """`substring(a from '://([^/]+)')`, a regular expression, which SQLite takes for position 0."""
    for place, arguments in _calls(written, "SUBSTR", "SUBSTRING"):
        if len(arguments) > 1 and literal_of(written, arguments[1]) is not None:
            name = written.at(place).text
            yield (
                f"{name}() takes a position, and there are no regular expressions: the host of a URL is webhook_host, "
                "the rest webhook_path; other parts come from split_part(a, '/', 3), or substr with instr."
            )


def sums_of_texts(written: Written) -> Iterator[str]:
    """`sum(connection_name)`, and `sum(DISTINCT created_at)`, which adds up years."""
    for place, (argument, *_) in _calls(written, "SUM", "AVG", "TOTAL"):
        start = argument.start + written.at(argument.start).is_word("DISTINCT")
        column = column_of(written, Range(start, argument.end))
        if column is None or column.type in (Type.BOOLEAN, Type.NUMBER):
            continue
        name = written.at(place).text
        if column.type is Type.TIME:
            yield (
                f"{name}() takes numbers, and {column.name} is a time: write julianday({column.name}), which is days, "
                f"or percentile_disc(0.5) WITHIN GROUP (ORDER BY {column.name})."
            )
        yield f"{name}() takes numbers, and {column.name} is a text: write count({column.name}), or CAST it AS INTEGER."


def shares_in_arrays(written: Written) -> Iterator[str]:
    """`percentile_cont(ARRAY[0.5, 0.9])`."""
    for place, token in enumerate(written.tokens):
        array = written.at(place + 3)
        if token.is_word("PERCENTILE_CONT", "PERCENTILE_DISC") and written.at(place + 2).is_word("ARRAY"):
            name, first = token.text.lower(), array.value.split(",")[0].strip()
            yield f"{name} takes one share: write {name}({first}) WITHIN GROUP (ORDER BY x), and so on for each."


def remainders(written: Written) -> Iterator[str]:
    """`5.5 % 2`, which SQLite computes with 5."""
    for place, token in enumerate(written.tokens):
        if token.is_operator("%"):
            left, right = written.operand_before(place), written.operand_after(place + 1)
            texts = [written.text(each) for each in (left, right) if each and each.end - each.start == 1]
            if len(texts) == 2 and any("." in text and text[0].isdigit() for text in texts):
                yield f"% takes whole numbers: write mod({', '.join(texts)})."


def casts(written: Written) -> Iterator[str]:
    """`'abc'::int`, which SQLite makes 0, and `created_at::int`, which it makes the year."""
    for place, token in enumerate(written.tokens):
        value = written.at(place + 2)
        if not (token.is_word("CAST") and written.at(place + 3).is_word("AS")):
            continue
        column = column_of(written, Range(place + 2, place + 3))
        if written.at(place + 4).is_word("INTEGER", "REAL") and column and column.type is Type.TIME:
            yield f"{column.name} is a time: write unixepoch({column.name}), or julianday({column.name}) for days."
        text = value.value if value.kind is TokenKind.STRING else "0"
        if written.at(place + 4).is_word("INTEGER", "REAL") and not _NUMBER.match(text):
            yield f"{value.text} is no number: write one, or leave the cast out."


def random_numbers(written: Written) -> Iterator[str]:
    """`random() < 0.1`: in SQLite it is a whole number of 64 bits."""
    for place, _ in _calls(written, "RANDOM", empty=True):
        if written.at(place + 3).is_operator("<", "<=", ">", ">=", "*", "+"):
            yield "random() is a whole number of 64 bits: write abs(random()) % 100 < 10, or ORDER BY random() LIMIT n."


def compounds(written: Written) -> Iterator[str]:
    """`a UNION b INTERSECT c`, of which others take INTERSECT first."""
    joined = [False]  # by open parenthesis: whether there was a UNION or EXCEPT
    for token in written.tokens:
        if token.is_operator("("):
            joined.append(False)
        elif token.is_operator(")"):
            del joined[max(1, len(joined) - 1) :]
        elif token.is_word("UNION", "EXCEPT"):
            joined[-1] = True
        elif token.is_word("INTERSECT") and joined[-1]:
            yield "SQLite takes INTERSECT after the UNION or EXCEPT before it: put what belongs together in (...)."


def collations(written: Written) -> Iterator[str]:
    """`COLLATE "de_DE"`, which SQLite ignores in an argument."""
    for place, token in enumerate(written.tokens):
        name = written.at(place + 1)
        if token.is_word("COLLATE") and name.name not in ("binary", "nocase", "rtrim"):
            yield f"There is no collation {name.value}: write COLLATE NOCASE, or compare fold(a) with fold(b)."


def _calls(written: Written, *names: str, empty: bool = False) -> Iterator[tuple[int, list[Range]]]:
    """The calls of functions with these names, and their arguments; those without any if they may be `empty`."""
    for place, token in enumerate(written.tokens):
        if token.is_word(*names) and written.is_call(place):
            arguments = written.split(written.inside(place + 1))
            if arguments or empty:
                yield place, arguments
