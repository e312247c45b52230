"""Recognizes texts that were set instead of an API key, so that they are reported and never sent."""

import re

PLACEHOLDER = "PASTE_YOUR_TELNYX_API_KEY_HERE"
LONGEST = 512
_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
# What a bearer token may consist of: RFC 6750, section 2.1.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# NAME=KEY, export NAME=KEY, $env:NAME = "KEY", name: KEY, Bearer KEY, {"name": "KEY"}, --option KEY
_MORE = re.compile(
    r"(?:(?:export|set|setx|env)\s+)?(?:\$env:)?[A-Z_][\w.-]*\s*(?:=(?=[^=])|:(?![/\\]))"
    r"|(?:Bearer|setx)\s|\{\s*[\"']|--?[A-Z]",
    re.IGNORECASE,
)
# ${X}, $X, %X%, {env:X}, {{X}}, <key>, [key], @X@, !X!, #{X}, op://vault/item, process.env.X, KEY..., KEY_xxxx
_REFERENCE = re.compile(
    r"[$%{<\[@!#(].*|[A-Z][A-Z0-9+.-]*://.*|(?:process|os|import\.meta|Deno)\.env.*|.*(?:\.\.|\u2026|\*\*).*"
    r"|(?:key)?[_-]?x{3,}",
    re.IGNORECASE | re.DOTALL,
)
_PATH = re.compile(r"(?:[/\\]|[~.][/\\]|[A-Z]:[/\\])", re.IGNORECASE)
_WORDS = frozenset(
    """
    undefined null none nil nan na true false yes no on off empty unset todo tbd fixme changeme replaceme placeholder
    example string text value apikey telnyxapikey telnyxkey apitoken token secret secretkey password keyhere
    """.split()  # noqa: SIM905  # one line a word would fill a page
)
_INVITATION = re.compile(r"(?:your|my|the|paste|insert|enter|replace|put|add|set)[a-z]*(?:key|token|secret|here)[a-z]*")


def fault_of(key: str) -> str | None:
    """What is wrong with `key` and what to do, as the end of a sentence; None if it may be a key.

    Nothing of `key` is repeated, because it may contain a key.
    """
    if "\n" in key or "\r" in key:
        return "holds several lines: keep only the key"
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        return "holds a key in quotation marks: remove them"
    if _MORE.match(key):
        return "holds more than the key: remove everything else"
    letters = re.sub(r"[^a-z0-9]", "", key[:LONGEST].lower())
    if _REFERENCE.fullmatch(key) or letters in _WORDS or _INVITATION.fullmatch(letters):
        return "holds a placeholder instead of a key: put a Telnyx API key there"
    if _PATH.match(key):
        return "holds a path instead of a key: put a Telnyx API key there, or put the path into TELNYX_API_KEY_FILE"
    if len(key) > LONGEST:
        return f"holds more than {LONGEST} characters, too many for an API key: copy the key again"
    if not _TOKEN.fullmatch(key):
        return (
            "holds characters that API keys do not contain (such as a space, a control or a non-ASCII letter): "
            "copy the key again and set it"
        )
    return None
