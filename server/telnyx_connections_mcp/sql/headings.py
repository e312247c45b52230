"""Columns keep the names that somebody would expect who wrote the statement, whatever it is rewritten to."""

from telnyx_connections_mcp.sql.cells import LONGEST_NAME
from telnyx_connections_mcp.sql.guard import KEYWORDS
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written
from telnyx_connections_mcp.text.cleaning import cut

_ENDS = ("FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT")
_LITERALS = (TokenKind.STRING, TokenKind.NUMBER, TokenKind.NAME)


def with_headings(original: Written, written: Written) -> str:
    """The statement `written`, in which each selected expression that was rewritten is called as in `original`."""
    before, after = _selected(original), _selected(written)
    parts, done = [], 0
    if len(before) == len(after):
        for old, new in zip(before, after, strict=True):
            heading = original.text(old)
            if heading != written.text(new) and new.start < new.end and not _has_name(written, new):
                end = written.at(new.end - 1).end
                quoted = cut(heading, LONGEST_NAME).replace('"', '""')
                parts += [written.sql[done:end], f' AS "{quoted}"']
                done = end
    return "".join([*parts, written.sql[done:]])


def _selected(written: Written) -> list[Range]:
    """The expressions that the outermost SELECT selects."""
    start = end = 0
    place = 0
    while place < len(written.tokens):
        token = written.at(place)
        if token.is_word("SELECT"):
            start = place + 1 + written.at(place + 1).is_word("DISTINCT", "ALL")
        elif token.is_word(*_ENDS) and not written.at(place - 1).is_word("DISTINCT", "WITHIN"):  # DISTINCT FROM
            break
        place = end = (written.pair(place) or place) + 1 if token.is_operator("(") else place + 1
    return written.split(Range(start, max(start, end))) if start else []


def _has_name(written: Written, of: Range) -> bool:
    """Whether the expression has an alias, or is a column and needs none."""
    last, before = written.at(of.end - 1), written.at(of.end - 2)
    if written.operand_before(of.end) == of and written.is_name(of.end - 1):
        return True
    if before.is_word("AS"):  # also of a name such as `last`, which is a keyword elsewhere
        return True
    if last.name is None or not (written.is_name(of.end - 1) or last.kind is TokenKind.STRING):
        return False
    word = before.kind is TokenKind.WORD and (before.text.upper() not in KEYWORDS or before.is_word("END"))
    return of.end - of.start > 1 and (word or before.is_operator(")") or before.kind in _LITERALS)
