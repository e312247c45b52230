"""The result of a check, and its line in the report."""

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
"""What to do about a broken installation."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check: `detail` says what was found, `advice` what to do about it, if anything."""

    status: Status
    detail: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the report: the result of a check (`name` for programs, `label` for people) and how long it took."""

    name: str
    label: str
    status: Status
    detail: str
    advice: str
    milliseconds: int


def ok(detail: str) -> CheckResult:
    """Nothing to do."""
    return CheckResult("ok", detail)


def warning(detail: str, advice: str) -> CheckResult:
    """It works, but something should be done."""
    return CheckResult("warning", detail, advice)


def failed(detail: str, advice: str) -> CheckResult:
    """It does not work until something is done."""
    return CheckResult("failed", detail, advice)


def not_needed(detail: str) -> CheckResult:
    """There is nothing to check, which is fine."""
    return CheckResult("skipped", detail)


def combined(found: Mapping[str, CheckResult]) -> CheckResult:
    """The results for several accounts in one: as bad as the worst, with the advice for that one.

    For a single account, its result.
    """
    worst, result = max(found.items(), key=lambda item: _FROM_BEST.index(item[1].status))
    if len(found) == 1:
        return result
    detail = "; ".join(f"{name}: {each.detail}" for name, each in found.items())
    return CheckResult(result.status, detail, f"for {worst}, {result.advice}" if result.advice else "")


def milliseconds_since(begun: float) -> int:
    """Whole milliseconds since `time.perf_counter()` was `begun`."""
    return round((perf_counter() - begun) * 1000)


def counted(number: int, noun: str) -> str:
    """`1 address`, `2 addresses`, `1,200 connections`."""
    plural = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural}"
