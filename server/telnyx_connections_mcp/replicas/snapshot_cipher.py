"""A fleet as bytes that only the replicas of its account can read, and that nobody else can make.

Format 1: a nonce of 12 bytes, then AES-256-GCM over zlib over JSON. The key comes from the API key, and from
`TELNYX_SNAPSHOT_KEY` where it is set (HKDF-SHA256, RFC 5869); the name under which the bytes lie is authenticated with
them. So what was written for another account or another filter, or by another hand, does not open.
"""

import hmac
import os
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic_core import from_json, to_json

from telnyx_connections_mcp.inventory.fetch import Coverage, Fleet
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.telnyx.models import connection_of
from telnyx_connections_mcp.telnyx.rows import bounded

MOST_SEALED = 32 * 1024 * 1024
"""Bytes; a larger fleet is not shared."""
MOST_OPENED = 256 * 1024 * 1024
_PREFIX = "telnyx-connections-mcp:1"
_NONCE = 12
_LEVEL = 1  # 3 takes twice the time for a tenth fewer bytes


class UnusableError(Exception):
    """Bytes that are no fleet of this account; the text says why."""


class TooLargeError(Exception):
    """A fleet of more bytes than are shared."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A fleet that another replica has read, and when it began to by Redis's clock, in milliseconds."""

    fleet: Fleet
    began: int


class Seal:
    """The keys of one account."""

    def __init__(self, *, api_key: str, base_url: str, snapshot_key: bytes) -> None:
        secret = api_key.encode()
        self._names = hmac.digest(secret, f"names\0{base_url}".encode(), "sha256")
        self._cipher = AESGCM(
            HKDF(SHA256(), 32, salt=snapshot_key or None, info=f"{_PREFIX} fleet\0{base_url}".encode()).derive(secret)
        )

    @property
    def prefix(self) -> str:
        """What the names of the account's keys begin with; the braces keep them in one slot of a cluster."""
        return f"{_PREFIX}:{{{self._names.hex()[:32]}}}"

    def name(self, kind: str, of: str) -> str:
        """The name under which something of that kind lies; `of`, which may hold people's texts, is not readable."""
        return f"{self.prefix}:{kind}:{hmac.digest(self._names, of.encode(), 'sha256').hex()[:32]}"

    def seal(self, name: str, fleet: Fleet, began: int) -> bytes:
        """The bytes of a complete fleet. Raises `TooLargeError`."""
        rows = [connection.as_fields() for connection in fleet.connections]
        said = {"began": began, "as_of": fleet.coverage.as_of.isoformat(), "rows": rows}
        if cut := fleet.coverage.cut:
            said["cut"] = cut
        plain = to_json(said)
        packed = zlib.compress(plain, _LEVEL)
        if len(plain) > MOST_OPENED or len(packed) > MOST_SEALED - 64:
            raise TooLargeError
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, packed, name.encode())

    def open(self, name: str, sealed: bytes) -> Opened:
        """The fleet in `sealed`. Raises `UnusableError` for anything but what `seal` made for this name."""
        try:
            packed = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise UnusableError(
                "it does not open (replicas with different TELNYX_SNAPSHOT_KEY, or foreign bytes)"
            ) from None
        unpack = zlib.decompressobj()
        try:
            plain = unpack.decompress(packed, MOST_OPENED)
            said: Any = from_json(plain) if unpack.eof else None
            rows = [bounded(row, CONNECTIONS.names) for row in said["rows"]]
            connections, weight = [connection_of(row) for row in rows], sum(row.weight for row in rows)
            as_of, began = datetime.fromisoformat(said["as_of"]), int(said["began"])
            cut = {str(name): int(count) for name, count in said.get("cut", {}).items()}
        except (zlib.error, ValueError, TypeError, KeyError, AttributeError):
            raise UnusableError("it is no fleet, or a larger one than is shared") from None
        count = len(connections)
        coverage = Coverage(read=count, of=count, complete=True, as_of=as_of, cut=cut)
        return Opened(Fleet(connections, coverage, weight), began)
