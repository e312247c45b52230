"""Functions of other databases, in SQLite's words."""

import re
from collections.abc import Mapping

from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.rewriting_aggregates import rewritten_aggregate
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_CALLS: Mapping[tuple[str, int], str] = {
    ("BTRIM", 1): "trim({0})",
    ("BTRIM", 2): "trim({0}, {1})",
    ("NVL", 2): "ifnull({0}, {1})",
    ("ISNULL", 2): "ifnull({0}, {1})",
    ("ISNULL", 1): "(({0}) IS NULL)",
    ("IF", 3): "iif({0}, {1}, {2})",
    ("IFF", 3): "iif({0}, {1}, {2})",
    ("NVL2", 3): "iif(({0}) IS NOT NULL, {1}, {2})",
    ("LEN", 1): "length({0})",
    ("CHAR_LENGTH", 1): "length({0})",
    ("CHARACTER_LENGTH", 1): "length({0})",
    ("ASCII", 1): "unicode({0})",
    ("UCASE", 1): "upper({0})",
    ("LCASE", 1): "lower({0})",
    ("LEFT", 2): "substr({0}, 1, iif(({1}) >= 0, {1}, iif(length({0}) + ({1}) < 0, 0, length({0}) + ({1}))))",
    ("RIGHT", 2): "substr({0}, iif(({1}) < 0, 1 - ({1}), iif(({1}) > length({0}), 1, 1 + length({0}) - ({1}))))",
    ("MID", 3): "substr({0}, {1}, {2})",
    ("STRPOS", 2): "instr({0}, {1})",
    ("CHARINDEX", 2): "instr({1}, {0})",
    ("LOCATE", 2): "instr({1}, {0})",
    ("STARTS_WITH", 2): "(instr({0}, {1}) = 1)",
    ("STARTSWITH", 2): "(instr({0}, {1}) = 1)",
    ("ENDS_WITH", 2): "(substr({0}, 1 + length({0}) - length({1})) = ({1}))",
    ("ENDSWITH", 2): "(substr({0}, 1 + length({0}) - length({1})) = ({1}))",
    ("CONTAINS_SUBSTR", 2): "(instr(lower({0}), lower({1})) > 0)",
    ("UNACCENT", 1): "fold({0})",
    ("EVERY", 1): "bool_and({0})",
    ("LOGICAL_AND", 1): "bool_and({0})",
    ("LOGICAL_OR", 1): "bool_or({0})",
    ("COUNT_IF", 1): "count(CASE WHEN {0} THEN 1 END)",
    ("COUNTIF", 1): "count(CASE WHEN {0} THEN 1 END)",
    ("ANY_VALUE", 1): "min({0})",
    ("APPROX_COUNT_DISTINCT", 1): "count(DISTINCT {0})",
    ("SAFE_DIVIDE", 2): "(1.0 * ({0}) / nullif({1}, 0))",
    ("STDDEV_SAMP", 1): "stddev({0})",
    ("VAR_SAMP", 1): "variance({0})",
    ("STDDEVP", 1): "stddev_pop({0})",
    ("VARP", 1): "var_pop({0})",
    ("QUANTILE", 2): "percentile({0}, {1})",
    ("QUANTILE_CONT", 2): "percentile({0}, {1})",
    ("ARRAY_AGG", 1): "group_concat({0})",
    ("LISTAGG", 1): "group_concat({0})",
    ("LISTAGG", 2): "group_concat({0}, {1})",
    ("STRING_AGG", 1): "group_concat({0})",
    ("STRING_AGG", 2): "group_concat({0}, {1})",
}

_ENDS = {"LEFT": "substr({0}, 1, {1})", "RIGHT": "substr({0}, -{1})"}
"""If the length is a number."""
_FORM = re.compile(r"%[s%]|[^%]+")
_TRIMS = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}


