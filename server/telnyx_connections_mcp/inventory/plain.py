"""Plain values, as nearly all are: shown as received, except for secrets in URLs. This is a hot path."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeGuard, assert_never

from telnyx_connections_mcp.inventory.kind import Field
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.snapshot_tables import Value, columns_of, folding, unless_same
from telnyx_connections_mcp.inventory.times import plain_time, plain_times
from telnyx_connections_mcp.inventory.value_cache import Memo
from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.cleaner import FULL_LIMIT, SUMMARY_LIMIT, UNREADABLE
from telnyx_connections_mcp.redaction.texts import is_word, mask_text
from telnyx_connections_mcp.redaction.urls import mask_url, ordinary_origin, secret_part, url_host
from telnyx_connections_mcp.text.cleaning import clean, fold
from telnyx_connections_mcp.text.hosts import comparable_host

Reader = Callable[[Sequence[Any], set[int]], Iterable[Sequence[Value]]]
"""Reads the columns of one field of many rows; the places of values that are not plain are added to the set."""

_Read = Callable[[Any], tuple[Value, ...] | None]
"""Reads one value that is set; None unless it is plain."""
_LONGEST_ID = 19
"""Of those that need no closer look, in characters."""
_NOT_PLAIN = 0
"""A value that is not plain in any field."""
_LONGEST_REMEMBERED = 256

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]{0,30})://")


_Host = tuple[str | None, str | None, str | None]
_Hosts = Memo[str, _Host | None]


def reader_of(field: Field) -> Reader:
    """The function that reads the columns of `field`."""
    width = len(columns_of(field))
    nothing = (None,) * width
    match field.type:
        case Type.BOOLEAN:
            return _reader(lambda value: (int(value),) if value.__class__ is bool else None, nothing)
        case Type.NUMBER:
            return _reader(lambda value: (value,) if value.__class__ in (int, float) else None, nothing)
        case Type.TIME:
            return _times
        case Type.URL:
            hosts = _Hosts(_host_of, str.isascii)

            def read_url(value: Any) -> tuple[Value, ...] | None:
                columns = _url(hosts, value)
                return None if columns is None else columns[:width]

            return _reader(Memo(read_url, _small_text).__getitem__, nothing)
        case Type.ID | Type.TEXT | Type.LIST:
            read = _text_reader(field)
            each = _reader(Memo(read, _small_text).__getitem__ if field.few_values else read, nothing)
            return each if field.few_values or field.type is not Type.ID else partial(_ids, each, width)
        case Type.TAGS:
            raise ValueError(f"{field.name}: tags have a table of their own")
    assert_never(field.type)


def _reader(read: _Read, nothing: tuple[None, ...]) -> Reader:
    """Reads each value by itself; null and empty ones as `nothing`."""

    def columns(came: Sequence[Any], odd: set[int]) -> Iterable[Sequence[Value]]:
        try:
            found = [nothing if value is None or value == "" else read(value) for value in came]
        except TypeError:  # a list or object, which is not plain
            scalars = [_NOT_PLAIN if isinstance(value, list | dict) else value for value in came]
            found = [nothing if value is None or value == "" else read(value) for value in scalars]
        if None not in found:
            return zip(*found, strict=True)
        odd.update(place for place, values in enumerate(found) if values is None)
        return zip(*[nothing if values is None else values for values in found], strict=True)

    return columns


def _small_text(text: str) -> bool:
    return len(text) <= _LONGEST_REMEMBERED


def _text_reader(field: Field) -> _Read:
    if field.folded is None:
        return lambda value: (value,) if is_plain(value) else None
    folded = folding(field)
    if folded is not fold:
        return lambda value: (value, unless_same(value, folded(value))) if is_plain(value) else None

    def read(value: Any) -> tuple[Value, ...] | None:
        if value.__class__ is str and is_word(value):
            lower = value.lower()
            return value, (None if lower == value else lower)
        return (value, unless_same(value, fold(value))) if is_plain(value) else None

    return read


def is_plain(value: object) -> TypeGuard[str]:
    """Whether `value` is a text that summaries and full rows show as received."""
    if not isinstance(value, str) or not 0 < len(value) <= SUMMARY_LIMIT:
        return False
    if not (value.isascii() and value.isprintable()) and (UNREADABLE in value or clean(value) != value):
        return False
    return "://" not in value and mask_text(value) == value


def plain_tags(tags: Sequence[object]) -> tuple[str, ...] | None:
    """The same for tags; empty if there are none."""
    plain = tuple(tag for tag in tags if is_plain(tag))
    return plain if len(plain) == len(tags) else None


def _ids(each: Reader, width: int, came: Sequence[Any], odd: set[int]) -> Iterable[Sequence[Value]]:
    """Ids are examined together: short ones of digits and small letters are plain, and compared as they are."""
    try:
        together = "".join(came)
    except TypeError:  # some are null, or numbers
        return each(came, odd)
    if not (together.isascii() and together.isalnum() and together == together.lower()):
        return each(came, odd)
    lengths = set(map(len, came))
    if min(lengths) < 1 or max(lengths) > _LONGEST_ID:
        return each(came, odd)
    return [came, *[[None] * len(came)] * (width - 1)]


def _times(came: Sequence[Any], odd: set[int]) -> Iterable[Sequence[Value]]:
    try:
        together = plain_times(came)
    except TypeError:  # some are null
        together = None
    return _each_time(came, odd) if together is None else [together]


def _time(value: Any) -> tuple[Value, ...] | None:
    kept = plain_time(value) if isinstance(value, str) else None
    return None if kept is None else (kept,)


_each_time = _reader(_time, (None,))


def _host_of(origin: str) -> _Host | None:
    """Host, scheme, and the host as compared, unless it is the same; None for a host that is not shown as it is."""
    host = url_host(origin)
    if not (host is None or is_plain(host)):
        return None
    return host, scheme_of(origin), unless_same(host, comparable_host(host or ""))


def _url(hosts: Mapping[str, _Host | None], value: Any) -> tuple[Value, ...] | None:
    """What `columns_of` names for a URL with a condition on its host."""
    if value.__class__ is not str or not 0 < len(value) <= FULL_LIMIT:
        return None
    if (origin := ordinary_origin(value)) is not None:
        if (found := hosts[origin]) is None:
            return None
        host, scheme, compared = found
        return value, host, scheme, None, compared
    masked = mask_url(value)
    if len(masked) > FULL_LIMIT or MASK in value or UNREADABLE in value or clean(value) != value:
        return None
    host = url_host(value)
    if not (host is None or is_plain(host)):
        return None
    return masked, host, scheme_of(value), secret_part(value), unless_same(host, comparable_host(host or ""))


def scheme_of(url: str) -> str | None:
    """The scheme, in lower case."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else None
