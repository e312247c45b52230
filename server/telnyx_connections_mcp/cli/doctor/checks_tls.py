"""TLS: the protocol, the certificate, and which authority vouches for it."""

import httpx

from telnyx_connections_mcp.cli.doctor.certificates import Certificate, handshake, is_public, unverified_context
from telnyx_connections_mcp.cli.doctor.check_result import CheckResult, counted, failed, not_needed, ok, warning
from telnyx_connections_mcp.cli.doctor.checks_network import NO_NETWORK
from telnyx_connections_mcp.cli.doctor.subject import Subject
from telnyx_connections_mcp.telnyx.client import is_out_of_date, is_untrusted, tls_failure, transport_failure

SOON_DAYS = 14
_LONGEST_NAME = 120
_HANDSHAKE_SECONDS = 5.0
_CERT_FILE = (
    "if that is your company's authority, put its certificate (ask your IT department) into a PEM file and set "
    "SSL_CERT_FILE to its path"
)

_DATES = (
    "set this machine's clock if Clock says that it is wrong; if not, tell whoever runs that address to renew its "
    "certificate"
)


async def check_tls(subject: Subject) -> CheckResult:
    """Whether the server proves its identity, and which authority vouches for it."""
    if subject.sandbox:
        return not_needed(NO_NETWORK)
    if not subject.base_url.startswith("https:"):
        return not_needed("Plain http on this machine does not use TLS.")
    try:
        certificate = await handshake(subject.base_url, seconds=_HANDSHAKE_SECONDS)
        public = await is_public(subject.base_url, seconds=_HANDSHAKE_SECONDS)
    except httpx.TransportError as error:
        return await _failure(subject, error)
    except OSError as error:  # ssl.SSLError, which a file without certificates raises, is one
        words = tls_failure(error) or error.strerror or "not readable"
        return failed(
            f"The file in SSL_CERT_FILE, or the directory in SSL_CERT_DIR, cannot be used: {words}",
            "correct the path, which must lead to PEM certificates, or remove the variable",
        )
    return _vouched(subject, certificate, public=public)


def _vouched(subject: Subject, certificate: Certificate, *, public: bool) -> CheckResult:
    days = certificate.days_left()
    authority = (
        "a public authority"
        if public
        else "not a public authority, but trusted by this machine: most likely your company's proxy, which can "
        "read the traffic"
    )
    detail = (
        f"{certificate.protocol}; certificate of {subject.shown(certificate.subject, _LONGEST_NAME)}, issued by "
        f"{subject.shown(certificate.issuer, _LONGEST_NAME)} ({authority}), {counted(days, 'day')} until it expires"
    )
    if days < SOON_DAYS:
        return warning(detail, "tell whoever runs that address to renew its certificate")
    return ok(detail)


async def _failure(subject: Subject, error: httpx.TransportError) -> CheckResult:
    """Why the handshake failed, in OpenSSL's words if they say."""
    reason = tls_failure(error)
    if reason is None:
        failure = transport_failure(error)
        said = f" ({subject.shown(str(error), _LONGEST_NAME)})" if isinstance(error, httpx.ProxyError) else ""
        return failed(f"{failure.what}{said}", failure.next_step)
    reason = subject.shown(reason, _LONGEST_NAME)
    if not is_untrusted(error):
        return failed(
            f"This address does not speak TLS: {reason}",
            "check that the host and port of TELNYX_BASE_URL (and of HTTPS_PROXY) speak TLS",
        )
    issuer = await _issuer(subject)
    advice = _DATES if is_out_of_date(error) else _CERT_FILE
    return failed(f"The certificate is not trusted: {reason}{issuer}", advice)


async def _issuer(subject: Subject) -> str:
    """The issuer of the rejected certificate; empty if the server does not show it again."""
    try:
        certificate = await handshake(subject.base_url, seconds=_HANDSHAKE_SECONDS, trust=unverified_context())
    except httpx.TransportError:
        return ""
    return f"; it was issued by {subject.shown(certificate.issuer, _LONGEST_NAME)}"