def rewritten_call(written: Written, place: int) -> Edit | None:
    """What to write instead of the call at `place`; None if it can stay."""
    if not written.is_call(place):
        return None
    name, inside = written.at(place).text.upper(), written.inside(place + 1)
    whole = Range(place, inside.end + 1)
    if name in ("CONCAT", "CONCAT_WS"):
        return _concat(written, name, inside)
    if name in ("POSITION", "SUBSTRING", "TRIM") and (parted := _parted(written, name, inside)):
        return Edit(whole, parted)
    if name in ("FORMAT", "PRINTF", "CHR", "CHAR") and (text := _formatted(written, name, inside)):
        return Edit(whole, text)
    if aggregate := rewritten_aggregate(written, whole):
        return aggregate
    arguments = written.split(inside)
    template = _CALLS.get((name, len(arguments)))
    if template is None:
        return None
    texts = [written.text(argument) for argument in arguments]
    if name in _ENDS and texts[1].isdigit() and int(texts[1]):
        template = _ENDS[name]
    return Edit(whole, template.format(*texts))


def _concat(written: Written, name: str, inside: Range) -> Edit | None:
    """`concat` and `concat_ws`, which SQLite has since 3.44: NULL is left out."""
    texts = [written.text(argument) for argument in written.split(inside)]
    whole = Range(inside.start - 2, inside.end + 1)
    if name == "CONCAT" and texts:
        return Edit(whole, "(" + " || ".join(f"ifnull({text}, '')" for text in texts) + ")")
    if name == "CONCAT_WS" and len(texts) > 1:
        by, *rest = texts
        joined = " || ".join(f"ifnull(({by}) || ({text}), '')" for text in rest)
        return Edit(whole, f"substr({joined}, 1 + length({by}))")
    return None


def _parted(written: Written, name: str, inside: Range) -> str | None:
    """`POSITION(a IN b)`, `SUBSTRING(a FROM b FOR c)` and `TRIM(BOTH a FROM b)`."""
    words = {
        written.at(place).text.upper(): place
        for place in range(inside.start, inside.end)
        if written.at(place).is_word("IN", "FROM", "FOR")
    }
    if name == "POSITION" and "IN" in words:
        part = written.text(Range(inside.start, words["IN"]))
        return f"instr({written.text(Range(words['IN'] + 1, inside.end))}, {part})"
    if name == "SUBSTRING" and "FROM" not in words and "FOR" in words:
        text = written.text(Range(inside.start, words["FOR"]))
        return f"substr({text}, 1, {written.text(Range(words['FOR'] + 1, inside.end))})"
    if name == "SUBSTRING" and "FROM" in words:
        end = words.get("FOR", inside.end)
        length = f", {written.text(Range(end + 1, inside.end))}" if "FOR" in words else ""
        text = written.text(Range(inside.start, words["FROM"]))
        return f"substr({text}, {written.text(Range(words['FROM'] + 1, end))}{length})"
    if name == "TRIM" and "FROM" in words:
        side = _TRIMS.get(written.at(inside.start).text.upper())
        signs = written.text(Range(inside.start + (side is not None), words["FROM"]))
        text = written.text(Range(words["FROM"] + 1, inside.end))
        return f"{side or 'trim'}({text}{', ' * bool(signs)}{signs})"
    return None


def _formatted(written: Written, name: str, inside: Range) -> str | None:
    """`format('%s (%s)', a, b)`, and `chr(10)`; other forms, and what is computed, have no equivalent."""
    form, *values = [written.text(argument) for argument in written.split(inside)] or [""]
    if name in ("CHR", "CHAR"):
        sign = chr(int(form)) if form.isdigit() and len(form) < 6 and not values else ""
        return "'" + sign.replace("'", "''") + "'" if sign and (sign.isprintable() or sign in "\n\r\t") else None
    pieces = _FORM.findall(form[1:-1])
    if written.at(inside.start).kind is not TokenKind.STRING or "".join(pieces) != form[1:-1]:
        return None
    if pieces.count("%s") != len(values):
        return None
    given = iter(values)
    texts = [f"ifnull({next(given)}, '')" if piece == "%s" else f"'{piece.replace('%%', '%')}'" for piece in pieces]
    return f"({' || '.join(texts)})" if texts else None
