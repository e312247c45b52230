"""A fleet as bytes that only the replicas of its account can read, and that nobody else can make.

Format 2: a nonce of 12 bytes, then AES-256-GCM over the length of a head, the head in JSON and the image of the
snapshot's database, packed with zlib. The key comes from the API key, and from
`TELNYX_SNAPSHOT_KEY` where it is set (HKDF-SHA256, RFC 5869); the name under which the bytes lie is authenticated with
them. So what was written for another account or another filter, or by another hand, does not open.
"""

import hmac
import os
import zlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter
from pydantic_core import to_json

from telnyx_connections_mcp.inventory.columns import indexes, schema
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot

MOST_SEALED = 32 * 1024 * 1024
"""Bytes; a larger fleet is not shared."""
MOST_OPENED = 128 * 1024 * 1024
_PREFIX = "telnyx-connections-mcp:2"
_NONCE = 12
_TABLES = "\n".join([*schema(CONNECTIONS), *indexes(CONNECTIONS)])
"""Replicas of a version with other tables find each other's snapshots, and leave ours alone."""
_HEAD = 4
_SLICE = 64 * 1024
_LEVEL = 1  # 3 takes twice the time for a tenth fewer bytes


class UnusableError(Exception):
    """Bytes that are no fleet of this account; the text says why."""


class TooLargeError(Exception):
    """A fleet of more bytes than are shared."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A fleet that another replica has read, and when it began to by Redis's clock, in milliseconds."""

    snapshot: Snapshot
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
        hidden = hmac.digest(self._names, f"{_TABLES}\0{of}".encode(), "sha256").hex()[:32]
        return f"{self.prefix}:{kind}:{hidden}"

    def seal(self, name: str, snapshot: Snapshot, began: int) -> bytes:
        """The bytes of a complete snapshot. Raises `TooLargeError`."""
        if snapshot.database.size > MOST_OPENED:
            raise TooLargeError
        image = snapshot.database.image()
        coverage = snapshot.coverage
        about = _About(began, coverage.as_of.isoformat(), coverage.read, len(image), dict(coverage.cut))
        head = to_json(about)
        packed = len(head).to_bytes(_HEAD, "big") + head + zlib.compress(image, _LEVEL)
        if len(image) > MOST_OPENED or len(packed) > MOST_SEALED - 64:
            raise TooLargeError
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, packed, name.encode())

    def open(self, name: str, sealed: bytes) -> Opened:
        """The snapshot in `sealed`. Raises `UnusableError` for anything but what `seal` made for this name."""
        try:
            packed = memoryview(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode()))
        except (InvalidTag, ValueError):
            raise UnusableError(
                "it does not open (replicas with different TELNYX_SNAPSHOT_KEY, or foreign bytes)"
            ) from None
        try:
            begin = _HEAD + int.from_bytes(packed[:_HEAD], "big")
            about = _ABOUT.validate_json(bytes(packed[_HEAD:begin]))
            as_of = datetime.fromisoformat(about.as_of)
            database = Database.opened(CONNECTIONS, lambda: _unpacked(packed[begin:], about.size), about.count)
        except (zlib.error, ValueError):
            raise UnusableError("it is no fleet, or a larger one than is shared") from None
        coverage = Coverage(read=about.count, of=about.count, complete=True, as_of=as_of, cut=about.cut)
        return Opened(Snapshot(database, coverage), about.began)


@dataclass(frozen=True, slots=True)
class _About:
    """What is said of an image before it."""

    began: int
    as_of: str
    count: int
    size: int
    """Bytes of the image."""
    cut: dict[str, int]


_ABOUT = TypeAdapter(_About)


def _unpacked(packed: memoryview, size: int) -> bytearray:
    """The `size` bytes that were packed. Raises `ValueError` and `zlib.error` for anything else."""
    if not 0 < size <= MOST_OPENED:
        raise ValueError(size)
    image, reached, unpack = bytearray(size), 0, zlib.decompressobj()
    for start in range(0, len(packed), _SLICE):  # by slices, so that no more than that is ever there twice
        piece = unpack.decompress(packed[start : start + _SLICE], size - reached + 1)
        if reached + len(piece) > size:
            raise ValueError(size)
        image[reached : reached + len(piece)] = piece
        reached += len(piece)
    if reached != size or not unpack.eof:
        raise ValueError(size)
    return image
