"""Making other people's text safe to show: control and invisible characters out, length bounded, URLs masked.

Names, tags and URLs of an account are chosen by its people, and a model reads them: what an eye cannot see
must not reach it, and what a URL keeps secret must not either.
"""

import re
from collections.abc import Iterator
from enum import Enum
from unicodedata import combining, normalize
from urllib.parse import unquote_plus, urlsplit

CUT_MARK = "…[cut]"
MASK = "***"
UNREADABLE_URL = "***(not an absolute URL)"

# Escape sequences of terminals: CSI, OSC and the two-character ones (ECMA-48, sections 5.4 and 5.6).
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]")
_BREAKS = re.compile(r"[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
# Unicode 16 categories Cc, Cf and Cs, plus letters and marks that are drawn as nothing: fillers and the
# variation selectors other than the two that choose between text and emoji.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff"
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\ufe00-\ufe0d]"
)
_DECEPTIVE = re.compile(r"\A\s+|\s+\Z|\s{2,}|[^\S ]")
_PLAIN = re.compile(r"[ -~]*\Z")
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)//([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
# What stands where a host should, but is none, may be half of a password with a slash in it.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:@\\\[\]]*)(?::[0-9]*)?")
_TOKEN_LIKE = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_~+=:.-]{20,}\Z")
# No words joined by hyphens, and no UUID, is so long without a mark and mixes letters and digits.
_RANDOM = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{20,}")
_SECRET_NAME = re.compile(r"token|secret|passw|pwd|api[-_]?key|auth|signature|^(sig|key|code)$", re.IGNORECASE)


def clean(text: str) -> str:
    """`text` without terminal sequences, control, zero-width and bidirectional characters; breaks become a space."""
    if _PLAIN.match(text):
        return text
    return _INVISIBLE.sub("", _BREAKS.sub(" ", _ANSI.sub("", text)))


def cut(text: str, limit: int) -> str:
    """`text`, or its first characters and a visible mark, `limit` characters in all."""
    return text if len(text) <= limit else text[: max(0, limit - len(CUT_MARK))] + CUT_MARK


def mask_url(url: str) -> str:
    """`url` with its userinfo, query values, fragment and token-like path segments replaced by `***`.

    A path segment counts as token-like from 20 characters on when it mixes letters and digits: several chat
    services put the whole secret there. Anything that is not an absolute URL is hidden whole, since nothing
    tells which part of it is secret.
    """
    return "".join(text if secrecy is _Secrecy.OPEN else MASK for text, secrecy in _url_parts(url) or _UNREADABLE)


def holds_secret(url: str) -> bool:
    """Whether `url` holds what is a secret by its place, name or look: a part of what `mask_url` hides.

    That hides more, such as the value of any parameter, because it may be one.
    """
    return any(secrecy is _Secrecy.SECRET for _, secrecy in _url_parts(clean(url)) or ())


class _Secrecy(Enum):
    """Whether a part of a URL may be shown."""

    OPEN = 1
    DOUBTFUL = 2
    SECRET = 3


_Parts = list[tuple[str, _Secrecy]]
_UNREADABLE: _Parts = [(UNREADABLE_URL, _Secrecy.OPEN)]


def _url_parts(url: str) -> _Parts | None:
    """The text of `url` in parts, each with its secrecy; None where nothing tells which part is secret."""
    parts = _ABSOLUTE.fullmatch(url)
    if parts is None:
        return None
    scheme, authority, path, query, fragment = parts.groups(default="")
    userinfo, at, host = authority.rpartition("@")
    if _HOST.fullmatch(host) is None:
        return None
    before: _Parts = [(userinfo, _Secrecy.SECRET)] if userinfo else []
    return [
        (f"{scheme}//", _Secrecy.OPEN),
        *before,
        (f"{at}{host}", _Secrecy.OPEN),
        *_path_parts(path),
        *_query_parts(query),
        *_hidden("#", fragment),
    ]


def _path_parts(path: str) -> Iterator[tuple[str, _Secrecy]]:
    if "@" in path or "\\" in path:  # readers of URLs disagree on where such a host ends
        yield from _hidden("/", path)
        return
    for number, segment in enumerate(path.split("/")):
        yield "/" if number else "", _Secrecy.OPEN
        yield segment, _look(segment) if _TOKEN_LIKE.match(segment) else _Secrecy.OPEN


def _query_parts(query: str) -> Iterator[tuple[str, _Secrecy]]:
    if len(query) < 2:
        yield query, _Secrecy.OPEN
        return
    for number, pair in enumerate(re.split("[&;]", query[1:])):
        name, equals, value = pair.partition("=")
        yield "&" if number else "?", _Secrecy.OPEN
        if equals:
            yield f"{name}=", _Secrecy.OPEN
        named = equals and value and _SECRET_NAME.search(unquote_plus(name))
        yield value if equals else name, _Secrecy.SECRET if named else _look(value or name)


def _hidden(mark: str, text: str) -> Iterator[tuple[str, _Secrecy]]:
    """`text`, which begins with `mark`, hidden behind it unless it is nothing else."""
    yield mark if text else "", _Secrecy.OPEN
    if len(text) > 1:
        yield text[1:], _look(text)


def _look(text: str) -> _Secrecy:
    return _Secrecy.SECRET if _RANDOM.search(text) else _Secrecy.DOUBTFUL


def url_host(url: str) -> str | None:
    """The host of an absolute URL in lower case, without port and userinfo; None when there is none to read."""
    if _ABSOLUTE.fullmatch(url) is None:
        return None
    try:
        return urlsplit(url).hostname or None
    except ValueError:  # an unclosed IPv6 bracket
        return None


def fold(text: str) -> str:
    """`text` as it is compared: as shown, without case and accents, and with one space for any white space.

    White space at either end does not count. A mark counts as an accent after a letter.
    """
    if text.isascii() and text.isprintable():
        return _one_space(text.lower())
    kept: list[str] = []
    for character in normalize("NFD", clean(text)):
        if not (combining(character) and kept and kept[-1].isalpha()):
            kept.append(character)
    return _one_space("".join(kept).casefold())


def _one_space(text: str) -> str:
    return " ".join(text.split())


def spelled(text: str) -> str:
    r"""`text` as shown, but with escapes such as `\u00a0` for white space that an eye takes for one space or none."""
    return _DECEPTIVE.sub(lambda found: "".join(f"\\u{ord(space):04x}" for space in found[0]), clean(text))
