"""Voice connections of any type: SIP trunks, Call Control, TeXML and fax applications, and their like.

Source of the fields: Telnyx API reference 2.0.0, "List connections".
"""

from telnyx_connections_mcp.inventory.kind import Condition, Field, Hints, Kind, Sort
from telnyx_connections_mcp.inventory.kinds.around import AROUND
from telnyx_connections_mcp.inventory.kinds.webhook_fields import API_VERSION, FAILOVER, WEBHOOK
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.telnyx.parameters import Digits, Fqdn

RECORD_TYPES = (
    "call_control_application",
    "credential_connection",
    "external_connection",
    "fax_application",
    "fqdn_connection",
    "ip_connection",
    "microsoft_teams_sbc_connection",
    "mobile_voice_connection",
    "operator_connect_connection",
    "texml_application",
    "third_party_provider_connection",
    "uac_connection",
    "zoom_sbc_connection",
)
"""The types that Telnyx counts; new ones come without notice.

Source: https://developers.telnyx.com/api-reference/connections/count-connections
"""

SITES = (
    "Latency",
    "Amsterdam, Netherlands",
    "Ashburn, VA",
    "Chicago, IL",
    "Frankfurt, Germany",
    "London, UK",
    "San Jose, CA",
    "Sydney, Australia",
    "Toronto, Canada",
    "Vancouver, Canada",
)
"""Where Telnyx anchors media; more come without notice. Latency is whichever is nearest.

Source: Telnyx API reference 2.0.0, `anchorsite_override`
"""

_ID = Field(
    name="id",
    type=Type.ID,
    meaning="Telnyx's id for the connection, digits as text.",
    conditions=(
        Condition(
            name="ids",
            operator=Operator.ONE_OF,
            meaning="One of these ids; case does not count.",
            in_schema=False,
            noun="the id ",
            hints=Hints.NOTHING,  # all begin alike, so every id is near every other
        ),
    ),
    completes=("id", "connection_id"),
    found_by="connection_name",  # nobody knows an id of 19 digits by heart
)

_NAME = Field(
    name="connection_name",
    type=Type.TEXT,
    meaning="The name that people gave it; several connections can share one.",
    conditions=(
        Condition(
            name="name_contains",
            operator=Operator.CONTAINS,
            meaning="Any part of connection_name.",
            noun="a name containing ",
            hints=Hints.NEAR,
        ),
        Condition(
            name="name_not_contains",
            operator=Operator.NOT_CONTAINS,
            meaning="Not in connection_name.",
            in_schema=False,
            noun="a name containing ",
            hints=Hints.NEAR,
        ),
        Condition(
            name="name_glob",
            operator=Operator.GLOB,
            meaning="Whole name, * for any text: acme-*-prod.",
            noun="a name like ",
            hints=Hints.NEAR,
        ),
        Condition(
            name="name_exact",
            operator=Operator.EQUALS,
            meaning="Whole name; case and accents count.",
            noun="exactly the name ",
            hints=Hints.NEAR,
        ),
        Condition(
            name="unnamed",
            operator=Operator.IS_NOT_SET,
            meaning="true: no name, or a blank one.",
            opposite="named",
        ),
    ),
    group="connection_name",
    sort=Sort(ascending="by name from A to Z", descending="by name from Z to A", sent=True),
    completes=("connection_name", "hint"),
)

_RECORD_TYPE = Field(
    name="record_type",
    type=Type.TEXT,
    meaning="Its type; Telnyx may add more.",
    in_answers="The known ones are listed at `record_type` above.",
    few_values=True,
    known_values=RECORD_TYPES,
    snake_case=True,
    conditions=(
        Condition(
            name="record_type",
            operator=Operator.ONE_OF,
            meaning=f"One of these types, such as {', '.join(RECORD_TYPES)}.",
            noun="the record_type ",
        ),
        Condition(
            name="record_type_not",
            operator=Operator.NONE_OF,
            meaning="None of these types.",
            in_schema=False,
            noun="the record_type ",
        ),
    ),
    group="record_type",
    completes=("record_type",),
)

_ACTIVE = Field(
    name="active",
    type=Type.BOOLEAN,
    meaning="Whether it is switched on. This does not say whether calls succeed.",
    conditions=(
        Condition(
            name="active", operator=Operator.IS, meaning="Switched on, or off.", in_schema=False, opposite="inactive"
        ),
    ),
    group="active",
    sort=Sort(ascending="inactive first", descending="active first", sent=True),
)

_CREATED = Field(
    name="created_at",
    type=Type.TIME,
    meaning="When it was created, UTC.",
    in_answers="Summaries show the day.",
    conditions=(
        Condition(
            name="created_after",
            operator=Operator.FROM,
            meaning="At or after an ISO date, date-time or age: 2026-03-01, 90d, 6m, 2y.",
        ),
        Condition(name="created_before", operator=Operator.BEFORE, meaning="Before."),
    ),
    group="created_year",
    sort=Sort(ascending="oldest first", descending="newest first", sent=True),
)

