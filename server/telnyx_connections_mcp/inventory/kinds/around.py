"""What other kinds hold of a connection, for conditions and groups: its numbers, addresses, profile and settings."""

from telnyx_connections_mcp.inventory.elsewhere import Elsewhere
from telnyx_connections_mcp.inventory.kind import Condition, Field, Hints
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS, ENCRYPTING
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.operators import Operator, Type

_IN_REGIONS = ("ip_connection", "fqdn_connection", "uac_connection")
"""The types with a SIP region, which is US if it is not set. Source: as connection_settings."""


def _profile(field: str) -> Elsewhere:
    return Elsewhere(
        kind=OUTBOUND_VOICE_PROFILES, field=field, joined="id", own="connections.outbound_voice_profile_id"
    )


def _setting(field: str, expression: str = "") -> Elsewhere:
    return Elsewhere(kind=CONNECTION_SETTINGS, field=field, expression=expression)


def _of_type(types: tuple[str, ...]) -> str:
    return f"its.record_type IN ({', '.join(map(repr, types))})"


_SRTP = (
    "CASE WHEN upper(its.encrypted_media) = 'SRTP' THEN 1 "
    f"WHEN its.encrypted_media IS NULL AND {_of_type(ENCRYPTING)} THEN 0 END"
)
_REGION = f"coalesce(its.sip_region, CASE WHEN {_of_type(_IN_REGIONS)} THEN 'US' END)"

AROUND = (
    Field(
        name="has_numbers",
        type=Type.BOOLEAN,
        meaning="Whether phone numbers ring on it.",
        elsewhere=(Elsewhere(kind=PHONE_NUMBERS),),
        conditions=(
            Condition(
                name="has_numbers",
                operator=Operator.IS,
                meaning="Phone numbers ring on it, or none does.",
                in_schema=False,
            ),
        ),
        group="has_numbers",
    ),
    Field(
        name="has_address",
        type=Type.BOOLEAN,
        meaning="Whether it has an IP address or FQDN.",
        elsewhere=(Elsewhere(kind=IPS), Elsewhere(kind=FQDNS)),
        conditions=(
            Condition(
                name="has_address",
                operator=Operator.IS,
                meaning="Has an IP address or FQDN, or has none.",
                in_schema=False,
            ),
        ),
        group="has_address",
    ),
    Field(
        name="number",
        type=Type.TEXT,
        meaning="A phone number that rings on it.",
        elsewhere=(Elsewhere(kind=PHONE_NUMBERS, field="phone_number"),),
        conditions=(
            Condition(
                name="number",
                operator=Operator.NUMBER,
                meaning="Phone number, in any spelling.",
                noun="the number ",
                hints=Hints.NEAR,
            ),
        ),
    ),
    Field(
        name="address",
        type=Type.TEXT,
        meaning="An IP address or FQDN of it.",
        elsewhere=(
            Elsewhere(kind=IPS, field="ip_address"),
            Elsewhere(kind=FQDNS, field="fqdn", expression="rtrim(lower(its.fqdn), '.')"),
        ),
        conditions=(
            Condition(
                name="address",
                operator=Operator.ADDRESS,
                meaning="IP or FQDN.",
                noun="the address ",
                hints=Hints.NEAR,
            ),
        ),
    ),
    Field(
        name="user_name",
        type=Type.TEXT,
        meaning="Its SIP user name.",
        elsewhere=(_setting("user_name"),),
        conditions=(
            Condition(
                name="user_name",
                operator=Operator.EQUALS,
                meaning="Exact SIP user name.",
                noun="the user name ",
                hints=Hints.NOTHING,
            ),
        ),
    ),
    Field(
        name="profile_name",
        type=Type.TEXT,
        meaning="The name of its outbound voice profile.",
        elsewhere=(_profile("name"),),
        conditions=(
            Condition(
                name="profile_name",
                operator=Operator.CONTAINS,
                meaning="Any part of its outbound voice profile's name.",
                in_schema=False,
                noun="a voice profile name containing ",
            ),
            Condition(
                name="profile_name_exact",
                operator=Operator.EQUALS,
                meaning="Its whole name; case and accents count.",
                in_schema=False,
                noun="exactly the voice profile name ",
            ),
        ),
        group="profile_name",
    ),
    Field(
        name="profile_enabled",
        type=Type.BOOLEAN,
        meaning="Whether its outbound voice profile is switched on.",
        elsewhere=(_profile("enabled"),),
        conditions=(
            Condition(
                name="profile_enabled",
                operator=Operator.IS,
                meaning="Its outbound voice profile is switched on, or off; one without is neither.",
                in_schema=False,
                opposite="profile-disabled",
            ),
        ),
        group="profile_enabled",
    ),
    Field(
        name="srtp",
        type=Type.BOOLEAN,
        meaning="Whether its media is encrypted.",
        elsewhere=(_setting("encrypted_media", _SRTP),),
        conditions=(
            Condition(
                name="srtp",
                operator=Operator.IS,
                meaning="Its media is encrypted, or is not; types without this setting are neither.",
                in_schema=False,
            ),
        ),
        group="srtp",
    ),
    Field(
        name="transport",
        type=Type.TEXT,
        meaning="Its SIP transport.",
        known_values=("UDP", "TCP", "TLS"),
        elsewhere=(_setting("transport_protocol"),),
        conditions=(
            Condition(
                name="transport",
                operator=Operator.SAME,
                meaning="Its SIP transport: UDP, TCP, TLS.",
                in_schema=False,
                noun="the transport ",
                hints=Hints.ALL,
            ),
        ),
        group="transport",
    ),
    Field(
        name="sip_region",
        type=Type.TEXT,
        meaning="Where its SIP proxy is; US unless it is set.",
        known_values=("US", "Europe", "Australia"),
        elsewhere=(_setting("sip_region", _REGION),),
        conditions=(
            Condition(
                name="sip_region",
                operator=Operator.SAME,
                meaning="US, Europe, Australia.",
                noun="the sip_region ",
                hints=Hints.ALL,
            ),
        ),
        group="sip_region",
    ),
)
