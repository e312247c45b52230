"""Decides which checks can be done with what could be read, and says why the others cannot."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, field

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.surroundings.unreadable import Unreadable

Around = Mapping[str, Snapshot | Unreadable]
"""What was read of other kinds than connections, by the name of the kind."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which checks are done, and with what."""

    done: tuple[str, ...]
    databases: Mapping[str, Database]
    """What they read, by the name of the kind; an empty one for what could not be read."""
    read: Mapping[str, int] = field(default_factory=dict)
    """By name of what was read: how many objects."""
    not_done: Mapping[str, str] = field(default_factory=dict)
    """By check: why it cannot be done."""
    in_part: Mapping[str, str] = field(default_factory=dict)
    """By check that is done nevertheless: what it lacks."""

    @property
    def version(self) -> Hashable:
        """Another one if the audit may be another."""
        said = (tuple(each.items()) for each in (self.not_done, self.in_part, self.read))
        return (self.done, *map(self.inputs, self.done), *said)

    def covers(self, other: "Plan") -> bool:
        """Whether what it does answers `other` too: the same checks or fewer, of the same databases."""
        same = all(name in self.done and self.inputs(name) == other.inputs(name) for name in other.done)
        return same and not any(name in self.done for name in other.not_done)

    def inputs(self, check: str) -> tuple[str, ...]:
        """The databases that a check reads besides connections."""
        return tuple(self.databases[kind.name].uri for kind in CONNECTION_CHECKS[check].reads)


def kinds_of(checks: Iterable[str]) -> tuple[Kind, ...]:
    """What the named checks read besides connections, each kind once."""
    return tuple(dict.fromkeys(kind for name in checks for kind in CONNECTION_CHECKS[name].reads))


def plan(checks: Collection[str], around: Around, types: Set[str]) -> Plan:
    """What can be done of `checks`; `types` are those of the connections that there are."""
    done, not_done, in_part = [], {}, {}
    missing = {kind.name: _missing(kind, around.get(kind.name), types) for kind in kinds_of(checks)}
    for name in checks:
        check = CONNECTION_CHECKS[name]
        lacks = [why for kind in check.reads if (why := missing[kind.name])]
        readable = any(isinstance(around.get(kind.name), Snapshot) for kind in check.reads)
        if lacks and not (readable and check.partly):
            not_done[name] = lacks[0]
            continue
        done.append(name)
        if lacks:
            in_part[name] = lacks[0]
    databases = {kind.name: _database(kind, around.get(kind.name)) for kind in kinds_of(done)}
    read = {name: each.coverage.read for name in databases if isinstance(each := around.get(name), Snapshot)}
    return Plan(tuple(done), databases, read, not_done, in_part)


def not_checked(planned: Plan) -> list[str]:
    """A sentence for each reason why checks were not done, or only in part, with their names."""
    said: dict[str, list[str]] = {}
    for name, why in planned.not_done.items():
        said.setdefault(why, []).append(name)
    for name, why in planned.in_part.items():
        said.setdefault(why, []).append(f"{name} (in part)")
    return [f"{', '.join(names)}: {why.rstrip('.')}." for why, names in said.items()]


def _missing(kind: Kind, read: Snapshot | Unreadable | None, types: Set[str]) -> str | None:
    """What is missing of what was read of a kind, in words; None if nothing that concerns connections of `types`."""
    if read is None:
        return f"{kind.labels} were not read"
    if isinstance(read, Unreadable):
        return read.why
    coverage = read.coverage
    if coverage.complete:
        return None
    if coverage.rest_complete:
        listed = {source.path: source.record_types for source in kind.sources}
        if types.isdisjoint(of_type for path in coverage.left_out for of_type in listed[path]):
            return None
        return f"{kind.labels}, {coverage.why}"
    of = "" if coverage.of is None else f" of {coverage.of}"
    return f"only {coverage.read}{of} {kind.labels} were read ({coverage.why})"


def _database(kind: Kind, read: Snapshot | Unreadable | None) -> Database:
    if isinstance(read, Snapshot):
        return read.database
    empty = Database(kind)
    empty.finish()
    return empty