_UPDATED = Field(
    name="updated_at",
    type=Type.TIME,
    meaning="When its settings last changed, UTC. Not when it last carried a call.",
    in_answers="Summaries show the day.",
    conditions=(
        Condition(
            name="updated_after", operator=Operator.FROM, meaning="Settings changed at or after.", in_schema=False
        ),
        Condition(
            name="updated_before", operator=Operator.BEFORE, meaning="Settings unchanged since this date or age."
        ),
    ),
    sort=Sort(ascending="least recently changed first", descending="most recently changed first"),
)

_VOICE_PROFILE = Field(
    name="outbound_voice_profile_id",
    type=Type.ID,
    meaning="The outbound voice profile; without one, Telnyx refuses its outbound calls.",
    few_values=True,
    conditions=(
        Condition(
            name="outbound_voice_profile_id",
            operator=Operator.EQUALS,
            meaning="Its id, in digits.",
            in_schema=False,
            value=Digits,
            sent=True,
        ),
        Condition(
            name="has_outbound_voice_profile",
            operator=Operator.IS_SET,
            meaning="Has one, or has none.",
            in_schema=False,
        ),
    ),
    group="outbound_voice_profile_id",
    completes=("outbound_voice_profile_id", "hint"),
)

_TAGS = Field(
    name="tags",
    type=Type.TAGS,
    meaning="Labels that people gave it.",
    conditions=(
        Condition(
            name="tags_any",
            operator=Operator.ANY_TAG,
            meaning="At least one of these tags.",
            noun="the tag ",
        ),
        Condition(
            name="tags_all", operator=Operator.EVERY_TAG, meaning="All of these.", in_schema=False, noun="the tag "
        ),
        Condition(
            name="tags_none", operator=Operator.NO_TAG, meaning="None of these.", in_schema=False, noun="the tag "
        ),
        Condition(
            name="tag_exact",
            operator=Operator.EXACT_TAG,
            meaning="Has this tag; case and accents count.",
            noun="exactly the tag ",
        ),
        Condition(
            name="untagged",
            operator=Operator.IS_NOT_SET,
            meaning="true: no tag at all.",
            in_schema=False,
            opposite="tagged",
        ),
    ),
    group="tag",
    completes=("tag", "hint"),
)

_ANCHORSITE = Field(
    name="anchorsite_override",
    type=Type.TEXT,
    meaning="Where its media is anchored; Latency is the default.",
    in_answers="Summaries leave the default out, counts do not.",
    left_out="Latency",
    few_values=True,
    known_values=SITES,
    conditions=(
        Condition(
            name="anchorsite_override",
            operator=Operator.PLACE,
            meaning="Site or its city: Chicago, IL.",
            noun="the anchorsite_override ",
        ),
    ),
    group="anchorsite_override",
    completes=("anchorsite_override",),
)

CONNECTIONS = Kind(
    name="connections",
    noun="connection",
    label="connection",
    sources=(Source(path="connections", fetch_sort="created_at", one=True),),
    keeps_unknown=True,
    fields=(
        _ID,
        _NAME,
        _RECORD_TYPE,
        _ACTIVE,
        _CREATED,
        _UPDATED,
        _VOICE_PROFILE,
        _TAGS,
        WEBHOOK,
        FAILOVER,
        API_VERSION,
        _ANCHORSITE,
    ),
    around=AROUND,
    api_conditions=(
        Condition(name="fqdn", operator=Operator.API, meaning="Exactly this FQDN; case counts.", value=Fqdn, sent=True),
    ),
    finding=Condition(
        name="finding", operator=Operator.FINDING, meaning="Fails one of these checks of audit_connections."
    ),
    where=(
        *("name_contains", "name_not_contains", "name_glob", "name_exact", "unnamed", "ids", "record_type"),
        *("record_type_not", "active", "tags_any", "tags_all", "tags_none", "tag_exact", "untagged"),
        *("anchorsite_override", "outbound_voice_profile_id", "has_outbound_voice_profile", "fqdn", "has_webhook"),
        *("webhook_host", "webhook_scheme", "webhook_url_contains", "has_failover_webhook", "webhook_failover_host"),
        *("webhook_failover_scheme", "webhook_failover_url_contains", "webhook_api_version", "created_after"),
        *("created_before", "updated_after", "updated_before", "has_numbers", "has_address", "number", "address"),
        *(
            "user_name",
            "profile_name",
            "profile_name_exact",
            "profile_enabled",
            "srtp",
            "transport",
            "sip_region",
            "finding",
        ),
    ),
    group_by=(
        *("record_type", "active", "anchorsite_override", "webhook_api_version", "webhook_host"),
        *("outbound_voice_profile_id", "tag", "connection_name", "created_year", "has_numbers", "has_address"),
        *("profile_name", "profile_enabled", "srtp", "transport", "sip_region"),
    ),
    sort=("created_at", "connection_name", "active", "updated_at"),
    usual_sort="-created_at",
    state="active",
    type="record_type",
)
