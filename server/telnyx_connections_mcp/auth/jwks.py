"""The public keys of an issuer: fetched, cached, and fetched again if a token names an unknown one."""

import logging
from collections.abc import Mapping
from math import inf
from typing import Any

import anyio
from jwt import PyJWK, PyJWTError

from telnyx_connections_mcp.auth import error_messages
from telnyx_connections_mcp.auth.error_messages import IssuerUnavailable, TokenRefused
from telnyx_connections_mcp.auth.issuer_documents import DocumentError, fetch_object, require_safe, well_known

FRESH = 600.0
"""Seconds after which keys are refreshed when one is used."""
KEPT = 4 * 3600.0
"""Seconds for which cached keys remain valid while the issuer is unavailable."""
PAUSE = 30.0
"""Least seconds between two fetches, however many unknown keys tokens name."""
PAUSE_WITHOUT_KEYS = 5.0
"""The same, while there are no keys at all."""
FETCH = 5.0
"""Longest that one fetch may take, in seconds."""
MAX_KEYS = 100

ALGORITHMS: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The accepted algorithms, with the type and curve of their keys (RFC 7518, section 3.1; RFC 8037). None uses a shared
secret, because an attacker could use a public key as one (RFC 8725, section 2.1)."""
_LOG = logging.getLogger(__name__)


class KeySet:
    """The keys of one issuer, from `jwks_url` or the URL in the issuer's metadata (RFC 8414, OpenID Connect).

    Only one fetch runs at a time, and requests that need its keys wait for it. A flood of tokens with unknown keys
    costs the issuer one fetch every `PAUSE` seconds.
    """

    def __init__(self, issuer: str, jwks_url: str | None) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._keys: list[dict[str, Any]] = []
        self._fetched = -inf
        self._next = -inf
        self._failed = False
        self._lock = anyio.Lock()

    async def key(self, kid: str | None, algorithm: str) -> PyJWK:
        """The key with that id for an algorithm of `ALGORITHMS`; without an id, the only suitable one.

        Raises `TokenRefused` if the issuer has no such key, `IssuerUnavailable` if its keys are unavailable.
        """
        requested_at = anyio.current_time()
        found = self._find(kid, algorithm)
        if found is None or (requested_at - self._fetched > FRESH and not self._lock.locked()):
            await self._refresh(requested_at)
            found = self._find(kid, algorithm)
        if anyio.current_time() - self._fetched > KEPT or (found is None and self._failed):
            raise IssuerUnavailable(error_messages.KEYS_UNAVAILABLE)
        if found is None:
            raise TokenRefused(error_messages.NO_SUCH_KEY)
        try:
            return PyJWK(found, algorithm)
        except PyJWTError:
            raise TokenRefused(error_messages.UNUSABLE_KEY) from None

    def _find(self, kid: str | None, algorithm: str) -> dict[str, Any] | None:
        kty, crv = ALGORITHMS[algorithm]
        fit = [
            key
            for key in self._keys
            if (key.get("kty"), key.get("crv")) == (kty, crv)
            and key.get("use", "sig") == "sig"
            and key.get("alg", algorithm) == algorithm
            and (kid is None or key.get("kid") == kid)
        ]
        return fit[0] if len(fit) == 1 else None

    async def _refresh(self, requested_at: float) -> None:
        """Fetch the keys, unless that was done since `requested_at` or tried a moment ago."""
        async with self._lock:
            now = anyio.current_time()
            if self._fetched >= requested_at or now < self._next:
                return
            with anyio.CancelScope(shield=True):  # a cancelled request must not make the next one fetch again
                try:
                    with anyio.fail_after(FETCH):
                        self._keys = await self._fetch()
                except (DocumentError, TimeoutError) as error:
                    self._failed = True
                    self._next = anyio.current_time() + (PAUSE if now - self._fetched <= KEPT else PAUSE_WITHOUT_KEYS)
                    _LOG.warning(
                        "The keys of the OAuth issuer cannot be fetched: %s.", str(error) or "it took too long"
                    )
                else:
                    self._failed = False
                    self._fetched = anyio.current_time()
                    self._next = self._fetched + PAUSE

    async def _fetch(self) -> list[dict[str, Any]]:
        url = self._jwks_url or await self._discover()
        keys = (await fetch_object(url)).get("keys")
        if not isinstance(keys, list) or len(keys) > MAX_KEYS:
            raise DocumentError("its response is not a key set")
        return [key for key in keys if isinstance(key, dict)]

    async def _discover(self) -> str:
        """The URL of the keys, from the issuer's metadata."""
        error = DocumentError("it has no metadata")
        for url in well_known(self._issuer):
            try:
                metadata = await fetch_object(url)
            except DocumentError as reason:
                error = reason
                continue
            if metadata.get("issuer") != self._issuer:  # RFC 8414, section 3.3
                raise DocumentError("its metadata names another issuer")
            return require_safe(metadata.get("jwks_uri"))
        raise error
