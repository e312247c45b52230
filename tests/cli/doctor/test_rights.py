"""What the doctor says of what the key may read besides connections."""

import json
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler

import pytest

from telnyx_connections_mcp.cli.doctor.check_result import Step

from .conftest import serving

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
ALL = (
    "The key may read outbound voice profiles, phone numbers, IP addresses, FQDNs, settings of connections, "
    "failed webhook deliveries, call events, account changes"
)
CODES = {403: "10004", 404: "10005", 422: "10015"}


def account(refused: dict[str, int], asked: list[str]) -> type[BaseHTTPRequestHandler]:
    """An account that refuses some lists, by path."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            path = self.path.partition("?")[0].removeprefix("/v2/")
            status = refused.get(path, refused.get("*", 200) if path != "connections" else 200)
            body = {"data": [], "meta": {"total_results": 0}}
            answer = json.dumps(
                body if status == 200 else {"errors": [{"code": CODES[status], "title": "No"}]}
            ).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Refusing


async def rights(examined: Examine, **refused: int) -> tuple[Step, list[str]]:
    """The step, and what was asked for; `__` in a name stands for a slash."""
    asked: list[str] = []
    paths = {"*" if name == "everything" else name.replace("__", "/"): status for name, status in refused.items()}
    with serving(account(paths, asked)) as port:
        steps = await examined(
            "rights", TELNYX_BASE_URL=f"http://localhost:{port}/v2", TELNYX_API_KEY="KEY0123456789abcdefSECRET"
        )
    return steps["rights"], asked


async def test_a_key_that_may_read_everything(examined: Examine) -> None:
    """It is asked with one request of one object for each list."""
    step, asked = await rights(examined)
    assert (step.status, step.detail, step.advice) == ("ok", ALL, "")
    assert len(asked) == 16
    assert all("page%5Bsize%5D=1&" in f"{path}&" for path in asked)


async def test_what_lacks_without_a_right(examined: Examine) -> None:
    """The list, and the checks of the audit that are left out; that is a warning."""
    step, _ = await rights(examined, phone_numbers__slim=403, fax_applications=403)
    assert step.status == "warning"
    assert step.detail == (
        f"{ALL.replace('phone numbers, ', '')}. Not so: phone_numbers/slim (not allowed), so no dead_weight in the "
        "audit; fax_applications (not allowed)"
    )
    assert step.advice == "use a key that may read them, or do without"


async def test_what_the_account_does_not_have_is_no_fault(examined: Examine) -> None:
    """A list that is not there is said; a path that is disputed is tried both ways."""
    step, asked = await rights(examined, v2__mobile_voice_connections=404, webhook_deliveries=404)
    assert step.status == "ok"
    assert step.detail.endswith(
        ". Not so: webhook_deliveries (not offered), so no webhook_deliveries_failing in the audit"
    )
    assert any(path.startswith("/v2/mobile_voice_connections") for path in asked)


async def test_nothing_else_may_be_read(examined: Examine) -> None:
    """Connections alone are enough for most tools."""
    step, _ = await rights(examined, everything=403)
    assert step.detail.startswith("The key may read nothing besides connections. Not so: outbound_voice_profiles (not")


async def test_another_error_is_said(examined: Examine) -> None:
    """In its own words."""
    step, _ = await rights(examined, ips=422)
    assert step.status == "warning"
    assert "ips (Telnyx refused a parameter (HTTP 422, code 10015: No))" in step.detail
    assert step.advice == "try again"


async def test_a_right_that_lacks_is_more_than_another_error(examined: Examine) -> None:
    """Another key is advised if any list is not allowed."""
    step, _ = await rights(examined, ips=422, fqdns=403)
    assert step.advice == "use a key that may read them, or do without"
