"""`audit_connections`: what is wrong, or will be, worst first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.coverage import CoverageSaid, coverage_said, warning
from telnyx_connections_mcp.answers.token_budget import Answer, within
from telnyx_connections_mcp.answers.views import Detail
from telnyx_connections_mcp.answers.wording import conditions, none_there, plural
from telnyx_connections_mcp.audit.checks import CHECKS, SEVERITIES, CheckName, Severity
from telnyx_connections_mcp.audit.findings import Finding, audit, limit_finding, worst_first
from telnyx_connections_mcp.inventory.fetch import Fleet, Report
from telnyx_connections_mcp.mcp_server.context import State
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.tools.search_connections import MOST
from telnyx_connections_mcp.query.conditions import as_where
from telnyx_connections_mcp.query.old_grouping import count_groups
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.telnyx.errors import NotFound, TelnyxError
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, Parameters
from telnyx_connections_mcp.text.cleaning import clean, cut, fold, spelled

_MOST_CHECKS = 50
_SHOWN = 3
_SPELLINGS = 3
_NAMES_A_CONNECTION = 3
"""So many duplicate names are shown where one connection of another finding is: they are shorter."""


class AuditConnections(Parameters):
    """The arguments."""

    filter: Annotated[
        ConnectionFilter | None, Field(description="As in list_connections; left out: the whole account.")
    ] = None
    checks: Annotated[
        list[CheckName] | None,
        Field(max_length=_MOST_CHECKS, description="Only these; left out: all."),
    ] = None
    min_severity: Annotated[Severity, Field(description="Least severity to report.")] = "info"
    fresh: Annotated[bool, Field(description="Read anew, not from the last 30 s.")] = False


class Audited(TypedDict):
    """The answer."""

    summary: str
    findings: Annotated[
        list[dict[str, Any]],
        Field(
            description="Of `count` connections the first are named; all by search_connections: where `all_with`, or "
            "arguments `all_by`."
        ),
    ]
    not_checked: NotRequired[str]
    shortened: NotRequired[str]
    changed: NotRequired[str]
    coverage: CoverageSaid


async def audit_connections(arguments: AuditConnections, state: State, report: Report) -> Answer:
    """Read the fleet and check it."""
    fleet = await state.snapshots.get(arguments.filter, report, fresh=arguments.fresh)
    selected = _selected(arguments)
    findings = await fleet.apart(lambda: audit(fleet.connections, selected, datetime.now(UTC)))
    not_checked = None
    if "near_connection_limit" in selected and arguments.filter is not None:
        not_checked = "near_connection_limit: it is about the whole account, so not with a filter."
    elif "near_connection_limit" in selected:
        try:
            limit = limit_finding(await state.client.count_connections())
            findings = worst_first([*findings, *([limit] if limit else [])])
        except NotFound:
            not_checked = "near_connection_limit: this API does not offer /connections/count."
        except TelnyxError as error:
            not_checked = f"near_connection_limit: {error}"

    asked = as_where(arguments.filter)

    def build(_: Detail, shown: int) -> Audited:
        cleaner = Cleaner()
        answer = Audited(
            summary=_sentence(findings, fleet, arguments),
            findings=[_said(finding, shown - 1, cleaner, asked) for finding in findings],
            coverage=coverage_said(fleet.coverage, arguments.filter),
        )
        if not_checked:
            answer["not_checked"] = not_checked
        if shown <= _SHOWN and findings:
            answer["shortened"] = "Fewer connections are named, to keep the answer short; ask for fewer checks."
        if changes := cleaner.changes():
            answer["changed"] = changes
        return answer

    return await fleet.apart(lambda: within(state.settings.max_answer_tokens, build, "summary", _SHOWN + 1))


TOOL: ReadTool = read_tool(
    audit_connections,
    arguments=AuditConnections,
    result=Audited,
    title="Audit connections",
    description=(
        "Check every connection for what is wrong or will be (webhooks missing, insecure, unreachable or without "
        "failover, secrets in URLs, no voice profile, duplicate names, suspicious texts, stale ones, account limit): "
        "findings worst first, with what to do."
    ),
)


def _selected(arguments: AuditConnections) -> Collection[CheckName]:
    severe = SEVERITIES[: SEVERITIES.index(arguments.min_severity) + 1]
    return [name for name in arguments.checks or CHECKS if CHECKS[name].severity in severe]


def _sentence(findings: list[Finding], fleet: Fleet, arguments: AuditConnections) -> str:
    coverage = fleet.coverage
    total = coverage.read if coverage.of is None else coverage.of
    asked = conditions(arguments.filter)
    limits = "" if arguments.checks is None and arguments.min_severity == "info" else " by the checks asked for"
    if not findings:
        if not fleet.connections:
            by_name = arguments.filter is not None and arguments.filter.connection_name is not None
            near = " search_connections with name_contains says which names are near." if by_name else ""
            return f"{warning(coverage)}{none_there(arguments.filter, coverage)}: none was checked.{near}"
        among = f"{coverage.read} of {plural(total, 'connection')}{asked}"
        return f"{warning(coverage)}Nothing found in {among}{limits}."
    kinds = ", ".join(_of_severity(severity, findings) for severity in SEVERITIES if _about(findings, severity))
    affected = len({id(connection) for finding in findings for connection in finding.connections})
    found = f"{len(findings)} of the checks asked for" if limits else plural(len(findings), "check")
    among = f"all {plural(coverage.read, 'connection')}" if coverage.complete else f"the {coverage.read} read"
    return f"{warning(coverage)}{found} found something in {affected} of {among}{asked}: {kinds}, worst first."


def _about(findings: Sequence[Finding], severity: Severity) -> list[Finding]:
    return [finding for finding in findings if finding.check.severity == severity]


def _of_severity(severity: Severity, findings: Sequence[Finding]) -> str:
    """`3 of severity error (28 connections)`."""
    found = _about(findings, severity)
    affected = len({id(connection) for finding in found for connection in finding.connections})
    return f"{len(found)} of severity {severity} ({plural(affected, 'connection') if affected else 'the account'})"


def _said(finding: Finding, shown: int, cleaner: Cleaner, asked: dict[str, Any]) -> dict[str, Any]:
    check, count = finding.check, len(finding.connections)
    said: dict[str, Any] = {"check": finding.name, "severity": check.severity}
    if count:
        said["count"] = count
        active = sum(connection.active is True for connection in finding.connections)
        if active != count:
            said["active"] = active
    said |= {"why": check.why, "do": check.do}
    if finding.name == "duplicate_name":
        return said | _names(finding, shown, cleaner, asked)
    if finding.connections:
        said["connections"] = [
            {
                "id": cleaner.text(connection.id or ""),
                "connection_name": cleaner.text(connection.connection_name or "", 80),
            }
            for connection in finding.connections[:shown]
        ]
    if finding.note:
        said["note"] = finding.note
    if check.where and count > shown:
        said["all_with"] = check.where | asked
    return said


def _names(finding: Finding, shown: int, cleaner: Cleaner, asked: dict[str, Any]) -> dict[str, Any]:
    """The most frequent of the names that several connections have, and how to get them all."""
    names = count_groups(finding.connections, ["connection_name"])
    spellings = _spellings(finding.connections)
    first = [
        {"connection_name": cleaner.text(str(name), 80), "count": count} | spellings.get(fold(str(name)), {})
        for (name,), count in names[: shown * _NAMES_A_CONNECTION]
    ]
    said: dict[str, Any] = {"names": len(names), "groups": first}
    if len(first) < len(names):
        where = {"where": asked} if asked else {}
        most = min(len(names) + 1, MOST)  # the largest groups first; one may be that of connections without a name
        said["all_by"] = {**where, "group_by": ["connection_name"], "limit": most}
    return said


def _spellings(connections: Sequence[Connection]) -> dict[str, dict[str, list[str]]]:
    """By folded name, how it is `spelled` where white space alone tells it from what it looks like."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for connection in connections:
        name = connection.connection_name or ""
        if (exactly := spelled(name)) != clean(name):
            found[fold(name)][cut(mask_text(exactly), 80)] = None
    return {name: {"spelled": [*each][:_SPELLINGS]} for name, each in found.items()}
