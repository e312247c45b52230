"""The checks and their order; those made pointless by an earlier failure are skipped."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter

import anyio

from telnyx_connections_mcp.cli.doctor.check_result import REINSTALL, Step, failed, milliseconds_since
from telnyx_connections_mcp.cli.doctor.subject import Subject


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One check: its names, its function, and the checks that it depends on."""

    name: str
    label: str
    function: str
    """`MODULE.FUNCTION` in this package, imported when it runs, so that a broken package is reported too."""
    needs: tuple[str, ...] = ()
    """Names of the checks that must not have failed."""
    seconds: float = 10.0
    """Timeout."""
    when_late: str = "run this again; if it persists, report it"
    """What to do after a timeout."""


_FIREWALL = "check the network and the firewall; behind a company proxy, set HTTPS_PROXY, or check that it is running"
_LATER = "try again in a minute; if this persists, check the network and the proxy"

CHECKS = (
    HealthCheck("python", "Python", "checks_install.check_python"),
    HealthCheck("packages", "Packages", "checks_install.check_packages"),
    HealthCheck("command", "Command", "checks_install.check_command"),
    HealthCheck("key", "API key", "checks_settings.check_key"),
    HealthCheck("settings", "Settings", "checks_settings.check_settings"),
    HealthCheck("base_url", "Base URL", "checks_settings.check_base_url"),
    HealthCheck("proxy", "Proxy", "checks_network.check_proxy", ("base_url",)),
    HealthCheck("dns", "DNS", "checks_network.check_dns", ("proxy",), 6, "check the network and its DNS server"),
    HealthCheck("tcp", "TCP", "checks_network.check_tcp", ("dns",), 6, _FIREWALL),
    HealthCheck("clock", "Clock", "checks_clock.check_clock", ("tcp",), 12, _FIREWALL),
    HealthCheck("tls", "TLS", "checks_tls.check_tls", ("tcp",), 12, _FIREWALL),
    HealthCheck("request", "Request", "checks_account.check_request", ("key", "settings", "tls"), 20, _LATER),
    HealthCheck("fleet", "Connections", "checks_account.check_fleet", ("request",), 20, _LATER),
    HealthCheck("rights", "Rights", "checks_rights.check_rights", ("request",), 20, _LATER),
    HealthCheck("server_2026", "Server (2026)", "checks_server.check_server_2026", seconds=20),
    HealthCheck("server_2025", "Server (2025)", "checks_server.check_server_2025", seconds=20),
)
"""In the order of the report."""


async def run_checks(subject: Subject, checks: Sequence[HealthCheck] = CHECKS) -> AsyncIterator[Step]:
    """Run the checks one by one, and yield each step as soon as it is done."""
    blocked: dict[str, str] = {}
    for check in checks:
        cause = next((blocked[name] for name in check.needs if name in blocked), None)
        if cause is not None:
            blocked[check.name] = cause
            yield Step(check.name, check.label, "skipped", f"Not checked, because {cause} failed.", "", 0)
            continue
        step = await _run_check(check, subject)
        if step.status == "failed":
            blocked[check.name] = check.label
        yield step


async def _run_check(check: HealthCheck, subject: Subject) -> Step:
    """Run one check within its timeout. Whatever happens becomes its result."""
    begun = perf_counter()
    result = failed(f"Gave up after {check.seconds:g} seconds", check.when_late)
    try:
        with anyio.move_on_after(check.seconds):
            module, _, function = check.function.partition(".")
            result = await getattr(import_module(f"telnyx_connections_mcp.cli.doctor.{module}"), function)(subject)
    except ImportError as error:
        result = failed(f"A required package cannot be imported ({error})", REINSTALL)
    except Exception as error:  # noqa: BLE001  # one check that breaks must not keep the others from the reader
        result = failed(f"The check itself failed ({type(error).__name__}: {error})", "report this")
    return Step(
        name=check.name,
        label=check.label,
        status=result.status,
        detail=subject.shown(result.detail),
        advice=subject.shown(result.advice),
        milliseconds=milliseconds_since(begun),
    )
