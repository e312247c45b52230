"""The report: lines for a person, one object for a program, and what both of them conclude."""

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.doctor.check_result import Status, Step, counted

_STATUS_WIDTH = 9
_LABEL_WIDTH = 15
_INDENT = " " * (_STATUS_WIDTH + _LABEL_WIDTH)


def overall(steps: Sequence[Step]) -> Status:
    """The worst of them: failed, else warning, else ok."""
    found = {step.status for step in steps}
    return "failed" if "failed" in found else "warning" if "warning" in found else "ok"


def as_object(steps: Sequence[Step]) -> dict[str, Any]:
    """The report for JSON. `conclusion` is the last sentence of the report for people."""
    return {
        "version": __version__,
        "overall": overall(steps),
        "conclusion": conclusion(steps),
        "steps": [asdict(step) for step in steps],
    }


def as_lines(step: Step, width: int) -> tuple[str, str]:
    """The status, padded, and the rest of the step's lines, none wider than `width` where words allow it."""
    text = _wrapped(f"{step.label:<{_LABEL_WIDTH}}{step.detail}", width, " " * _STATUS_WIDTH)
    if step.advice:
        text += "\n" + _INDENT + _wrapped(f"What to do: {step.advice}.", width, _INDENT)
    return f"{step.status:<{_STATUS_WIDTH}}", text


def as_paragraph(text: str, width: int) -> str:
    """`text` in lines that begin at the margin."""
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def conclusion(steps: Sequence[Step]) -> str:
    """One sentence: that everything works, or what to mend first."""
    first = next((step for step in steps if step.status == "failed"), None)
    if first is not None:
        return f"Fix first: {first.label}. {first.detail.rstrip('.')}: {first.advice}."
    fleet = next((step.detail for step in steps if step.name == "fleet" and step.status == "ok"), "no check failed")
    warnings = sum(step.status == "warning" for step in steps)
    also = f" {counted(warnings, 'warning')} to review." if warnings else ""
    return f"Everything works: {fleet[:1].lower()}{fleet[1:].rstrip('.')}.{also}"


def _wrapped(text: str, width: int, first: str) -> str:
    """`text` wrapped into lines; the first follows `first`, which is already printed, and the others align with it."""
    broken = fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return broken[len(first) :]
