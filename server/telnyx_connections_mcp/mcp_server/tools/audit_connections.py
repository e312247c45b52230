"""`audit_connections`: what is wrong, or will be, worst first."""

from collections.abc import Sequence
from typing import Annotated, Any, NotRequired

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.coverage import CoverageInfo, coverage_info, warning
from telnyx_connections_mcp.answers.open_schema import open_object
from telnyx_connections_mcp.answers.spellings import spellings
from telnyx_connections_mcp.answers.token_budget import Answer, fit_to_budget
from telnyx_connections_mcp.answers.wording import filter_words, no_connections, plural
from telnyx_connections_mcp.audit.check import SEVERITIES, Severity
from telnyx_connections_mcp.audit.checks import CHECKS, CONNECTION_CHECKS, CheckName
from telnyx_connections_mcp.audit.findings import (
    NAMED,
    SAME_NAMES,
    Audit,
    DuplicateName,
    Finding,
    NamedConnection,
    account_findings,
    worst_first,
)
from telnyx_connections_mcp.audit.plan import not_checked
from telnyx_connections_mcp.audit.reading import read_and_audit
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.views import Detail, field_text
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.mcp_server.tool import ReadTool, read_tool
from telnyx_connections_mcp.mcp_server.tools.search_connections import MAX_ROWS
from telnyx_connections_mcp.mcp_server.view.conversation import answer_tokens
from telnyx_connections_mcp.query.group_by_sql import MAX_SPELLINGS
from telnyx_connections_mcp.query.where_sql import as_where
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.telnyx.errors import NotFound, TelnyxError
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, Parameters

_MAX_CHECKS = 50
_LONGEST_NAME = 80
_NAMES_A_CONNECTION = SAME_NAMES // NAMED


_FINDING = open_object(
    check="string",
    severity="string",
    count="integer",
    active="integer",
    fields="object",
    why="string",
    do="string",
    connections="array",
    reads="array",
    names="integer",
    exact="object",
    groups="array",
    note="string",
    all_by="object",
)


class AuditConnections(Parameters):
    """The arguments."""

    filter: Annotated[
        ConnectionFilter | None, Field(description="As in list_connections; default: the whole account.")
    ] = None
    checks: Annotated[
        list[CheckName] | None,
        Field(max_length=_MAX_CHECKS, description="Only these; default: all."),
    ] = None
    min_severity: Annotated[Severity, Field(description="Lowest severity to report, default info.")] = "info"
    fresh: Annotated[bool, Field(description="Read again instead of using the snapshot.")] = False


class AuditConnectionsResult(TypedDict):
    """The answer."""

    summary: str
    findings: Annotated[
        list[Annotated[dict[str, Any], WithJsonSchema(_FINDING)]],
        Field(
            description="Of `count` connections the first are named; search_connections with `all_by` lists them all."
        ),
    ]
    not_checked: NotRequired[str]
    also_read: NotRequired[dict[str, int]]
    shortened: NotRequired[str]
    changed: NotRequired[str]
    coverage: CoverageInfo


async def audit_connections(arguments: AuditConnections, account: AccountContext, report: ReportProgress) -> Answer:
    """Audit a snapshot, with what the selected checks read besides."""
    selected = _selected(arguments)
    snapshot, found = await read_and_audit(
        account.snapshots,
        arguments.filter,
        [name for name in selected if name in CONNECTION_CHECKS],
        report,
        fresh=arguments.fresh,
    )
    findings = found.findings
    unchecked = not_checked(found.plan)
    if "near_connection_limit" in selected and arguments.filter is not None:
        whole = "near_connection_limit: it concerns the whole account, so it cannot be used with a filter."
        unchecked = [whole, *unchecked]
    elif "near_connection_limit" in selected:
        try:
            findings = worst_first([*findings, *account_findings(await account.client.count_connections())])
        except NotFound:
            unchecked.append("near_connection_limit: this API does not offer /connections/count.")
        except TelnyxError as error:
            unchecked.append(f"near_connection_limit: {error}")

    where = as_where(arguments.filter)

    def build(_: Detail, shown: int) -> AuditConnectionsResult:
        changed = Changes()
        answer = AuditConnectionsResult(
            summary=_sentence(found, findings, snapshot.coverage, arguments),
            findings=[_said(finding, found, shown - 1, changed, where) for finding in findings],
            coverage=coverage_info(snapshot.coverage, arguments.filter),
        )
        if unchecked:
            answer["not_checked"] = " ".join(unchecked)
        if found.plan.read:
            answer["also_read"] = dict(found.plan.read)
        if shown <= NAMED and findings:
            answer["shortened"] = "Fewer connections are named, to keep the answer short; request fewer checks."
        if changes := changed.words():
            answer["changed"] = changes
        return answer

    return fit_to_budget(answer_tokens(account.settings.max_answer_tokens), build, "summary", NAMED + 1)


TOOL: ReadTool = read_tool(
    audit_connections,
    arguments=AuditConnections,
    result=AuditConnectionsResult,
    title="Audit connections",
    description=(
        "Check every connection for what is or will be wrong (webhooks insecure, unreachable, failing or without "
        "failover, secrets in URLs, voice profiles, missing addresses and registrations, odd settings, duplicate or "
        "suspicious names, what is stale, account limit): findings worst first, with what to do."
    ),
)


