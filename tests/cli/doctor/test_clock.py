"""What the doctor finds out about this machine's clock, against servers with clocks of their own."""

import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import trustme

from telnyx_connections_mcp.cli.doctor.check_result import Step

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
Serve = Callable[..., AbstractContextManager[int]]  # tests/cli/doctor/conftest.py: serve
KEY = "KEY0123456789abcdefSECRET"


def dated(seconds: float) -> Callable[[Any], str]:
    """The `Date` of responses from a server whose clock is this many seconds ahead."""
    return lambda _: format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


async def test_the_clock_of_the_sandbox_is_this_machines(examined: Examine, sandbox_url: str) -> None:
    """A server on the same machine agrees."""
    step = (await examined("clock", TELNYX_BASE_URL=f"{sandbox_url}/v2"))["clock"]
    assert (step.status, step.detail) == ("ok", "Agrees with the clock of 127.0.0.1")


@pytest.mark.parametrize(
    ("seconds", "status", "detail"),
    [
        (-40, "ok", r"\d\d seconds ahead of the clock of 127\.0\.0\.1"),
        (40, "ok", r"\d\d seconds behind the clock of 127\.0\.0\.1"),
        (-90, "warning", r"1 minute ahead of the clock of 127\.0\.0\.1"),
        (90, "warning", r"1 minute behind the clock of 127\.0\.0\.1"),
        (2 * 3600 + 60, "warning", r"2 hours behind the clock of 127\.0\.0\.1"),
        (-400 * 86_400 - 60, "warning", r"400 days ahead of the clock of 127\.0\.0\.1"),
    ],
)
async def test_a_wrong_clock_is_a_warning(
    examined: Examine, serve: Serve, seconds: float, status: str, detail: str
) -> None:
    """A difference of over a minute either way is a warning with advice, whatever the status of the response."""
    with serve(status=401, date_time_string=dated(seconds)) as port:
        step = (await examined("clock", TELNYX_BASE_URL=f"http://127.0.0.1:{port}/v2"))["clock"]
    assert step.status == status
    assert re.fullmatch(detail, step.detail)
    assert step.advice.startswith("set this machine's clock") == (status == "warning")


async def test_a_response_from_a_cache_is_as_old_as_it_says(examined: Examine, serve: Serve) -> None:
    """A cache passes on the `Date` of what it keeps, and adds its `Age` (RFC 9111, 5.1)."""
    with serve(date_time_string=dated(-3600), headers_sent=(("age", "3600"),)) as port:
        step = (await examined("clock", TELNYX_BASE_URL=f"http://127.0.0.1:{port}/v2"))["clock"]
    assert step.status == "ok"


@pytest.mark.parametrize("date", ["", "soon", "Thu, 32 Nov 2026 04:00:00 GMT", "9" * 100])
async def test_without_a_date_nothing_is_compared(examined: Examine, serve: Serve, date: str) -> None:
    """The report says so, and it is not a fault."""
    with serve(date_time_string=lambda _: date) as port:
        step = (await examined("clock", TELNYX_BASE_URL=f"http://127.0.0.1:{port}/v2"))["clock"]
    assert (step.status, step.detail) == ("skipped", "The response does not say when it was sent.")


async def test_without_a_response_nothing_is_compared(examined: Examine, closed_port: int) -> None:
    """The other checks say why there is no response."""
    step = (await examined("clock", TELNYX_BASE_URL=f"http://127.0.0.1:{closed_port}/v2"))["clock"]
    assert (step.status, step.detail) == ("skipped", "No response shows what time it is elsewhere.")


async def test_a_wrong_clock_explains_a_refused_certificate(
    examined: Examine, company: trustme.CA, company_file: str, serve: Serve
) -> None:
    """The clock is checked without trusting the certificate or sending the key, and TLS then names the clock first."""
    keys: list[str | None] = []

    def date_time_string(handler: Any) -> str:
        keys.append(handler.headers["authorization"])
        return dated(-2 * 86_400 - 60)(handler)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    company.issue_cert("localhost", not_after=datetime.now(UTC) - timedelta(days=1)).configure_cert(context)
    with serve(context, date_time_string=date_time_string) as port:
        environ = {"SSL_CERT_FILE": company_file, "TELNYX_API_KEY": KEY}
        steps = await examined(TELNYX_BASE_URL=f"https://localhost:{port}/v2", **environ)
    assert steps["clock"].detail == "2 days ahead of the clock of localhost"
    assert steps["tls"].detail.startswith("The certificate is not trusted: certificate has expired")
    assert steps["tls"].advice.startswith("set this machine's clock if Clock says that it is wrong")
    assert "SSL_CERT_FILE" not in steps["tls"].advice
    assert set(keys) == {None}
