"""Makes other people's text safe to show: removes control and invisible characters, and bounds its length.

People choose an account's names, tags and URLs, and a model reads them: it must not get text that people cannot see.
For secrets, see `redaction`.
"""

import re
from unicodedata import combining, normalize

CUT_MARK = "…[cut]"

# Escape sequences of terminals: CSI, OSC and the two-character ones (ECMA-48, sections 5.4 and 5.6).
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]")
_BREAKS = re.compile(r"[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
# Unicode 16 categories Cc, Cf, Cs and Co, noncharacters, and letters, marks and symbols that are drawn as nothing:
# fillers, joiners, blanks and variation selectors. What is drawn as nothing can carry a text to a model unseen.
_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff\U000110bd\U000110cd\U0001107f\U00013430-\U00013442\U00016fe4\U0001bca0-\U0001bca3"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
# U+FE0F makes an emoji of the symbol before it (Unicode Technical Standard 51, section 1.4.3): one stays there.
_SYMBOL = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Two more characters that are drawn as nothing change what is drawn beside them, and stay there, once: U+200D between
# two emoji (the same standard, section 2.3), and both behind a virama, U+200C between letters of Arabic script too
# (RFC 5892, appendix A). The flags of England, Scotland and Wales consist of tags (section 2.7 of that standard).
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_ARABIC = "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff"
_FLAG = (
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
_JOINS = (
    f"(?:(?<=[{_SYMBOL}])|(?<=[{_SYMBOL}]\ufe0f))\u200d(?=[{_SYMBOL}])"
    rf"|(?<=[{_VIRAMA}])[\u200c\u200d](?=\w)|(?<=[{_ARABIC}])\u200c(?=[{_ARABIC}])"
)
_INVISIBLE = re.compile(
    f"({_FLAG}|{_JOINS})|[\u200c\u200d{_UNSEEN}]|(?<![{_SYMBOL}])\ufe0f(?!\u20e3)|(?<![0-9#*{_SYMBOL}])\ufe0f"
)
# Spaces of various widths in a row can encode a message.
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]{4,}")
_DECEPTIVE = re.compile(r"\A\s+|\s+\Z|\s{2,}|[^\S ]")
_ORDINARY = (
    "\u00a1-\u00ac\u00ae-\u02ff\u0370-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u27ff"
    "\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
)
"""Letters, signs and symbols that are kept whatever is beside them, for a class of a regular expression."""
_PLAIN = re.compile(rf"[ -~{_ORDINARY}]*\Z")


def clean(text: str) -> str:
    """`text` without terminal sequences and invisible characters; line breaks become a space.

    What makes an emoji of symbols stays, and what joins or divides letters where their script needs it.
    """
    if _PLAIN.match(text):
        return text
    return _SPACES.sub(" ", _INVISIBLE.sub(r"\1", _BREAKS.sub(" ", _ANSI.sub("", text))))


def cut(text: str, limit: int) -> str:
    """`text`, cut to `limit` characters including a visible mark."""
    return text if len(text) <= limit else text[: max(0, limit - len(CUT_MARK))] + CUT_MARK


def fold(text: str) -> str:
    """`text` folded for comparison: as shown, without case and accents, any white space as one space.

    White space at either end does not count. A mark counts as an accent after a letter.
    """
    if text.isascii() and text.isprintable():
        return _one_space(text.lower())
    parts = normalize("NFD", clean(text))
    if not any(map(combining, parts)):
        return _one_space(parts.casefold())
    kept: list[str] = []
    for character in parts:
        if not (combining(character) and kept and kept[-1].isalpha()):
            kept.append(character)
    return _one_space("".join(kept).casefold())


def _one_space(text: str) -> str:
    return " ".join(text.split())


def spelled(text: str) -> str:
    r"""`text` as shown, but with escapes such as `\u00a0` for white space that an eye takes for one space or none."""
    return _DECEPTIVE.sub(lambda found: "".join(f"\\u{ord(space):04x}" for space in found[0]), clean(text))
