"""Which names denote secrets: of fields, of URL parameters, of settings in a file."""

import re
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

from telnyx_connections_mcp.redaction.decoding import decoded
from telnyx_connections_mcp.text.cleaning import clean

_LONGEST = 64
"""Longest name whose verdict is cached, in characters."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Secret wherever they stand in a name, also run together with others as in `sippassword`.
_STEMS = (
    "password", "passwd", "passphrase", "passwort", "kennwort", "geheim", "wachtwoord", "motdepasse", "contrasena",
    "senha", "secret", "token", "credential", "authorization", "signature", "sessid", "sessionid", "connectionstring",
    "apikey", "privatekey", "privkey", "accesskey", "signingkey", "encryptionkey", "sharedkey", "masterkey", "sshkey",
    "authkey",
)  # fmt: skip
# Secret as a word of its own. `ha1` is the hash of a SIP password, as good as the password (RFC 7616, 3.4.2).
_WORDS = frozenset(
    {"pwd", "auth", "oauth", "bearer", "cookie", "cookies", "jwt", "otp", "totp", "pin", "hmac", "sig", "pem", "ha1"}
    | {"passcode", "accesscode", "authcode", "psk", "pw", "psw", "tkn", "cred", "creds", "passe", "clave", "parola"}
    | {"puk", "sas", "csrf", "assertion"}
)
_STEMS_ALONE = frozenset(_STEMS) | _WORDS
_ENDINGS = ("pwd", "pw", "pswd", "passw", "passwrd")
# Words that merely begin like a stem.
_OTHER_WORDS = re.compile("(?:tokeni[sz](?:e|ed|er|ers|ation)|secretar(?:y|ies|iat)|credential(?:ed|ing))(?![a-z])")
_NO_PASSWORDS = frozenset({"bypass", "compass", "encompass", "overpass", "surpass", "trespass", "underpass"})
# A key is secret unless it is one of these; a code is no secret unless it is one of those.
_OPEN_KEYS = frozenset({"public", "primary", "foreign", "idempotency", "partition", "routing", "sort", "group", "dtmf"})
_SECRET_CODES = frozenset(
    {"access", "auth", "security", "verification", "confirmation", "invite", "recovery", "pass", "pin", "otp"}
    | {"backup", "unlock"}
)
# Names with these endings describe a secret: its id, kind, owner or location.
_ABOUT = frozenset(
    {"id", "ids", "name", "names", "user", "username", "usernames", "type", "types", "kind", "method", "methods"}
    | {"mode", "format", "algorithm", "policy", "version", "status", "state", "active", "enabled", "disabled"}
    | {"required", "supported", "allowed", "count", "counts", "limit", "length", "retries", "attempts", "connections"}
    | {"at", "on", "date", "time", "expires", "expiry", "expiration", "ttl", "timeout", "sec", "secs", "seconds"}
    | {"path", "file", "files", "dir", "directory", "url", "urls", "uri", "uris", "endpoint", "host", "port", "realm"}
    | {"used", "size", "max", "min", "region", "provider", "issuer", "audience", "scope", "scopes", "settings"}
    | {"strength", "protected", "domain"}
)  # fmt: skip


def words(name: str) -> list[str]:
    """The words of `name` in lower case: `sipPassword2`, `SIP-password`, `sip.password` and `sip%5Fpassword` have two.

    Digits are a word only where nothing else is left, except in `ha1`.
    """
    return _words_of(_plain(name))


def _words_of(plain: str) -> list[str]:
    found = [word.lower() for word in _WORD.findall(plain)]
    joined = ["ha1" if pair == ("ha", "1") else pair[0] for pair in pairwise([*found, ""])]
    return [word for word in joined if not word.isdigit()] or found


def _plain(name: str) -> str:
    """`name` decoded, without invisible characters and accents, in the letters that it resembles."""
    plain = normalize("NFKD", clean(decoded(name)))
    return plain if plain.isascii() else "".join(character for character in plain if character.isascii())


def is_secret_name(name: str) -> bool:
    """Whether the value of `name` is secret, whatever it is, including everything below it.

    `password`, `apiKey`, `X-Auth-Token`, `webhook_signing_key` are; `push_credential_id`, `auth_username`,
    `token_expires_at` and `public_key` only tell something about a secret.
    """
    return _remembered(name) if len(name) <= _LONGEST else _is_secret_name(name)


def is_text_name(name: str) -> bool:
    """Whether `name` denotes a secret in running text too, where `key: 5` or `auth: basic` may be mere words."""
    found = words(name)
    return len(found) > 1 or any(stem in found[0] for stem in _STEMS) or found[0].endswith(_ENDINGS)


def _is_secret_name(name: str) -> bool:
    plain = _plain(name)
    found = _words_of(plain)
    if not found or found[-1] in _ABOUT:
        return False
    if found[-1] in ("key", "keys"):
        return len(found) < 2 or found[-2] not in _OPEN_KEYS
    if found[-1] in ("code", "codes"):
        return len(found) > 1 and found[-2] in _SECRET_CODES
    lower = _OTHER_WORDS.sub("", plain.lower())
    pairs = map("".join, pairwise(found))  # `pass_word` is in no dictionary, but in a field
    return (
        (found[-1].endswith("pass") and found[-1] not in _NO_PASSWORDS)
        or not _WORDS.isdisjoint((*found, *(word.removesuffix("s") for word in found)))
        or any(stem in lower for stem in _STEMS)
        or any(word.endswith(_ENDINGS) for word in found)
        or not _STEMS_ALONE.isdisjoint(pairs)
    )


_remembered = lru_cache(maxsize=4096)(_is_secret_name)
