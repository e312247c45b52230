"""What the doctor finds out about the account, over a real socket."""

import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest

from telnyx_connections_mcp.cli.doctor.check_list import HealthCheck, run_checks
from telnyx_connections_mcp.cli.doctor.check_result import Step
from telnyx_connections_mcp.cli.doctor.checks_account import describe_budget
from telnyx_connections_mcp.cli.doctor.subject import subject_of
from telnyx_connections_mcp.telnyx.models import RateBudget

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
Serve = Callable[..., AbstractContextManager[int]]  # tests/cli/doctor/conftest.py: serve
KEY = "KEY0123456789abcdefSECRET"


async def test_the_account_is_queried(examined: Examine, sandbox_url: str) -> None:
    """It reports status, latency, rate limit and the number of connections."""
    steps = await examined(TELNYX_BASE_URL=f"{sandbox_url}/v2", TELNYX_API_KEY="KEY_SANDBOX")
    assert steps["request"].status == "ok"
    assert steps["request"].detail.startswith("HTTP 200 in ")
    assert "of 100,000 requests left, reset in " in steps["request"].detail
    assert (steps["fleet"].status, steps["fleet"].detail) == ("ok", "The account has 55 connections")


@pytest.mark.parametrize(
    ("fault", "said", "advice"),
    [
        ("401", "Telnyx refused the API key (HTTP 401", "put a valid key for this account in"),
        ("403", "This API key is not allowed to read that (HTTP 403", "use a key that is allowed"),
        ("429-wait", "The rate limit of this Telnyx account is used up (HTTP 429", "try again in 600 seconds"),
        ("html-502", "could not answer (HTTP 502, an HTML page), tried 3 times", "try again in a minute"),
        ("waf-403", "Something between here and Telnyx refused the request (HTTP 403", "allow GET requests to http"),
        ("gateway-404", "is not the Telnyx API (HTTP 404, JSON from another API", "check TELNYX_BASE_URL"),
        ("gateway-401", "requires credentials of its own (HTTP 401", "does not mean that the key is wrong"),
        ("login-200", "is not the Telnyx API (HTTP 200, an HTML page titled", "login page"),
        ("redirect", "responded with a redirect (HTTP 302)", "check TELNYX_BASE_URL"),
        ("not-json", "a response that is not JSON", "check TELNYX_BASE_URL"),
    ],
)
async def test_every_refusal_says_what_to_do(
    examined: Examine, sandbox_url: str, fault: str, said: str, advice: str
) -> None:
    """The fleet is skipped with the reason, and on its own it gives the same advice."""
    environ = {"TELNYX_BASE_URL": f"{sandbox_url}/fault/{fault}/v2", "TELNYX_API_KEY": "KEY_SANDBOX"}
    steps = await examined(**environ)
    assert steps["request"].status == "failed"
    assert said in steps["request"].detail
    assert advice in steps["request"].advice
    assert steps["fleet"].detail == "Not checked, because Request failed."
    assert (await examined("fleet"))["fleet"].status == "failed"


async def test_without_a_key_nothing_is_sent(examined: Examine, sandbox_url: str) -> None:
    """The network is checked all the same."""
    steps = await examined(TELNYX_BASE_URL=f"{sandbox_url}/v2")
    assert steps["key"].status == "failed"
    assert steps["tcp"].status == "ok"
    assert steps["request"].detail == "Not checked, because API key failed."


async def test_a_slow_answer_is_a_warning(examined: Examine, sandbox_url: str) -> None:
    """The warning gives the time."""
    environ = {"TELNYX_BASE_URL": f"{sandbox_url}/fault/slow=2.1/v2", "TELNYX_API_KEY": "KEY_SANDBOX"}
    step = (await examined("request", **environ))["request"]
    assert step.status == "warning"
    assert step.detail.endswith("that is slow")
    assert step.milliseconds >= 2100


async def test_a_nearly_used_up_rate_budget_is_a_warning(examined: Examine, serve: Serve) -> None:
    """Something else uses the account's rate limit."""
    headers = (("x-ratelimit-limit", "1000"), ("x-ratelimit-remaining", "99"), ("x-ratelimit-reset", "30"))
    with serve(headers_sent=headers) as port:
        environ = {"TELNYX_BASE_URL": f"http://127.0.0.1:{port}/v2", "TELNYX_API_KEY": KEY}
        step = (await examined("request", **environ))["request"]
    assert step.status == "warning"
    assert "rate budget: 99 of 1,000 requests left, reset in 30 s" in step.detail
    assert "wait for the reset" in step.advice


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"data": []}', "did not say how many"),
        (b'{"data": [], "meta": {"total_results": 0}}', "has no connections"),
        (b'{"data": [], "meta": {"total_results": "3"}}', "gave no usable count of connections"),
    ],
)
async def test_an_unclear_or_empty_fleet_is_a_warning(examined: Examine, serve: Serve, body: bytes, said: str) -> None:
    """An empty fleet may mean the wrong account's key; without headers the rate limit is unknown."""
    with serve(body=body) as port:
        environ = {"TELNYX_BASE_URL": f"http://127.0.0.1:{port}/v2", "TELNYX_API_KEY": KEY}
        steps = await examined("request", "fleet", **environ)
    assert steps["fleet"].status == "warning"
    assert said in steps["fleet"].detail
    assert steps["request"].status == "ok"
    assert steps["request"].detail.endswith("Telnyx did not say how many requests are left")


def test_a_partial_budget_is_described_as_far_as_it_goes() -> None:
    """What Telnyx did not report is left out."""
    budget = RateBudget(limit=None, remaining=7, reset_seconds=None, as_of=datetime.now(UTC))
    assert describe_budget(budget) == "rate budget: 7 requests left"


async def test_a_check_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other checks go on, and this one has its own advice."""
    with socket.create_server(("127.0.0.1", 0)) as silence:
        url = f"http://127.0.0.1:{silence.getsockname()[1]}/v2"
        monkeypatch.setenv("TELNYX_BASE_URL", url)
        subject = subject_of({"TELNYX_BASE_URL": url, "TELNYX_API_KEY": KEY})
        checks = [
            HealthCheck("late", "Late", "checks_account.check_request", seconds=0.2, when_late="look at the clock"),
            HealthCheck("after", "After", "checks_account.check_fleet", needs=("late",)),
            HealthCheck("python", "Python", "checks_install.check_python"),
        ]
        steps = [step async for step in run_checks(subject, checks)]
    assert [step.status for step in steps] == ["failed", "skipped", "ok"]
    assert (steps[0].detail, steps[0].advice) == ("Gave up after 0.2 seconds", "look at the clock")


async def test_a_check_that_breaks_is_a_finding() -> None:
    """The other checks go on, and the exception is named without a traceback."""
    checks = [
        HealthCheck("x", "X", "check_result.nothing"),
        HealthCheck("python", "Python", "checks_install.check_python"),
    ]
    steps = [step async for step in run_checks(subject_of({}, sandbox=True), checks)]
    assert [step.status for step in steps] == ["failed", "ok"]
    assert "The check itself failed (AttributeError" in steps[0].detail


async def test_a_package_that_cannot_be_imported_is_a_finding() -> None:
    """The other checks go on, and the advice is to install again."""
    checks = [HealthCheck("x", "X", "nothing.check"), HealthCheck("python", "Python", "checks_install.check_python")]
    steps = [step async for step in run_checks(subject_of({}, sandbox=True), checks)]
    assert [step.status for step in steps] == ["failed", "ok"]
    assert "No module named" in steps[0].detail
    assert "reinstall it" in steps[0].advice
