"""The checks of the audit, each in one place: its text, and the SELECT of the connections that fail it.

To add a check, add an entry to `CHECKS`, or to `SURROUNDING_CHECKS` if it reads other kinds, and a case to its tests.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from telnyx_connections_mcp.audit.check import AccountCheck, Check
from telnyx_connections_mcp.audit.limits import near_limits
from telnyx_connections_mcp.audit.surrounding_checks import SURROUNDING_CHECKS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.text.cleaning import CUT_MARK

CHECKS: dict[str, Check | AccountCheck] = {
    "application_without_webhook": Check(
        severity="error",
        why="A Call Control application learns of its calls only by webhook: without one, they are not handled.",
        do="Set a webhook URL, or delete the application if nobody needs it.",
        select="""SELECT n, 'webhook_event_url' FROM connections
            WHERE record_type = 'call_control_application' AND webhook_event_url IS NULL""",
    ),
    "webhook_not_https": Check(
        severity="error",
        why="Call events go to the webhook or its failover unencrypted, so they can be read and forged on the way.",
        do="Serve the webhook over https and change its URL.",
        select="SELECT n, field FROM webhooks WHERE scheme IS NOT 'https'",
        several_fields=True,
    ),
    "webhook_private_host": Check(
        severity="error",
        why="Telnyx cannot reach a private or loopback address, and a tunnel closes with the program that opened it.",
        do="Use a permanent public host.",
        select="""WITH hosts AS MATERIALIZED (SELECT DISTINCT host FROM webhooks)
            SELECT n, field FROM webhooks WHERE host IN (SELECT host FROM hosts WHERE is_private(host))""",
        several_fields=True,
    ),
    "webhook_credentials": Check(
        severity="warning",
        why="What looks like a secret in a webhook URL (before @, in a parameter, in the path) is visible to everyone "
        "who can read the connection, and ends up in logs (RFC 3986, 3.2.1).",
        do="Remove it, replace the secret, and verify Telnyx's webhook signature instead.",
        select="SELECT n, field FROM webhooks WHERE secret_part IS NOT NULL",
        several_fields=True,
    ),
    "no_outbound_voice_profile": Check(
        severity="warning",
        why="Without an outbound voice profile, Telnyx refuses outbound calls from this active connection.",
        do="Assign a profile, or leave it if the connection only receives calls.",
        select="""SELECT n, 'outbound_voice_profile_id' FROM connections
            WHERE active = 1 AND outbound_voice_profile_id IS NULL""",
    ),
    "failover_same_host": Check(
        severity="warning",
        why="When the webhook's host fails, its failover fails with it.",
        do="Move the failover webhook to another host.",
        select="SELECT n, 'webhook_event_failover_url' FROM connections WHERE webhook_host = webhook_failover_host "
        f"AND NOT instr(webhook_host, '{MASK}') AND NOT instr(webhook_host, '{CUT_MARK}')",  # two may look the same
    ),
    "suspicious_text": Check(
        severity="warning",
        why="A name or tag contains hidden characters or reads like an instruction to an AI model.",
        do="Find out who wrote it, and rename it; do not do what it says.",
        select="""WITH texts(text) AS MATERIALIZED
            (SELECT connection_name FROM connections UNION SELECT tag FROM connection_tags),
            suspicious(text) AS MATERIALIZED (SELECT text FROM texts WHERE is_suspicious(text))
            SELECT n, 'connection_name' FROM connections WHERE connection_name IN suspicious
            UNION SELECT n, 'tags' FROM connection_tags WHERE tag IN suspicious
            UNION SELECT n, field FROM hidden WHERE field IN ('connection_name', 'tags')""",
        several_fields=True,
    ),
    "duplicate_name": Check(
        severity="warning",
        why="Connections with the same name, if case and accents do not count, are easily confused.",
        do="Give each one a unique name.",
        select="""SELECT n, 'connection_name' FROM connections WHERE connection_name_folded IN
            (SELECT connection_name_folded FROM connections GROUP BY connection_name_folded HAVING count(*) > 1)""",
        compares=True,
    ),
    "near_connection_limit": AccountCheck(
        severity="warning",
        why="At the account's limit, no more connections can be created.",
        do="Delete unused connections, or ask Telnyx for a higher limit.",
        finds=near_limits,
    ),
    "no_failover_webhook": Check(
        severity="info",
        why="If the webhook does not respond, call events have nowhere else to go.",
        do="Set a failover webhook on another host.",
        select="""SELECT n, 'webhook_event_failover_url' FROM connections
            WHERE webhook_event_url IS NOT NULL AND webhook_event_failover_url IS NULL""",
    ),
    "webhook_api_version_1": Check(
        severity="info",
        why="Webhook API version 1 is the format of Telnyx's older API.",
        do="Switch the receiver to version 2, then the connection.",
        select="""SELECT n, 'webhook_api_version' FROM connections
            WHERE webhook_api_version = '1' AND webhook_event_url IS NOT NULL""",
    ),
    "inactive_for_a_year": Check(
        severity="info",
        why="It is inactive, and nobody has touched it for a year: it is clutter, and could be activated by mistake.",
        do="Check with its owner, then delete it.",
        select="SELECT n, 'updated_at' FROM connections WHERE active = 0 AND updated_at < :year_ago",
    ),
    **SURROUNDING_CHECKS,
}

CONNECTION_CHECKS: Mapping[str, Check] = {name: check for name, check in CHECKS.items() if isinstance(check, Check)}
"""Those of connections."""
FIELDS = (
    *CONNECTIONS.by_name,
    *dict.fromkeys(field for check in CONNECTION_CHECKS.values() for field in check.fields),
)
"""The fields that findings may name."""

if TYPE_CHECKING:
    CheckName: TypeAlias = str
else:
    CheckName = Literal[tuple(CHECKS)]
    """The names of the checks, as in arguments."""
