"""Splits a statement into tokens as SQLite does (https://sqlite.org/lang_keywords.html, tokenize.c)."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple


class TokenKind(Enum):
    """What a token is."""

    WORD = "word"
    """A keyword or a bare name."""
    NAME = "name"
    """A quoted name: `"a"`, `[a]` or a name in backticks."""
    STRING = "string"
    BLOB = "blob"
    NUMBER = "number"
    PLACEHOLDER = "placeholder"
    OPERATOR = "operator"
    ILLEGAL = "illegal"
    """What SQLite would not accept anywhere, such as a string without an end."""


class Token(NamedTuple):
    """One token; white space and comments are none."""

    kind: TokenKind
    text: str
    """As written."""
    start: int
    """Position of its first character in the statement."""

    @property
    def end(self) -> int:
        """Position after its last character."""
        return self.start + len(self.text)

    @property
    def value(self) -> str:
        """A string or quoted name without its quotes; other tokens as written."""
        match self.text[0]:
            case "'" | '"' | "`" as quote if self.kind in _QUOTED:
                return self.text[1:-1].replace(quote * 2, quote)
            case "[" if self.kind is TokenKind.NAME:
                return self.text[1:-1]
            case _:
                return self.text

    @property
    def name(self) -> str | None:
        """The name it may stand for, in lower case as SQLite compares names: ASCII letters alone. None if it is none.

        A string counts as a name, because SQLite accepts one where it expects a name.
        """
        if self.kind is TokenKind.WORD or self.kind in _QUOTED:
            return self.value.translate(_LOWER)
        return None

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, given in upper case, without quotes."""
        return self.kind is TokenKind.WORD and self.text.upper() in words

    def is_operator(self, *operators: str) -> bool:
        """Whether it is one of these operators."""
        return self.kind is TokenKind.OPERATOR and self.text in operators


_QUOTED = frozenset({TokenKind.STRING, TokenKind.NAME})
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_START = r"[A-Za-z_\x80-\U0010ffff]"
_MORE = r"[A-Za-z0-9_$\x80-\U0010ffff]"
_DIGITS = "[0-9](?:_?[0-9])*"
_TOKEN = re.compile(
    rf"""
    (?P<space>   [ \t\n\f\r]+ | --[^\n]* | /\*.*?\*/ )
  | (?P<illegal> /\* .* )
  | (?P<blob>    [xX]'(?:[0-9a-fA-F]{{2}})*' )
  | (?P<word>    {_START}{_MORE}* )
  | (?P<string>  '(?:[^']|'')*' )
  | (?P<name>    "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )
  | (?P<number>  (?: 0[xX][0-9a-fA-F](?:_?[0-9a-fA-F])*
                   | (?:{_DIGITS}(?:\.(?:{_DIGITS})?)? | \.{_DIGITS}) (?:[eE][+-]?{_DIGITS})? ) (?!{_MORE}) )
  | (?P<operator> :: | ->> | -> | \|\| | <> | != | == | <= | >= | << | >> | [-+*/%&|~<>=(),.;] )
  | (?P<placeholder> \?[0-9]* | [:@$\#]{_MORE}+ )
  | (?P<rest>    . )
    """,
    re.VERBOSE | re.DOTALL,
)

_KINDS: Mapping[str | None, TokenKind | None] = {
    "space": None,
    "rest": TokenKind.ILLEGAL,
    **{kind.value: kind for kind in TokenKind},
}


def tokens(statement: str) -> list[Token]:
    """The tokens of `statement`, in order."""
    return [
        Token(kind, match[0], match.start())
        for match in _TOKEN.finditer(statement)
        if (kind := _KINDS[match.lastgroup]) is not None
    ]
