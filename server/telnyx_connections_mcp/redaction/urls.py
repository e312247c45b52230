"""Masks URLs, and finds the secrets in them.

A URL is decoded and split first. Every part is open, doubtful or secret: `mask_url` hides the last two, `secret_part`
finds the last (docs/decisions/0034-one-rule-of-what-is-secret.md).
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Literal
from unicodedata import normalize

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.decoding import decoded, unquoted
from telnyx_connections_mcp.redaction.names import is_secret_name, is_text_name
from telnyx_connections_mcp.text.cleaning import CUT_MARK, clean

UNREADABLE_URL = "***(not an absolute URL)"

_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}:)//([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
# Anything but a host in its place may be half of a password with a slash in it.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[0-9A-Za-z._~-]+)?\]|[^\x00-,/:-@\[-^`{-}\x7f\s]*)(?::[0-9]{0,5})?")
_ORDINARY_HOST = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9.-]+)(?::[0-9]{0,5})?(?:[/?#]|\Z)")
_SHORT = 6
"""Shortest text after the name of a secret that counts as one if it mixes letters and digits, in characters."""
# Nearly every URL: short words in its path, nothing else. A segment fits one way only, with a digit or without, or a
# path of a thousand would take for ever.
_ORDINARY = re.compile(
    r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?"
    rf"(?:/(?:[A-Za-z._~-]{{0,19}}|(?=[A-Za-z._~-]*[0-9])[A-Za-z0-9._~-]{{1,{_SHORT - 1}}})(?![^/]))*"
)
_DELIMITERS = "@/\\?#:;=&,%"
_LONGEST = 16_384
"""The rest of a longer URL is hidden: splitting it could take seconds."""
_LONG = 20
"""Shortest text without spaces that counts as a token if it mixes letters and digits, in characters."""
_TOKEN_LIKE = re.compile(rf"[A-Za-z0-9_~+=:.-]{{{_LONG},}}")
_RANDOM = re.compile(rf"[A-Za-z0-9]{{{_LONG},}}")
_SEPARATORS = re.compile("([;&,])")
_INNER_SEPARATORS = re.compile("[;&,/?#]")
_SIGN = re.compile("[=:]")
_USERINFO = re.compile(r"//[^/?#\s]+@")
_PARAMETER = re.compile(r"[A-Za-z0-9_.$\[\]-]{1,64}")


class _Secrecy(Enum):
    """Whether a part of a URL may be shown."""

    OPEN = 1
    DOUBTFUL = 2
    SECRET = 3


_Part = tuple[str, _Secrecy]

SecretPart = Literal["userinfo", "path", "query", "fragment"]


def mask_url(url: str) -> str:
    """`url` with `***` for what is or may be secret. Clean before masking, and mask before cutting.

    That is its user and password, every value of its query, its fragment, and of its path what looks like a token or
    is named like a secret; the names of parameters and the signs between the parts stay. Anything that is not an
    absolute URL is hidden whole, since nothing tells which part is secret.
    """
    if _is_ordinary(url):
        return url
    parts = _url_parts(url)
    if parts is None:
        return UNREADABLE_URL
    if all(secrecy is _Secrecy.OPEN for _, secrecy in parts):
        return url
    return "".join(text if secrecy is _Secrecy.OPEN else MASK for text, secrecy in parts)


def secret_part(url: str) -> SecretPart | None:
    """The first part of `url` with a certain secret, by place, name or look, if any.

    That is a subset of what `mask_url` hides, such as the value of any parameter, because it may be one.
    """
    if _is_ordinary(url) or (parts := _named_parts(clean(url))) is None:
        return None
    return next((name for name, part in parts if name and any(each is _Secrecy.SECRET for _, each in part)), None)


def url_host(url: str) -> str | None:
    """The host of an absolute URL in lower case, without port and userinfo; None if unreadable."""
    ordinary = _ORDINARY_HOST.match(url)
    if ordinary is not None:
        return ordinary[1].lower()
    found = _ABSOLUTE.fullmatch(_split_ready(clean(url)))
    host = _userinfo_and_host(found[2])[1] if found else ""
    if _HOST.fullmatch(host) is None:
        return None
    host = host[1 : host.index("]")] if host.startswith("[") else host.partition(":")[0]
    return host.lower() or None


def ordinary_origin(url: str) -> str | None:
    """`https://host:port` of a URL that obviously contains nothing secret; None for any other.

    Scheme and host are in lower case, and nothing in it needs cleaning.
    """
    if not _is_ordinary(url):
        return None
    end = url.find("/", len("https://"))
    return url if end < 0 else url[:end]


def is_random(text: str) -> bool:
    """Whether `text` contains 20 consecutive letters and digits, some of each, as no word or UUID does."""
    return any(_is_mixed(run) for run in _RANDOM.findall(text))


def _is_mixed(text: str) -> bool:
    """Whether it has both letters and digits."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _is_ordinary(url: str) -> bool:
    return _ORDINARY.fullmatch(url) is not None and not any(map(is_secret_name, url.split("/")[3:-1]))


def _split_ready(url: str) -> str:
    """`url` as parsers see it: many treat full-width @ and / as @ and /, and strip white space."""
    url = url.strip()
    if url.isascii():
        return url
    plain = normalize("NFKC", url).replace("\u3002", ".")
    grown = any(plain.count(mark) != url.count(mark) for mark in _DELIMITERS + ".")
    return plain if grown else url


def _userinfo_and_host(authority: str) -> tuple[str, str]:
    """The parts before and after the last @, which may be encoded."""
    plain = authority if "[" in authority else unquoted(authority)
    userinfo, _, host = (plain if plain.isascii() else normalize("NFKC", plain)).rpartition("@")
    return userinfo, host


