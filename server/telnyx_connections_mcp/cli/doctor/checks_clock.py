"""The clock of this machine: with a wrong one, valid certificates and tokens look expired or not yet valid."""

from time import time
from urllib.parse import urlsplit

import httpx

from telnyx_connections_mcp.cli.doctor.certificates import unverified_context
from telnyx_connections_mcp.cli.doctor.check_result import CheckResult, counted, not_needed, ok, warning
from telnyx_connections_mcp.cli.doctor.checks_network import NO_NETWORK
from telnyx_connections_mcp.cli.doctor.subject import Subject
from telnyx_connections_mcp.telnyx._headers import count, sent_at
from telnyx_connections_mcp.telnyx.http import create_http_client, network_transport

MOST_SECONDS_OFF = 60
"""A difference that neither certificates nor tokens mind."""
_TIMEOUT_SECONDS = 5.0
_UNITS = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}


async def check_clock(subject: Subject) -> CheckResult:
    """Whether this machine's clock agrees with the server's, which the `Date` of any response shows.

    The certificate is not verified, because a wrong clock makes that fail, and no key is sent.
    """
    if subject.sandbox:
        return not_needed(NO_NETWORK)
    network = network_transport(subject.base_url, unverified_context())
    asked_at = time()
    try:
        async with (
            create_http_client(subject.base_url, timeout=_TIMEOUT_SECONDS, transport=network) as http,
            http.stream("GET", "") as response,
        ):
            sent = sent_at(response.headers)
            age = count(response.headers, "age") or 0
    except httpx.TransportError:
        return not_needed("No response shows what time it is elsewhere.")
    if sent is None:
        return not_needed("The response does not say when it was sent.")
    return _compared(asked_at, sent + age, time(), urlsplit(subject.base_url).hostname or "")


def _compared(asked_at: float, sent: float, received_at: float, host: str) -> CheckResult:
    """`sent`, in whole seconds, compared with the time between request and response."""
    ahead, behind = asked_at - sent - 1, sent - received_at
    seconds = round(max(ahead, behind))
    if seconds <= 0:
        return ok(f"Agrees with the clock of {host}")
    unit = next(unit for unit, size in _UNITS.items() if seconds >= size)
    off = f"{counted(seconds // _UNITS[unit], unit)} {'ahead of' if ahead > behind else 'behind'}"
    detail = f"{off} the clock of {host}"
    if seconds <= MOST_SECONDS_OFF:
        return ok(detail)
    return warning(
        detail,
        "set this machine's clock, or have it synchronized (NTP): with a wrong one, valid certificates and tokens look "
        "expired or not yet valid",
    )
