"""Functions of other databases, in SQLite's words."""

from collections.abc import Mapping

from telnyx_connections_mcp.sql.written import Edit, Range, Written

_CALLS: Mapping[tuple[str, int], str] = {
    ("NVL", 2): "ifnull({0}, {1})",
    ("ISNULL", 2): "ifnull({0}, {1})",
    ("ISNULL", 1): "(({0}) IS NULL)",
    ("IF", 3): "iif({0}, {1}, {2})",
    ("IFF", 3): "iif({0}, {1}, {2})",
    ("NVL2", 3): "iif({0} IS NOT NULL, {1}, {2})",
    ("LEN", 1): "length({0})",
    ("CHAR_LENGTH", 1): "length({0})",
    ("CHARACTER_LENGTH", 1): "length({0})",
    ("UCASE", 1): "upper({0})",
    ("LCASE", 1): "lower({0})",
    ("LEFT", 2): "substr({0}, 1, {1})",
    ("RIGHT", 2): "substr({0}, -({1}))",
    ("MID", 3): "substr({0}, {1}, {2})",
    ("STRPOS", 2): "instr({0}, {1})",
    ("CHARINDEX", 2): "instr({1}, {0})",
    ("LOCATE", 2): "instr({1}, {0})",
    ("STARTS_WITH", 2): "(instr({0}, {1}) = 1)",
    ("STARTSWITH", 2): "(instr({0}, {1}) = 1)",
    ("ENDS_WITH", 2): "(substr({0}, -length({1})) = {1})",
    ("ENDSWITH", 2): "(substr({0}, -length({1})) = {1})",
    ("CONTAINS_SUBSTR", 2): "(instr(lower({0}), lower({1})) > 0)",
    ("UNACCENT", 1): "fold({0})",
    ("GREATEST", 2): "max({0}, {1})",
    ("GREATEST", 3): "max({0}, {1}, {2})",
    ("LEAST", 2): "min({0}, {1})",
    ("LEAST", 3): "min({0}, {1}, {2})",
    ("EVERY", 1): "bool_and({0})",
    ("LOGICAL_AND", 1): "bool_and({0})",
    ("LOGICAL_OR", 1): "bool_or({0})",
    ("COUNT_IF", 1): "count(CASE WHEN {0} THEN 1 END)",
    ("COUNTIF", 1): "count(CASE WHEN {0} THEN 1 END)",
    ("ANY_VALUE", 1): "min({0})",
    ("APPROX_COUNT_DISTINCT", 1): "count(DISTINCT {0})",
    ("SAFE_DIVIDE", 2): "(1.0 * ({0}) / nullif({1}, 0))",
    ("MOD", 2): "(({0}) % ({1}))",
    ("STDDEV_SAMP", 1): "stddev({0})",
    ("VAR_SAMP", 1): "variance({0})",
    ("QUANTILE", 2): "percentile({0}, {1})",
    ("QUANTILE_CONT", 2): "percentile({0}, {1})",
    ("ARRAY_AGG", 1): "group_concat({0})",
    ("LISTAGG", 1): "group_concat({0})",
    ("LISTAGG", 2): "group_concat({0}, {1})",
    ("STRING_AGG", 1): "group_concat({0})",
    ("STRING_AGG", 2): "group_concat({0}, {1})",
}
_JOINS_TEXTS = ("STRING_AGG", "GROUP_CONCAT", "LISTAGG", "ARRAY_AGG")
_ORDERED_SETS = {"PERCENTILE_CONT": "percentile", "PERCENTILE_DISC": "percentile_disc"}


def rewritten_call(written: Written, place: int) -> Edit | None:
    """What to write instead of the call at `place`; None if it can stay."""
    if not written.is_call(place):
        return None
    name, inside = written.at(place).text.upper(), written.inside(place + 1)
    whole = Range(place, inside.end + 1)
    if name in ("CONCAT", "CONCAT_WS"):
        return _concat(written, name, inside)
    if name in ("POSITION", "SUBSTRING") and (parted := _parted(written, name, inside)):
        return Edit(whole, parted)
    if name in _JOINS_TEXTS and (joined := _joined(written, whole)):
        return joined
    if name in _ORDERED_SETS:
        return _ordered(written, name, whole)
    arguments = written.split(inside)
    template = _CALLS.get((name, len(arguments)))
    if template is None:
        return None
    texts = [written.text(argument) for argument in arguments]
    return Edit(whole, template.format(*texts))


