"""What the doctor finds out about the way to Telnyx."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from telnyx_connections_mcp.cli.doctor.check_result import Step

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
HOST = "https://api.company.example/v2"


async def test_without_a_proxy_requests_go_directly(examined: Examine) -> None:
    """The report says that no proxy is used."""
    step = (await examined("proxy", TELNYX_BASE_URL=HOST))["proxy"]
    assert (step.status, step.detail) == ("ok", "No proxy is set; requests go directly to the API.")


async def test_a_proxy_is_named_without_its_credentials(examined: Examine) -> None:
    """Userinfo is masked."""
    step = (await examined("proxy", TELNYX_BASE_URL=HOST, HTTPS_PROXY="http://me:SECRET@proxy.example:3128"))["proxy"]
    assert step.status == "ok"
    assert "http://***:***@proxy.example:3128" in step.detail
    assert "SECRET" not in str(step)


@pytest.mark.parametrize(
    ("base_url", "no_proxy", "said"),
    [
        (HOST, "company.example", "api.company.example is reached directly: NO_PROXY excludes it"),
        ("http://127.0.0.1:1/v2", "", "127.0.0.1 is reached directly: a proxy is never used"),
    ],
)
async def test_a_bypassed_proxy_is_reported(examined: Examine, base_url: str, no_proxy: str, said: str) -> None:
    """The report gives the reason."""
    environ = {"ALL_PROXY": "http://proxy.example:3128", "NO_PROXY": no_proxy}
    step = (await examined("proxy", TELNYX_BASE_URL=base_url, **environ))["proxy"]
    assert step.status == "ok"
    assert said in step.detail


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("ftp://me:SECRET@proxy.example", "is not a proxy URL"),
        ("http://", "is not a proxy URL"),
        ("http://proxy.example:port", "is not a proxy URL"),
        ("socks5://me:SECRET@proxy.example", "socks5://***:***@proxy.example is a SOCKS proxy"),
    ],
)
async def test_an_unusable_proxy_skips_the_later_checks(examined: Examine, proxy: str, said: str) -> None:
    """They are skipped with the reason, not left out."""
    steps = await examined("proxy", "dns", "tcp", TELNYX_BASE_URL=HOST, HTTPS_PROXY=proxy)
    assert steps["proxy"].status == "failed"
    assert said in steps["proxy"].detail
    assert "NO_PROXY" in steps["proxy"].advice
    assert [(steps[name].status, steps[name].detail) for name in ("dns", "tcp")] == [
        ("skipped", "Not checked, because Proxy failed.")
    ] * 2
    assert "SECRET" not in str(steps)


async def test_addresses_are_reported(examined: Examine) -> None:
    """The number of addresses is given, with some of them."""
    step = (await examined("dns", TELNYX_BASE_URL="http://127.0.0.1:1/v2"))["dns"]
    assert step.status == "ok"
    assert step.detail.startswith("1 address for 127.0.0.1 in ")
    assert step.detail.endswith("ms: 127.0.0.1")


@pytest.mark.parametrize(
    ("environ", "said", "advice"),
    [
        ({"TELNYX_BASE_URL": "https://nowhere.invalid/v2"}, "The API's name nowhere.invalid", "in TELNYX_BASE_URL"),
        ({"HTTPS_PROXY": "http://proxy.invalid:1"}, "The proxy's name proxy.invalid", "in HTTPS_PROXY"),
        ({"TELNYX_BASE_URL": f"https://{'x' * 70}.example/v2"}, "The API's name xxx", "in TELNYX_BASE_URL"),
    ],
)
async def test_a_name_that_does_not_resolve_is_reported(
    examined: Examine, environ: dict[str, str], said: str, advice: str
) -> None:
    """The report says whose name it is, and which variable to review."""
    step = (await examined("dns", **environ))["dns"]
    assert step.status == "failed"
    assert said in step.detail
    assert advice in step.advice


async def test_the_default_name_is_not_blamed_on_a_variable(examined: Examine) -> None:
    """If the default base URL does not resolve, the advice is to check the network."""
    step = (await examined("dns"))["dns"]
    assert "TELNYX_BASE_URL" not in step.advice


async def test_a_connection_is_timed(examined: Examine, sandbox_url: str) -> None:
    """Without a proxy the connection is to the API itself."""
    step = (await examined("tcp", TELNYX_BASE_URL=f"{sandbox_url}/v2"))["tcp"]
    assert step.status == "ok"
    assert step.detail.startswith("Connected to the API at 127.0.0.1, port ")


@pytest.mark.parametrize(
    ("environ", "advice"),
    [
        ({"TELNYX_BASE_URL": "http://127.0.0.1:{port}/v2"}, "start whatever TELNYX_BASE_URL points to"),
        ({"HTTPS_PROXY": "http://127.0.0.1:{port}"}, "check HTTPS_PROXY and whether the proxy is running"),
        ({"TELNYX_BASE_URL": "https://0.0.0.0:{port}/v2"}, "check the network and the firewall"),
    ],
)
async def test_a_closed_port_is_reported_in_the_systems_words(
    examined: Examine, closed_port: int, environ: dict[str, str], advice: str
) -> None:
    """The advice depends on whether it is this machine, a proxy or another host."""
    given = {name: value.format(port=closed_port) for name, value in environ.items()}
    step = (await examined("tcp", **given))["tcp"]
    assert step.status == "failed"
    assert "Connection refused" in step.detail
    assert advice in step.advice


async def test_several_failed_addresses_are_one_reason(examined: Examine, closed_port: int) -> None:
    """`localhost` has two addresses on many machines."""
    step = (await examined("tcp", TELNYX_BASE_URL=f"http://localhost:{closed_port}/v2"))["tcp"]
    assert "Connection refused" in step.detail


async def test_a_proxy_is_what_this_machine_connects_to(examined: Examine, proxy: Any) -> None:
    """Name resolution and connection concern the proxy, which resolves the API itself."""
    environ = {"TELNYX_BASE_URL": HOST, "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
    steps = await examined("proxy", "dns", "tcp", **environ)
    assert {step.status for step in steps.values()} == {"ok"}
    assert f"to the proxy at 127.0.0.1, port {proxy.port}" in steps["tcp"].detail


async def test_the_sandbox_needs_no_network(examined: Examine) -> None:
    """Every check of the network says so, and the account is queried all the same."""
    steps = await examined(sandbox=True)
    for name in ("base_url", "proxy", "dns", "tcp", "clock", "tls"):
        assert (steps[name].status, steps[name].detail) == ("skipped", "The built-in sandbox needs no network.")
    assert (steps["key"].status, steps["key"].detail) == ("skipped", "The sandbox needs no key.")
    assert steps["request"].status == "ok"
    assert steps["fleet"].detail == "The sandbox account has 55 connections"
