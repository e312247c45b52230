"""Making other people's text safe to show: control and invisible characters out, length bounded, URLs masked.

Names, tags and URLs of an account are chosen by its people, and a model reads them: what an eye cannot see
must not reach it, and what a URL keeps secret must not either.
"""

import re
from unicodedata import combining, normalize
from urllib.parse import urlsplit

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
_PLAIN = re.compile(r"[ -~]*\Z")
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)//([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
# What stands where a host should, but is none, may be half of a password with a slash in it.
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:@\\\[\]]*)(?::[0-9]*)?")
_TOKEN_LIKE = re.compile(r"(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_~+=:.-]{20,}\Z")


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
    parts = _ABSOLUTE.fullmatch(url)
    if parts is None:
        return UNREADABLE_URL
    scheme, authority, path, query, fragment = parts.groups(default="")
    userinfo, at, host = authority.rpartition("@")
    if _HOST.fullmatch(host) is None:
        return UNREADABLE_URL
    return (
        f"{scheme}//{MASK + at if userinfo else at}{host}{_mask_path(path)}"
        f"{_mask_query(query)}{'#' + MASK if len(fragment) > 1 else fragment}"
    )


def _mask_path(path: str) -> str:
    if "@" in path or "\\" in path:  # readers of URLs disagree on where such a host ends
        return "/" + MASK
    return "/".join(MASK if _TOKEN_LIKE.match(segment) else segment for segment in path.split("/"))


def _mask_query(query: str) -> str:
    if len(query) < 2:
        return query
    pairs = (pair.partition("=") for pair in re.split("[&;]", query[1:]))
    return "?" + "&".join(f"{name}={MASK}" if equals else MASK for name, equals, _ in pairs)


def url_host(url: str) -> str | None:
    """The host of an absolute URL in lower case, without port and userinfo; None when there is none to read."""
    if _ABSOLUTE.fullmatch(url) is None:
        return None
    try:
        return urlsplit(url).hostname or None
    except ValueError:  # an unclosed IPv6 bracket
        return None


def fold(text: str) -> str:
    """`text` as it is compared: as shown, without case and accents (a mark counts as an accent after a letter)."""
    if text.isascii() and text.isprintable():
        return text.lower()
    kept: list[str] = []
    for character in normalize("NFD", clean(text)):
        if not (combining(character) and kept and kept[-1].isalpha()):
            kept.append(character)
    return "".join(kept).casefold()
