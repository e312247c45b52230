"""Names of keys in Redis: one prefix for each account, and nothing in them that can be read."""

import hmac

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot_tables import indexes, schema

PREFIX = "telnyx-connections-mcp:2"
"""Of all keys, and of what encryption keys are derived for: the program, and the version of what replicas share."""


class RedisKeys:
    """The keys of one account in Redis."""

    def __init__(self, *, api_key: str, base_url: str) -> None:
        self._secret = hmac.digest(api_key.encode(), f"names\0{base_url}".encode(), "sha256")
        self.prefix = f"{PREFIX}:{{{self._secret.hex()[:32]}}}"
        """The braces keep the account's keys in one slot of a cluster."""

    def name(self, purpose: str, kind: Kind, of: str) -> str:
        """The key for that purpose and kind; `of`, which may contain customers' text, is hashed.

        So are the kind's tables: replicas of a version with other tables use names of their own.
        """
        tables = "\n".join([*schema(kind), *indexes(kind)])
        hidden = hmac.digest(self._secret, f"{tables}\0{of}".encode(), "sha256").hex()[:32]
        return f"{self.prefix}:{purpose}:{hidden}"
