"""The settings for replicas, read from the environment."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from telnyx_connections_mcp.config.environment import Setting
from telnyx_connections_mcp.config.settings_table import REDIS_PASSWORD_FILE, REDIS_URL, SNAPSHOT_KEY, SNAPSHOT_KEY_FILE
from telnyx_connections_mcp.text.small_files import read_text, why

KEY_BYTES = 32
_SHAPE = "set it to redis://HOST:PORT or, with TLS, rediss://HOST:PORT, with USER:PASSWORD@ before the host if needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Redis's address and secrets. No repr contains the secrets."""

    host: str
    port: int = 6379
    tls: bool = False
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    snapshot_key: bytes = field(default=b"", repr=False)
    """32 bytes that only the replicas know, or none: mixed into the encryption key of snapshots."""
    timeout: float = 0.25
    """Longest that one command may take, in seconds, apart from the transfer of a snapshot."""


def read_redis_settings(environ: Mapping[str, str]) -> RedisSettings:
    """The settings for Redis in the environment, which names one.

    Raises `ValueError` for unusable ones; its text says what to set, in one sentence.
    """
    text = REDIS_URL.read(environ)
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise ValueError(f"{REDIS_URL.variable} is not a URL: {_SHAPE}.") from None
    if url.scheme not in ("redis", "rediss") or not host or "?" in text or "#" in text:
        raise ValueError(f"{REDIS_URL.variable} is not a Redis URL without query or fragment: {_SHAPE}.")
    database = url.path.strip("/") or "0"
    if not (database.isascii() and database.isdigit()):
        raise ValueError(
            f"{REDIS_URL.variable} names a database that is not a number: end it with /0, or without a path."
        )
    if find_spec("redis") is None:
        raise ValueError(
            f"{REDIS_URL.variable} is set but a package is missing: run pip install 'telnyx-connections-mcp[redis]'."
        )
    return RedisSettings(
        host=host,
        port=port or 6379,
        tls=url.scheme == "rediss",
        database=int(database),
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else _read_file(environ, REDIS_PASSWORD_FILE) or None,
        snapshot_key=_snapshot_key(environ),
    )


def _snapshot_key(environ: Mapping[str, str]) -> bytes:
    text = SNAPSHOT_KEY.read(environ) or _read_file(environ, SNAPSHOT_KEY_FILE)
    try:
        key = base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError):
        key = b"?"
    if key and len(key) != KEY_BYTES:
        raise ValueError(
            f"{SNAPSHOT_KEY.variable} must be 32 bytes in base64: create them with openssl rand -base64 32."
        )
    return key


def _read_file(environ: Mapping[str, str], setting: Setting[str]) -> str:
    """The text of the file that the setting names; empty if unset."""
    path = setting.read(environ)
    if not path:
        return ""
    try:
        text = read_text(Path(path)).strip()
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"The file named by {setting.variable} cannot be read ({why(error)}): correct the path."
        ) from None
    if not text:
        raise ValueError(f"The file named by {setting.variable} is empty: put the secret there.")
    return text
