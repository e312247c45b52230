"""Masks secrets within any text: keys and tokens recognized by their look, `name=value` with a secret's name, URLs.

Every pattern is bounded or begins at the start of a word, so that one pass is enough for any text.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from unicodedata import normalize

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.decoding import decoded
from telnyx_connections_mcp.redaction.names import is_secret_name, is_text_name
from telnyx_connections_mcp.redaction.urls import UNREADABLE_URL, mask_url
from telnyx_connections_mcp.text.cleaning import clean, cut

LONGEST_QUOTE = 60
_WIDE_MARKS = re.compile("[\uff1a\uff1d\uff20\ufe55\ufe66\ufe6b\uff05\ufe6a]")
"""The full-width and small forms of `:`, `=`, `@` and `%`."""
_ENCODES = ("%", "\\", "&")
"""The beginnings of all encodings that may hide a `:`, `=` or `@`."""
_MARKS = re.compile(r"[:=@%&<\\]|--|->")
"""Every text with a secret after a name, or in a URL, contains one of these."""
_SHORT = 20
_WORD = re.compile(rf"[A-Za-z0-9_.-]{{1,{_SHORT - 1}}}")
_LONG = re.compile(r"[A-Za-z0-9_.+/-]{20}")
_KNOWN = re.compile(
    # RFC 7468, section 10 and 11, and what OpenSSH and PGP made of it: a private key up to its end, or the text's
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----.*?(?:-----END [A-Z0-9 ]{0,60}-----|\Z)"
    r"|(?<![A-Za-z0-9_-])(?:"
    # RFC 7519, section 3: a JSON Web Token's header is an object, and so begins like this in base64
    r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}"
    r"|(?:KEY|key)[0-9A-Fa-f]{16,}_[A-Za-z0-9]{8,}"  # an API key of Telnyx
    r"|tcm_[A-Za-z0-9_-]{20,}"  # a token of ours, auth/token_lines.py
    # What makers mark for secret scanners: https://docs.github.com/en/code-security/reference/secret-security/
    r"|(?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|xapp-|whsec_|[rs]k_(?:live|test)_|SG\.|ya29\.)[A-Za-z0-9._-]{16,}"
    r"|sk-(?:proj-|svcacct-|ant-api[0-9]{2}-|or-v1-)?[A-Za-z0-9_]{20,}[A-Za-z0-9_-]*"
    r"|(?:npm_|hf_|pypi-|dop_v1_|shp(?:at|ca|pa|ss)_)[A-Za-z0-9]{20,}"
    r"|A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"  # of AWS
    r"|AIza[A-Za-z0-9_-]{30,})",
    re.DOTALL,
)
_SCHEME = re.compile(r"\b(bearer|basic|apikey|token)(\s{1,4}|%20|\+)([A-Za-z0-9._~+/-]{6,}={0,2})", re.IGNORECASE)
_SCHEMES = ("bearer", "basic", "apikey", "token")
_URL = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>`]+")
# RFC 3261, section 19.1.1: a SIP URI may hold a password; so do things like bob:password@host.
_USERINFO = re.compile(
    r"(?<![^\s<>\"'`(,;=/])((?:sips?:)?(?!sips?:|tel:|mailto:|xmpp:)[^\s:@/<>\"']{1,64}:)"
    r"([^\s@/<>\"']{1,128})(?=@[A-Za-z0-9\[])"
)
# Their values have spaces in them: up to the quotation mark in which the header stands, else to the end of the text.
_HEADER = re.compile(
    r"""(?P<quote>["'])?(?<![\w-])(?P<name>[\w-]{0,40}authorization|(?:set-)?cookie(?=\s?:\s?[^\s=;:]+=))"""
    r"""(?P<sign>\s{0,4}[:=]\s{0,4})(?![\s"'\\:=])(?P<value>(?(quote)[^"'\\]+|.+))""",
    re.IGNORECASE | re.DOTALL,
)
_NAME = r"(?<![\w.%-])(?P<name>(?:(?i:api|access|private|signing) )?[\w.%-]{2,64})"
_SIGN = r"""(?P<sign>\\?["']?\s{0,16}(?::=|->|[:=]>?)\s{0,4})"""
_NAME_AND_SIGN = re.compile(_NAME + _SIGN)
_QUOTES = ('"', "'", '\\"', "\\'")
_END = r"""\s"'\\,;&<>{}\[\]"""
"""Ends an unquoted value."""
_WITH_DIGIT = re.compile(rf"(?=[^{_END}]{{4}})[^{_END}\d]{{0,100}}\d")
_VALUE = re.compile(
    r"""(?P<escaped>\\["'])(?P<inner>.*?)(?:(?P=escaped)|\Z)"""
    r"""|(?P<quote>["'])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\])*)(?:(?P=quote)|\\?\Z)"""
    rf"|(?P<bare>[^{_END}]+)",
    re.DOTALL,
)
_NESTED = re.compile(rf"{_NAME}{_SIGN}(?=[\[{{])")
_ELEMENT = re.compile(r"(<(?P<name>[\w.:-]{2,64})(?:\s[^<>]{0,200})?>)(?P<value>[^<]+)")
_OPTION = re.compile(
    r"""((?<![\w-])--?(?P<name>[\w-]{2,64})(?:\s{1,4}|\\?["'],\s{0,4}\\?["']))(?P<value>[^\s"'\\,=-][^\s"'\\,=]*)"""
)
_OF_EVERY_DAY = frozenset({"key", "keys", "auth"})


def shown(text: str, limit: int) -> str:
    """Other people's `text` as it may be shown: clean, without secrets, cut to `limit` characters."""
    return cut(mask_text(clean(text)), limit)


def quoted(text: str) -> str:
    """Other people's text within a sentence: clean, without secrets, cut and quoted."""
    return f'"{shown(text, LONGEST_QUOTE)}"'


def _no_reference(_: str) -> bool:
    return False


def mask_text(text: str, is_reference: Callable[[str], bool] = _no_reference) -> str:
    """`text`, which is clean, with `***` for every secret recognized by look, name or place.

    `is_reference` says which values of a secret's name only lead to it, as `$TOKEN` does in a settings file.
    """
    if not may_hold(text):
        return text
    text = _masked(text, is_reference)
    if text.isascii() and not any(map(text.__contains__, _ENCODES)):
        return text
    return re.sub(r"\S+", lambda word: MASK if _holds_otherwise(word[0], is_reference) else word[0], text)


def _holds_otherwise(word: str, is_reference: Callable[[str], bool]) -> bool:
    """Whether `word` contains a secret once decoded, such as `token%3Dhunter2`, or full-width letters."""
    plain = normalize("NFKC", decoded(word))
    return plain != word and _masked(plain, is_reference) != plain


def _masked(text: str, is_reference: Callable[[str], bool]) -> str:
    if "://" in text:
        text = _URL.sub(_url, text)
    text = _KNOWN.sub(MASK, text)
    if _names_scheme(text):
        text = _SCHEME.sub(_scheme, text)
    if "@" in text:
        text = _USERINFO.sub(rf"\1{MASK}", text)
    if ":" in text or "=" in text or "->" in text:
        text = _HEADER.sub(partial(_header, is_reference), text)
        text = _mask_pairs(text, is_reference)
    if "<" in text:
        text = _ELEMENT.sub(partial(_named, is_reference), text)
    return _OPTION.sub(partial(_named, is_reference), text) if "--" in text else text


def may_hold(text: str) -> bool:
    """Whether `text` may contain a secret, which few names or tags do. This is a hot path."""
    if is_word(text):
        return False
    if _MARKS.search(text) is not None or _LONG.search(text) is not None:
        return True
    if not text.isascii() and _WIDE_MARKS.search(text) is not None:
        return True
    return (" " in text or "+" in text) and _names_scheme(text)


def is_word(text: str) -> bool:
    """Whether `text` is one word of ASCII letters, digits and single signs, and too short to hold a secret."""
    return _WORD.fullmatch(text) is not None and "--" not in text


def _names_scheme(text: str) -> bool:
    folded = text.casefold()
    return "bearer" in folded or "basic" in folded or "apikey" in folded or "token" in folded


def _mask_pairs(text: str, is_reference: Callable[[str], bool]) -> str:
    """`text` with `***` for secret values in `name=value`, `name: value`, `"name": "value"` and the like."""
    parts: list[str] = []
    done = at = 0
    while found := _NAME_AND_SIGN.search(text, at):
        at = found.end()  # a pair may follow a name that is not a secret's: `note: password=...`
        if not is_secret_name(found["name"]) or not _may_be_meant(found, text):
            continue
        if (pair := _VALUE.match(text, at)) is None:
            continue
        value = pair["inner"] or pair["quoted"] or pair["bare"] or ""
        quote = pair["escaped"] or pair["quote"] or ""
        if value in ("", MASK) or value.lower() in _SCHEMES or is_reference(value):
            continue
        parts.append(f"{text[done:at]}{quote}{MASK}{quote}")
        done = at = pair.end()
    text = "".join(parts) + text[done:]
    for found in _NESTED.finditer(text):
        if is_secret_name(found["name"]) and _is_meant(found["name"], found["sign"]):
            return text[: found.end()] + MASK
    return text


def _is_meant(name: str, sign: str) -> bool:
    """Whether a name that may be a mere word, as in `key: Berlin`, denotes a secret here, whatever follows."""
    return "=" in sign or '"' in sign or "'" in sign or is_text_name(name)


def _may_be_meant(found: re.Match[str], text: str) -> bool:
    """The same, given the value. Only its beginning is examined, because many names may precede one value."""
    if _is_meant(found["name"], found["sign"]) or text.startswith(_QUOTES, found.end()):
        return True
    return found["name"].lower() not in _OF_EVERY_DAY and _WITH_DIGIT.match(text, found.end()) is not None


def _header(is_reference: Callable[[str], bool], found: re.Match[str]) -> str:
    scheme, _, last = found["value"].strip().rpartition(" ")
    if is_reference(last) and (not scheme or scheme.isalpha()):
        return found[0]
    return f"{found['quote'] or ''}{found['name']}{found['sign']}{MASK}"


def _named(is_reference: Callable[[str], bool], found: re.Match[str]) -> str:
    """An XML element or command option with its value masked, if its name denotes a secret."""
    secret = is_secret_name(found["name"]) and not is_reference(found["value"])
    return found[1] + MASK if secret else found[0]


def _url(found: re.Match[str]) -> str:
    """The URL without secrets; a bracket after its host may belong to the text, as in `[link=http://h.example]here`."""
    masked = mask_url(found[0])
    url, bracket, rest = found[0].partition("]")
    if masked != UNREADABLE_URL or not bracket:
        return masked
    return mask_url(url) + bracket + (rest if len(rest) < _SHORT and "@" not in rest else MASK)


def _scheme(found: re.Match[str]) -> str:
    """The scheme of an Authorization header; a plain word after "basic" or "bearer" is mere language."""
    value = found[3]
    mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    match found[1].lower():
        case "basic":
            secret = _holds_colon(value)
        case "token":
            secret = len(value) >= _SHORT and mixed
        case _:
            secret = len(value) >= _SHORT or mixed
    return f"{found[1]}{found[2]}{MASK}" if secret else found[0]


def _holds_colon(value: str) -> bool:
    """Whether `value` is the base64 of `user:password` (RFC 7617)."""
    try:
        return b":" in b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return False
