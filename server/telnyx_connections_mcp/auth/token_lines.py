"""The lines of a token file: a name, a salted hash, and what goes with them; never a token.

    # telnyx-connections-mcp tokens, format 1
    ops-bot hmac-sha256$SALT$HASH account=berlin,paris expires=2027-06-30

A token is `tcm_`, the 16 characters of SALT, and 43 more that hold 256 random bits. HASH, in hexadecimal, is
HMAC-SHA-256 (RFC 2104) of the whole token with the salt as its key. The salt finds the line, so that a file of 10,000
tokens costs no more than one of ten, and is no secret (docs/decisions/0020-tokens-of-a-file-and-of-an-issuer.md).
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from telnyx_connections_mcp.config.accounts import ACCOUNT_NAME

PREFIX = "tcm_"
"""Every token begins so, for secret scanners (`tcm_[A-Za-z0-9_-]{59}`), and for us to tell it from a JWT."""
HEADER = "# telnyx-connections-mcp tokens, format 1"
MAX_BYTES = 4 * 1024 * 1024
_SCHEME = "hmac-sha256"
_FORMAT = re.compile(r"# telnyx-connections-mcp tokens, format (\S+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_HASH = re.compile(rf"{_SCHEME}\$([A-Za-z0-9_-]{{16}})\$([0-9a-f]{{64}})")


class TokenLineError(Exception):
    """An invalid line; the text names it by number, in one sentence, without quoting it."""


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token as stored in the file."""

    name: str
    salt: str
    digest: bytes
    accounts: tuple[str, ...] | None = None
    expires: date | None = None
    """The last day on which it is valid, in UTC."""

    def holds(self, token: str) -> bool:
        """Whether this line is for `token`, compared in constant time."""
        return hmac.compare_digest(_digest(self.salt, token), self.digest)

    def ends(self) -> datetime | None:
        """When it expires."""
        return None if self.expires is None else datetime.combine(self.expires, time(), UTC) + timedelta(days=1)


def new_token(name: str, accounts: tuple[str, ...] | None, expires: date | None) -> tuple[str, TokenLine]:
    """A new token and its line. Raises `TokenLineError` for an invalid name."""
    if _NAME.fullmatch(name) is None:
        raise TokenLineError(
            "A token name must be 1 to 64 letters, digits or . _ @ -, starting with a letter or digit."
        )
    if accounts is not None and not all(map(ACCOUNT_NAME.fullmatch, accounts)):
        raise TokenLineError(
            "An account name must be 1 to 64 letters, digits, - or _, starting with a letter or digit."
        )
    salt = secrets.token_urlsafe(12)
    token = f"{PREFIX}{salt}{secrets.token_urlsafe(32)}"
    return token, TokenLine(name, salt, _digest(salt, token), accounts, expires)


def salt_of(token: str) -> str:
    """The salt in a token, which may be any text."""
    return token[len(PREFIX) :][:16]


def _digest(salt: str, token: str) -> bytes:
    return hmac.digest(salt.encode(), token.encode(), "sha256")


def written(line: TokenLine) -> str:
    """The line as written to the file."""
    accounts = "" if line.accounts is None else f" account={','.join(line.accounts)}"
    expires = "" if line.expires is None else f" expires={line.expires.isoformat()}"
    return f"{line.name} {_SCHEME}${line.salt}${line.digest.hex()}{accounts}{expires}"


def read_lines(text: str) -> list[TokenLine]:
    """The tokens of a file, in order; empty lines and comments (#) are skipped. Raises `TokenLineError`."""
    lines: list[TokenLine] = []
    seen: set[str] = set()
    for number, row in enumerate(text.splitlines(), 1):
        row_format = _FORMAT.match(row)
        if row_format is not None and row_format[1] != "1":
            raise TokenLineError(f"Line {number} declares a format that this version does not support.")
        if not row.strip() or row.startswith("#"):
            continue
        line = _read_line(row.split(), number)
        if {line.name, line.salt} & seen:
            raise TokenLineError(f"Line {number} repeats the name or the salt of an earlier line.")
        seen |= {line.name, line.salt}
        lines.append(line)
    return lines


def _read_line(words: list[str], number: int) -> TokenLine:
    name, *more = words
    if _NAME.fullmatch(name) is None:
        raise TokenLineError(f"Line {number} does not start with a token name.")
    found = _HASH.fullmatch(more[0]) if more else None
    if found is None:
        raise TokenLineError(f"Line {number} has no {_SCHEME} hash after the name.")
    fields = dict(word.partition("=")[::2] for word in more[1:])
    if not fields.keys() <= {"account", "expires"} or len(fields) < len(more) - 1:
        raise TokenLineError(f"Line {number} has something after the hash other than account= and expires=, once each.")
    accounts = tuple(fields["account"].split(",")) if "account" in fields else None
    if accounts is not None and not all(map(ACCOUNT_NAME.fullmatch, accounts)):
        raise TokenLineError(f"Line {number} has an account= that is not an account name.")
    try:
        expires = date.fromisoformat(fields["expires"]) if "expires" in fields else None
    except ValueError:
        raise TokenLineError(f"Line {number} has an expires= that is not a date such as 2027-06-30.") from None
    return TokenLine(name, found[1], bytes.fromhex(found[2]), accounts, expires)
