"""Encryption of snapshots, so that only the replicas of an account can read or make them.

Format 2: a nonce of 12 bytes, then AES-256-GCM over the length of a header, the header in JSON and the image of the
snapshot's database, compressed with zlib. The key is derived from the API key and, if set, `TELNYX_SNAPSHOT_KEY`
(HKDF-SHA256, RFC 5869). The Redis key is authenticated too. So a value written for another account, kind or filter, or
by anyone else, cannot be decrypted.
"""

import os
import zlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, TypeAdapter
from pydantic_core import to_json

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.replicas.redis_keys import PREFIX, RedisKeys

MAX_ENCRYPTED_BYTES = 32 * 1024 * 1024
"""A larger snapshot is not shared."""
MAX_IMAGE_BYTES = 128 * 1024 * 1024
_PURPOSE = f"{PREFIX} fleet"
"""What the key is derived for. Another text makes another key: replicas that differ in it cannot read each other."""
_NONCE = 12
_LENGTH = 4
_SLICE = 64 * 1024
_LEVEL = 1  # 3 takes twice the time for a tenth fewer bytes


class UnusableSnapshotError(Exception):
    """A value in Redis that is not a snapshot of this account; the text says why."""


class SnapshotTooLargeError(Exception):
    """A snapshot too large to be shared."""


@dataclass(frozen=True, slots=True)
class DecryptedSnapshot:
    """A snapshot from another replica, and when its fetch began, in milliseconds of Redis's clock."""

    snapshot: Snapshot
    began: int


class SnapshotCipher:
    """Encrypts and decrypts the snapshots of one account; `keys` names their keys in Redis."""

    def __init__(self, *, api_key: str, base_url: str, snapshot_key: bytes) -> None:
        secret = api_key.encode()
        self.keys = RedisKeys(api_key=api_key, base_url=base_url)
        self._aes = AESGCM(
            HKDF(SHA256(), 32, salt=snapshot_key or None, info=f"{_PURPOSE}\0{base_url}".encode()).derive(secret)
        )

    def encrypt(self, name: str, snapshot: Snapshot, began: int) -> bytes:
        """A snapshot of everything that can be read, encrypted. Raises `SnapshotTooLargeError`."""
        if snapshot.database.size > MAX_IMAGE_BYTES:
            raise SnapshotTooLargeError
        image = snapshot.database.image()
        coverage = snapshot.coverage
        header = _Header(
            began, coverage.as_of, coverage.read, len(image), dict(coverage.cut), coverage.left_out, coverage.why
        )
        encoded = to_json(header)
        packed = len(encoded).to_bytes(_LENGTH, "big") + encoded + zlib.compress(image, _LEVEL)
        if len(image) > MAX_IMAGE_BYTES or len(packed) > MAX_ENCRYPTED_BYTES - 64:
            raise SnapshotTooLargeError
        nonce = os.urandom(_NONCE)
        return nonce + self._aes.encrypt(nonce, packed, name.encode())

    def decrypt(self, kind: Kind, name: str, encrypted: bytes) -> DecryptedSnapshot:
        """The snapshot of `kind` in `encrypted`. Raises `UnusableSnapshotError` unless `encrypt` made it for `name`."""
        try:
            packed = memoryview(self._aes.decrypt(encrypted[:_NONCE], encrypted[_NONCE:], name.encode()))
        except (InvalidTag, ValueError):
            raise UnusableSnapshotError(
                "it cannot be decrypted (replicas with different TELNYX_SNAPSHOT_KEY, or foreign data)"
            ) from None
        try:
            begin = _LENGTH + int.from_bytes(packed[:_LENGTH], "big")
            header = _HEADER.validate_json(bytes(packed[_LENGTH:begin]))
            database = Database.opened(kind, lambda: _decompressed(packed[begin:], header.size), header.count)
        except (zlib.error, ValueError):
            raise UnusableSnapshotError("it is not a snapshot, or is too large to be shared") from None
        coverage = Coverage(
            read=header.count,
            of=header.count,
            complete=not header.left_out,
            as_of=header.as_of,
            why=header.why,
            cut=header.cut,
            left_out=header.left_out,
            rest_complete=bool(header.left_out),
        )
        return DecryptedSnapshot(Snapshot(database, coverage), header.began)


@dataclass(frozen=True, slots=True)
class _Header:
    """The header before an image."""

    began: int
    as_of: AwareDatetime
    count: int
    size: int
    """Size of the image in bytes."""
    cut: dict[str, int]
    left_out: tuple[str, ...] = ()
    why: str | None = None


_HEADER = TypeAdapter(_Header)


def _decompressed(packed: memoryview, size: int) -> bytearray:
    """The `size` bytes that were compressed. Raises `ValueError` or `zlib.error` for anything else."""
    if not 0 < size <= MAX_IMAGE_BYTES:
        raise ValueError(size)
    image, reached, unpack = bytearray(size), 0, zlib.decompressobj()
    for start in range(0, len(packed), _SLICE):  # by slices, so that no more than one is ever in memory twice
        piece = unpack.decompress(packed[start : start + _SLICE], size - reached + 1)
        if reached + len(piece) > size:
            raise ValueError(size)
        image[reached : reached + len(piece)] = piece
        reached += len(piece)
    if reached != size or not unpack.eof:
        raise ValueError(size)
    return image
