"""What a check of the audit is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.telnyx.models import Counts

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """A check's severity, why it matters, and what to do about it, a sentence each."""

    severity: Severity
    why: str
    do: str

    def __post_init__(self) -> None:
        """Reject a check that lacks a part."""
        if not (self.why.endswith(".") and self.do.endswith(".")):
            raise ValueError(f"a check says why it matters and what to do in sentences, not {self.why!r}, {self.do!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(CheckText):
    """A check of connections."""

    select: str
    """SQL for the `n` of each connection that fails, and the name of the field concerned.

    It reads the tables of a snapshot and those of `fill_findings.HELP`, and may compare times with `:year_ago`. The
    functions `is_private(host)`, `is_suspicious(text)` and `similar_name(name)` are slow: ask them of distinct values.
    """
    reads: tuple[Kind, ...] = ()
    """What else it reads. Then it has the tables of these kinds too, and selects as well what was found, in words."""
    partly: bool = False
    """Whether what it finds in a part of what it reads is right, even if the rest could not be read."""
    fields: tuple[str, ...] = ()
    """The fields that it names and connections do not have."""
    several_fields: bool = False
    """Whether it concerns one of several fields, so that a finding says which."""
    compares: bool = False
    """Whether it compares connections with each other, so that it depends on which were read."""

    def __post_init__(self) -> None:
        """Reject a check that lacks a part."""
        CheckText.__post_init__(self)
        if not self.select.startswith(("SELECT ", "WITH ")):
            raise ValueError(f"{self.why!r} has no SELECT")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCheck(CheckText):
    """A check of the account as a whole, based on Telnyx's counts."""

    finds: Callable[[Counts], str | None]
    """What is wrong, in words, if anything."""