def _url_parts(url: str) -> list[_Part] | None:
    """The parts of `url`, each with its secrecy; None if the parts cannot be told apart."""
    parts = _named_parts(url)
    return None if parts is None else [part for _, named in parts for part in named]


def _named_parts(url: str) -> list[tuple[SecretPart | None, list[_Part]]] | None:
    """The same by named part; scheme and host have no name, because they contain no secret."""
    url, rest = url[:_LONGEST], url[_LONGEST:]
    if url.endswith(CUT_MARK):
        url, rest = url.removesuffix(CUT_MARK), CUT_MARK
    parts = _ABSOLUTE.fullmatch(_split_ready(url))
    if parts is None:
        return None
    scheme, authority, path, query, fragment = parts.groups(default="")
    userinfo, host = _userinfo_and_host(authority)
    if _HOST.fullmatch(host) is None or (rest and not path):
        return None
    named: list[tuple[SecretPart | None, Iterable[_Part]]] = [
        (None, [(f"{scheme}//", _Secrecy.OPEN)]),
        ("userinfo", _userinfo_parts(userinfo)),
        (None, [(host, _Secrecy.OPEN)]),
        ("path", _path_parts(path)),
        ("query", _query_parts(query)),
        ("fragment", _hidden("#", fragment)),
    ]
    shown = [(name, [part for part in found if part[0]]) for name, found in named]
    if rest:
        last = [part for _, part in shown if part][-1]
        last[-1] = rest, _Secrecy.SECRET if is_random(rest) else _Secrecy.DOUBTFUL
        last.append((CUT_MARK, _Secrecy.OPEN))
    return shown


def _userinfo_parts(userinfo: str) -> Iterator[_Part]:
    """User and password, both secret, with their separators."""
    user, colon, password = userinfo.partition(":")
    yield user, _Secrecy.SECRET
    yield colon, _Secrecy.OPEN
    yield password, _Secrecy.SECRET
    yield "@" if userinfo else "", _Secrecy.OPEN


def _path_parts(path: str) -> Iterator[_Part]:
    if "@" in path or "\\" in path:  # parsers disagree about where such a host ends
        yield from _hidden("/", path)
        return
    hides_all = hides_mixed = False
    for number, segment in enumerate(path.split("/")):
        yield "/" if number else "", _Secrecy.OPEN
        for place, piece in enumerate(_SEPARATORS.split(segment)):
            if place % 2:
                yield piece, _Secrecy.OPEN
            else:
                hidden = hides_all or (hides_mixed and len(piece) >= _SHORT and _is_mixed(piece))
                yield from _pair(piece, _Secrecy.DOUBTFUL if hidden else _Secrecy.OPEN)
        plain = decoded(segment)
        name = plain.rstrip("=:")
        is_name = _PARAMETER.fullmatch(name) is not None and _verdict(name) is _Secrecy.OPEN and is_secret_name(name)
        hides_all = is_name and (is_text_name(name) or name != plain)
        hides_mixed = is_name or _value_at(plain) is not None  # a value in base64 may hold slashes


def _pair(piece: str, least: _Secrecy) -> Iterator[_Part]:
    """`name=value` in a path, or text without a name, at least as secret as `least`."""
    if (at := _value_at(piece)) is not None:
        yield piece[:at], _verdict(piece[:at])
        yield piece[at:], _Secrecy.SECRET
    else:
        yield piece, max(_verdict(piece), least, key=lambda secrecy: secrecy.value)


def _value_at(text: str) -> int | None:
    """The start of a secret's value in `text`, after `name=` or `name:`, if there is one."""
    begin = 0
    for sign in _SIGN.finditer(text):
        if sign.end() < len(text) and is_secret_name(text[begin : sign.start()]):
            return sign.end()
        begin = sign.end()
    return None


def _query_parts(query: str) -> Iterator[_Part]:
    for place, pair in enumerate(_SEPARATORS.split(query.removeprefix("?"))):
        yield pair if place % 2 else "", _Secrecy.OPEN
        if not place:
            yield query[:1], _Secrecy.OPEN
        if place % 2 or not pair:
            continue
        name, equals, value = pair.partition("=")
        open_name = equals and _PARAMETER.fullmatch(name) and _verdict(name) is _Secrecy.OPEN
        yield name, _Secrecy.OPEN if open_name else _hidden_look(name)
        yield equals, _Secrecy.OPEN
        named = is_secret_name(name) or decoded(name).lower() == "code"  # of an OAuth 2.0 redirect
        yield value, _Secrecy.SECRET if named else _hidden_look(value)


def _hidden(mark: str, text: str) -> Iterator[_Part]:
    """`text`, hidden after its first character `mark`."""
    yield mark if text else "", _Secrecy.OPEN
    yield text[1:], _hidden_look(text[1:])


def _hidden_look(text: str) -> _Secrecy:
    return _Secrecy.SECRET if _verdict(text) is _Secrecy.SECRET else _Secrecy.DOUBTFUL


def _verdict(text: str) -> _Secrecy:
    """The secrecy of a part of a URL by its look, decoded."""
    plain = normalize("NFKC", decoded(text))
    named = any(_value_at(pair) is not None for pair in _INNER_SEPARATORS.split(plain))
    if named or is_random(plain) or _USERINFO.search(plain):
        return _Secrecy.SECRET
    return _Secrecy.DOUBTFUL if any(map(_is_mixed, _TOKEN_LIKE.findall(plain))) else _Secrecy.OPEN
