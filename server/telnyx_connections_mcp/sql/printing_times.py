"""Times as texts, in the forms of other databases: `strftime`, and names of months and days, which it lacks."""

import re
from collections.abc import Mapping, Sequence

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]


def _named(names: Sequence[str], form: str, first: int, width: int) -> str:
    """SQL of the name of a month or day of the time `{0}`, padded to `width` if it is shorter."""
    texts = "".join(name[:width].ljust(width) for name in names)
    return f"substr('{texts}', {width} * (strftime('{form}', {{0}}) - {first}) + 1, {width})"


_MONTH, _DAY = _named(_MONTHS, "%m", 1, 9), _named(_DAYS, "%w", 0, 9)
_MON, _DY = _named(_MONTHS, "%m", 1, 3), _named(_DAYS, "%w", 0, 3)
_YY = "substr(strftime('%Y', {0}), 3)"
_E = "CAST(strftime('%d', {0}) AS INTEGER)"
_OF_TO_CHAR: Mapping[str, str] = {
    "YYYY": "%Y",
    "MM": "%m",
    "DD": "%d",
    "HH24": "%H",
    "MI": "%M",
    "SS": "%S",
    "DDD": "%j",
    "Month": _MONTH,
    "Day": _DAY,
    "FMMonth": f"rtrim({_MONTH})",
    "FMDay": f"rtrim({_DAY})",
    "Mon": _MON,
    "Dy": _DY,
    "MON": f"upper({_MON})",
    "DY": f"upper({_DY})",
    "YY": _YY,
    "FMDD": _E,
    "Q": "((strftime('%m', {0}) + 2) / 3)",
}
_TO_CHAR = re.compile(rf"{'|'.join(sorted(_OF_TO_CHAR, reverse=True))}|[-/. :_T,]|\"[^\"%{{]*\"")
_PERCENT = re.compile(r"%.|[^%]")
_EVERYWHERE = {
    **{same: same for same in ("%d", "%H", "%j", "%m", "%S", "%w", "%Y", "%%")},
    "%b": _MON,
    "%a": _DY,
    "%y": _YY,
    "%e": _E,
    "%T": "%H:%M:%S",
}
_OF_MYSQL = {
    **_EVERYWHERE,
    "%i": "%M",
    "%s": "%S",
    "%k": "%H",
    "%M": f"rtrim({_MONTH})",
    "%W": f"rtrim({_DAY})",
}
_OF_OTHERS = {
    **_EVERYWHERE,
    "%M": "%M",
    "%s": "%s",
    "%W": "%W",
    "%F": "%Y-%m-%d",
    "%B": f"rtrim({_MONTH})",
    "%A": f"rtrim({_DAY})",
}


def printed(name: str, texts: Sequence[str]) -> str | None:
    """The call of `name` with these arguments in SQLite's words; None if it is another function, or form."""
    if len(texts) != 2:
        return None
    value, form = texts
    known = _OF_OTHERS
    if name in ("FORMAT_DATE", "FORMAT_TIMESTAMP", "FORMAT_DATETIME"):
        form, value = value, form
    elif name == "DATE_FORMAT":
        known = _OF_MYSQL
    elif name != "TO_CHAR" and not (name == "STRFTIME" and "%" in form and not value.startswith("'")):
        return None  # STRFTIME with its arguments swapped
    if not (form.startswith("'") and form.endswith("'")):
        return None
    return _to_char(form[1:-1], value) if name == "TO_CHAR" else _percent(form[1:-1], value, known)


def _to_char(form: str, value: str) -> str | None:
    pieces = _TO_CHAR.findall(form)
    return _text([_OF_TO_CHAR.get(piece, piece.strip('"')) for piece in pieces], value, form, pieces)


def _percent(form: str, value: str, known: Mapping[str, str]) -> str | None:
    pieces = _PERCENT.findall(form)
    if any(len(piece) == 2 and piece not in known for piece in pieces):
        return None
    return _text([known.get(piece, piece) for piece in pieces], value, form, pieces)


def _text(written: Sequence[str], value: str, form: str, pieces: Sequence[str]) -> str | None:
    """The SQL that prints `value`, unless the pieces are not all of the form."""
    if "".join(pieces) != form:
        return None
    parts: list[str] = []
    plain = ""
    for piece in (*written, "{0}"):
        if "{0}" not in piece:
            plain += piece
            continue
        parts += [f"strftime('{plain}', {value})"] if plain else []
        parts += [piece.replace("{0}", value)] if piece != "{0}" else []
        plain = ""
    return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})" if parts else None
