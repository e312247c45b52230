"""What a check finds, and what becomes of it in the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

Status = Literal["ok", "warning", "failed", "skipped"]
_FROM_BEST = ("skipped", "ok", "warning", "failed")

REINSTALL = (
    "reinstall it, for example with `pipx install --force telnyx-connections-mcp` or "
    "`uv tool install --force telnyx-connections-mcp`"
)
"""What to do about an installation that is broken."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found: `detail` says what is, `advice` what to do, where something is to be done."""

    status: Status
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the report: a finding, of which check (`name` for programs, `label` for people), in what time."""

    name: str
    label: str
    status: Status
    detail: str
    advice: str
    milliseconds: int


def ok(detail: str) -> CheckResult:
    """Nothing is to be done."""
    return CheckResult("ok", detail)


def warning(detail: str, advice: str) -> CheckResult:
    """It works, and yet something should be done."""
    return CheckResult("warning", detail, advice)


def failed(detail: str, advice: str) -> CheckResult:
    """It does not work until something is done."""
    return CheckResult("failed", detail, advice)


def not_needed(detail: str) -> CheckResult:
    """There is nothing to check here, which is no fault."""
    return CheckResult("skipped", detail)


def together(found: Mapping[str, CheckResult]) -> CheckResult:
    """One finding about several accounts, by their names: as bad as the worst, with what to do about that one.

    Of one account alone, the finding itself.
    """
    worst, finding = max(found.items(), key=lambda item: _FROM_BEST.index(item[1].status))
    if len(found) == 1:
        return finding
    detail = "; ".join(f"{name}: {each.detail}" for name, each in found.items())
    return CheckResult(finding.status, detail, f"for {worst}, {finding.advice}" if finding.advice else "")


def milliseconds_since(begun: float) -> int:
    """Whole milliseconds since `time.perf_counter()` was `begun`."""
    return round((perf_counter() - begun) * 1000)


def counted(number: int, noun: str) -> str:
    """`1 address`, `2 addresses`, `1,200 connections`."""
    plural = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural}"