def _selected(arguments: AuditConnections) -> Sequence[CheckName]:
    severe = SEVERITIES[: SEVERITIES.index(arguments.min_severity) + 1]
    return [name for name in arguments.checks or CHECKS if CHECKS[name].severity in severe]


def _sentence(found: Audit, findings: Sequence[Finding], coverage: Coverage, arguments: AuditConnections) -> str:
    total = coverage.read if coverage.of is None else coverage.of
    filtered = filter_words(arguments.filter)
    limits = "" if arguments.checks is None and arguments.min_severity == "info" else " by the requested checks"
    left = f" Not checked: {', '.join(found.plan.not_done)}." if found.plan.not_done else ""
    if not findings:
        if not coverage.read:
            by_name = arguments.filter is not None and arguments.filter.connection_name is not None
            near = " search_connections with name_contains suggests similar names." if by_name else ""
            return f"{warning(coverage)}{no_connections(arguments.filter, coverage)}: none was checked.{near}"
        among = f"{coverage.read} of {plural(total, 'connection')}{filtered}"
        return f"{warning(coverage)}Nothing found in {among}{limits}.{left}"
    kinds = ", ".join(filter(None, (_of_severity(severity, found, findings) for severity in SEVERITIES)))
    failed = f"{len(findings)} of the requested checks" if limits else plural(len(findings), "check")
    among = f"all {plural(coverage.read, 'connection')}" if coverage.complete else f"the {coverage.read} read"
    affected = found.affected([finding.name for finding in findings])
    return (
        f"{warning(coverage)}{failed} found something in {affected} of {among}{filtered}: {kinds}, worst first.{left}"
    )


def _of_severity(severity: Severity, found: Audit, findings: Sequence[Finding]) -> str | None:
    """`3 of severity error (28 connections)`; None without findings."""
    names = [finding.name for finding in findings if finding.words.severity == severity]
    affected = found.affected(names)
    about = plural(affected, "connection") if affected else "the account"
    return f"{len(names)} of severity {severity} ({about})" if names else None


def _said(finding: Finding, found: Audit, shown: int, changed: Changes, where: dict[str, Any]) -> dict[str, Any]:
    words, count = finding.words, finding.count
    row: dict[str, Any] = {"check": finding.name, "severity": words.severity}
    if count:
        row["count"] = count
        if finding.active != count:
            row["active"] = finding.active
    if finding.fields:
        row["fields"] = dict(finding.fields)
    if count and (reads := CONNECTION_CHECKS[finding.name].reads):
        row["reads"] = [kind.name for kind in reads]
    row |= {"why": words.why, "do": words.do}
    if finding.name == "duplicate_name":
        row |= _same_names(found, shown * _NAMES_A_CONNECTION, changed)
    elif count:
        row["connections"] = [
            _named(named, changed.row(named.id, number)) for number, named in enumerate(finding.first[:shown], 1)
        ]
    if finding.note:
        row["note"] = finding.note
    all_by = _all_by(finding, found, where) if count else None
    return row | ({"all_by": all_by} if all_by else {})


def _named(connection: NamedConnection, cleaner: Cleaner) -> dict[str, Any]:
    return {
        "id": field_text("id", connection.id, connection.rest, cleaner),
        "connection_name": field_text("connection_name", connection.name, connection.rest, cleaner, _LONGEST_NAME),
    } | ({"detail": connection.detail} if connection.detail else {})


def _all_by(finding: Finding, found: Audit, where: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments of search_connections for all connections of a finding, or for all names that several share.

    None if there are no such arguments: it would compare all connections, not those that the filter selects.
    """
    condition = {"finding": [finding.name]}
    if finding.name != "duplicate_name":
        if where and CONNECTION_CHECKS[finding.name].compares:
            return None
        limit = min(finding.count, MAX_ROWS)
        return {"where": where | condition, "fields": ["id", "connection_name"], "limit": limit}
    if not where:
        return {"where": condition, "group_by": ["connection_name"], "limit": min(found.names, MAX_ROWS)}
    # Only those that the filter selects were compared. One group among them may be of those without a name.
    return {"where": where, "group_by": ["connection_name"], "limit": min(found.names + 1, MAX_ROWS)}


def _same_names(found: Audit, shown: int, changed: Changes) -> dict[str, Any]:
    """How many names, and how many exactly the same; and the most frequent of them."""
    groups = [_same_name(same, changed.at(f"name {place}")) for place, same in enumerate(found.same_names[:shown], 1)]
    return {
        "names": found.names,
        "exact": {"names": found.exact_names, "count": found.exact_count},
        "groups": groups,
    }


def _same_name(same: DuplicateName, cleaner: Cleaner) -> dict[str, Any]:
    """A name, and its spellings if there are several."""
    name = field_text("connection_name", same.name, same.rest, cleaner, _LONGEST_NAME)
    return {"connection_name": name, "count": same.count} | spellings(
        dict(list(same.spellings.items())[:MAX_SPELLINGS]), len(same.spellings), _LONGEST_NAME
    )
