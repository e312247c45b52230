"""The two webhooks of a connection: what is asked of the primary one is asked of the failover in the same words."""

from telnyx_connections_mcp.inventory.kind import Condition, Field, Hints
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.url_parts import Url


def _url_conditions(prefix: str, which: str, host: str, scheme: str, part: str) -> tuple[Condition, ...]:
    """Conditions on the parts of a URL, with what they mean, which names beside those of the primary one say."""
    in_schema = which == "primary"
    return (
        Condition(
            name=f"{prefix}_host",
            operator=Operator.HOST,
            meaning=host,
            in_schema=in_schema,
            noun=f"the {prefix}_host ",
        ),
        Condition(
            name=f"{prefix}_scheme",
            operator=Operator.SCHEME,
            meaning=scheme,
            in_schema=in_schema,
            noun=f"the {prefix}_scheme ",
            hints=Hints.ALL,
        ),
        Condition(
            name=f"{prefix}_url_contains",
            operator=Operator.URL_CONTAINS,
            meaning=part,
            in_schema=in_schema,
            noun=f"a {which} webhook URL containing ",
            hints=Hints.NOTHING,
        ),
    )


WEBHOOK = Field(
    name="webhook_event_url",
    type=Type.URL,
    meaning="Where Telnyx sends call events, with secrets as ***.",
    in_answers="Only full rows show it.",
    conditions=(
        Condition(
            name="has_webhook", operator=Operator.IS_SET, meaning="Has a primary webhook, or has none.", in_schema=False
        ),
        *_url_conditions(
            "webhook",
            "primary",
            "Primary webhook at this host or below it: example.com.",
            "Of the primary webhook: http.",
            "Any part of the primary URL as shown (secrets are ***).",
        ),
    ),
    group="webhook_host",
    completes=("webhook_host", "hint"),
    url=Url(prefix="webhook"),
)

FAILOVER = Field(
    name="webhook_event_failover_url",
    type=Type.URL,
    meaning="Where they go if the first does not respond, with secrets as ***.",
    in_answers="Only full rows show it.",
    conditions=(
        Condition(
            name="has_failover_webhook",
            operator=Operator.IS_SET,
            meaning="Has a failover webhook, or has none.",
            in_schema=False,
        ),
        *_url_conditions(
            "webhook_failover",
            "failover",
            "As webhook_host, of the failover.",
            "As webhook_scheme.",
            "As webhook_url_contains.",
        ),
    ),
    url=Url(prefix="webhook_failover"),
)

API_VERSION = Field(
    name="webhook_api_version",
    type=Type.TEXT,
    meaning="The format of the events: 1 or 2.",
    few_values=True,
    conditions=(
        Condition(
            name="webhook_api_version", operator=Operator.EQUALS, meaning="1 or 2.", noun="the webhook_api_version "
        ),
    ),
    group="webhook_api_version",
)