def _concat(written: Written, name: str, inside: Range) -> Edit | None:
    """`concat` and `concat_ws`, which SQLite has since 3.44: NULL is left out."""
    texts = [written.text(argument) for argument in written.split(inside)]
    whole = Range(inside.start - 2, inside.end + 1)
    if name == "CONCAT" and texts:
        return Edit(whole, "(" + " || ".join(f"ifnull({text}, '')" for text in texts) + ")")
    if name == "CONCAT_WS" and len(texts) > 1:
        by, *rest = texts
        joined = " || ".join(f"ifnull({by} || {text}, '')" for text in rest)
        return Edit(whole, f"substr({joined}, 1 + length({by}))")
    return None


def _parted(written: Written, name: str, inside: Range) -> str | None:
    """`POSITION(a IN b)` and `SUBSTRING(a FROM b FOR c)`."""
    words = {
        written.at(place).text.upper(): place
        for place in range(inside.start, inside.end)
        if written.at(place).is_word("IN", "FROM", "FOR")
    }
    if name == "POSITION" and "IN" in words:
        part = written.text(Range(inside.start, words["IN"]))
        return f"instr({written.text(Range(words['IN'] + 1, inside.end))}, {part})"
    if name == "SUBSTRING" and "FROM" in words:
        end = words.get("FOR", inside.end)
        length = f", {written.text(Range(end + 1, inside.end))}" if "FOR" in words else ""
        text = written.text(Range(inside.start, words["FROM"]))
        return f"substr({text}, {written.text(Range(words['FROM'] + 1, end))}{length})"
    return None


def _joined(written: Written, whole: Range) -> Edit | None:
    """A list of texts in an order, or of distinct ones with a separator of its own: SQLite has neither before 3.44."""
    inside = written.inside(whole.start + 1)
    arguments, order, end = inside, None, whole.end
    separator = "','"
    if [written.at(whole.end + more).text.upper() for more in range(5)] == ["WITHIN", "GROUP", "(", "ORDER", "BY"]:
        within = written.inside(whole.end + 2)
        order, end = Range(within.start + 2, within.end), within.end + 1
    for place in range(inside.end - 1, inside.start, -1):
        if written.at(place).is_word("SEPARATOR"):
            separator = written.text(Range(place + 1, inside.end))
            arguments = Range(inside.start, place)
        if written.at(place).is_word("ORDER") and written.at(place + 1).is_word("BY"):
            order = Range(place + 2, arguments.end)
            arguments = Range(inside.start, place)
    parts = written.split(arguments)
    if len(parts) == 2:
        separator = written.text(parts[1])
    distinct = written.at(inside.start).is_word("DISTINCT")
    plain = order is None and not (distinct and len(parts) == 2) and arguments == inside
    if plain or len(parts) not in (1, 2):
        return None
    text = written.text(Range(parts[0].start + distinct, parts[0].end))
    key, descending = _key(written, order) if order else (text, 0)
    return Edit(Range(whole.start, end), f"joined({text}, {separator}, {key}, {descending}, {int(distinct)})")


def _key(written: Written, order: Range) -> tuple[str, int]:
    """The first term that is ordered by, and whether it is in descending order."""
    first = next(iter(written.split(order)), order)
    words = [written.at(place) for place in range(*first)]
    end = next((first.start + n for n, word in enumerate(words) if word.is_word("ASC", "DESC", "NULLS")), first.end)
    return written.text(Range(first.start, end)), int(any(word.is_word("DESC") for word in words))


def _ordered(written: Written, name: str, whole: Range) -> Edit | None:
    """`PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a)`."""
    words = [written.at(place) for place in range(whole.end, whole.end + 5)]
    expected = ("WITHIN", "GROUP", "(", "ORDER", "BY")
    if [word.text.upper() for word in words] != [*expected]:
        return None
    inside = written.inside(whole.end + 2)
    value, descending = _key(written, Range(inside.start + 2, inside.end))
    share, sign = written.text(Range(whole.start + 2, whole.end - 1)), "-" if descending else ""
    return Edit(Range(whole.start, inside.end + 1), f"{sign}{_ORDERED_SETS[name]}({sign}({value}), {share})")
