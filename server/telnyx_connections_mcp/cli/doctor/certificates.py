"""A TLS handshake like the client's, through the same proxy and for the same name, and the certificate's contents.

No key is sent; the request is a `GET` of the base URL.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from cryptography import x509
from cryptography.x509.oid import NameOID

from telnyx_connections_mcp.telnyx.client import tls_failure
from telnyx_connections_mcp.telnyx.http import create_http_client, network_transport

_WHO = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A server's certificate. The names are other people's text."""

    protocol: str
    """The version of TLS, as in `TLSv1.3`."""
    subject: str
    issuer: str
    not_after: datetime

    def days_left(self) -> int:
        """Whole days until it expires; negative if it has."""
        return (self.not_after - datetime.now(UTC)).days


async def handshake(base_url: str, *, seconds: float, trust: ssl.SSLContext | None = None) -> Certificate:
    """The server's certificate, verified with `trust`, or else with what our server trusts.

    `seconds` is the timeout of each wait. Raises what the client raises, and `OSError` for an unreadable
    SSL_CERT_FILE.
    """
    network = network_transport(base_url, trust)
    async with (
        create_http_client(base_url, timeout=seconds, transport=network) as http,
        http.stream("GET", "") as response,
    ):
        tls: ssl.SSLObject = response.extensions["network_stream"].get_extra_info("ssl_object")
        protocol, der = tls.version(), tls.getpeercert(binary_form=True)
    certificate = x509.load_der_x509_certificate(der or b"")
    return Certificate(
        protocol=protocol or "TLS",
        subject=_name(certificate.subject) or _first_host(certificate) or "(not named)",
        issuer=_name(certificate.issuer) or "(not named)",
        not_after=certificate.not_valid_after_utc,
    )


async def is_public(base_url: str, *, seconds: float) -> bool:
    """Whether a public authority, as listed by `certifi`, vouches for the server.

    Raises what the client raises, except for lack of trust.
    """
    try:
        await handshake(base_url, seconds=seconds, trust=httpx.create_ssl_context(trust_env=False))
    except httpx.TransportError as error:
        if tls_failure(error) is None:
            raise
        return False
    return True


def unverified_context() -> ssl.SSLContext:
    """A context that verifies nothing, only used to read a rejected certificate's issuer, or the server's clock."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _name(name: x509.Name) -> str:
    """Common name and organization, if present."""
    found = (str(attribute.value) for oid in _WHO for attribute in name.get_attributes_for_oid(oid))
    return ", ".join(dict.fromkeys(found))


def _first_host(certificate: x509.Certificate) -> str:
    """The first DNS name of the certificate: newer ones have no other subject."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return next(iter(names.get_values_for_type(x509.DNSName)), "")
