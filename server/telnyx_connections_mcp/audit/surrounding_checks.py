"""The checks that read what surrounds connections: profiles, numbers, addresses, settings, registrations."""

from telnyx_connections_mcp.audit.check import Check
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES

EVERY_DESTINATION = 200
"""Countries from which a profile is open to practically all: ISO 3166-1 has 249."""
COMPARED = (
    "encrypted_media",
    "transport_protocol",
    "codecs",
    "sip_subdomain_receive_settings",
    "sip_uri_calling_preference",
)
"""The settings in which connections with similar names should not differ."""
SIMILAR = 4
"""Connections with similar names that are compared, at least."""
_NAME = 60
_VALUE = 48
_PROFILED = """connections AS c JOIN outbound_voice_profiles AS p ON p.id = c.outbound_voice_profile_id
            WHERE c.active = 1 AND p.enabled"""
_PROFILE = f"""'"' || substr(ifnull(p.name, p.id), 1, {_NAME}) || '"'"""
_WITHOUT_ADDRESS = """FROM connections AS c WHERE active = 1
            AND NOT EXISTS (SELECT 1 FROM ips WHERE connection_id = c.id)
            AND NOT EXISTS (SELECT 1 FROM fqdns WHERE connection_id = c.id) AND record_type ="""
_SET = "connections AS c JOIN connection_settings AS s ON s.connection_id = c.id WHERE"
_NOT_LOST = "('registered', 'trying', 'standby', 'connection_disabled', 'unknown')"
_COUNTRIES = "length(p.whitelisted_destinations) - length(replace(p.whitelisted_destinations, ',', '')) + 1"
_VALUES = " UNION ALL ".join(
    f"SELECT n, record_type, alike, '{name}' AS field, ifnull(substr({name}, 1, {_VALUE}), 'not set') AS value "
    "FROM similar JOIN families USING (record_type, alike)"
    for name in COMPARED
)

SURROUNDING_CHECKS: dict[str, Check] = {
    "profile_disabled": Check(
        severity="error",
        why="Its outbound voice profile is disabled, so Telnyx refuses outbound calls from this active connection.",
        do="Enable the profile, or assign another.",
        reads=(OUTBOUND_VOICE_PROFILES,),
        partly=True,
        select=f"SELECT c.n, 'outbound_voice_profile_id', {_PROFILE} FROM {_PROFILED} = 0",
    ),
    "profile_missing": Check(
        severity="error",
        why="Its outbound voice profile does not exist, so Telnyx refuses outbound calls from this active connection.",
        do="Assign a profile that exists.",
        reads=(OUTBOUND_VOICE_PROFILES,),
        select="""SELECT n, 'outbound_voice_profile_id', outbound_voice_profile_id FROM connections AS c
            WHERE active = 1 AND outbound_voice_profile_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM outbound_voice_profiles AS p WHERE p.id = c.outbound_voice_profile_id)""",
    ),
    "no_address": Check(
        severity="error",
        why="An active IP or FQDN trunk without an address can neither receive calls nor be recognized when it calls.",
        do="Add its IP address or FQDN, or deactivate it.",
        reads=(IPS, FQDNS),
        select=f"""SELECT n, 'ips', NULL {_WITHOUT_ADDRESS} 'ip_connection'
            UNION ALL SELECT n, 'fqdns', NULL {_WITHOUT_ADDRESS} 'fqdn_connection'""",
        fields=("ips", "fqdns"),
    ),
    "registration_lost": Check(
        severity="error",
        why="An active connection that should be registered is not, so calls do not reach its endpoint.",
        do="Check its credentials, its network and the registrar; the last response says more.",
        reads=(CONNECTION_SETTINGS, SIP_REGISTRATIONS),
        partly=True,
        select=f"""SELECT c.n, 'registration_status', s.registration_status
            || ifnull(' since ' || substr(s.registration_status_updated_at, 1, 16) || ' UTC', '') FROM {_SET}
            c.active = 1 AND s.record_type = 'uac_connection' AND lower(s.registration_status) NOT IN {_NOT_LOST}
            UNION SELECT c.n, 'registration_status', ifnull(r.status, 'not registered')
            || ifnull(', ' || r.last_registration_response, '')
            || ifnull(', since ' || substr(r.last_modified, 1, 16) || ' UTC', '')
            FROM connections AS c JOIN sip_registrations AS r ON r.connection_id = c.id
            WHERE c.active = 1 AND r.registered = 0 AND lower(ifnull(r.status, '')) NOT IN {_NOT_LOST}""",
        fields=("registration_status",),
    ),
    "webhook_deliveries_failing": Check(
        severity="error",
        why="Telnyx could not deliver webhooks of this connection in the last day, so call events were lost.",
        do="Check the host named, and its answers in its own log.",
        reads=(WEBHOOK_DELIVERIES,),
        partly=True,
        select="""WITH failed AS (
                SELECT connection_id, host, count(*) AS count,
                    group_concat(DISTINCT ifnull('HTTP ' || http_status, 'no answer')) AS statuses
                FROM webhook_deliveries GROUP BY connection_id, host ORDER BY count DESC
            )
            SELECT c.n, 'webhook_event_url', substr(group_concat(
                ifnull(f.host, 'a host without a name') || ': ' || f.count || ' failed (' || f.statuses || ')', '; '
            ), 1, 200) FROM failed AS f JOIN connections AS c ON c.id = f.connection_id GROUP BY c.n""",
    ),
    "anyone_may_call_in": Check(
        severity="warning",
        why="Anyone on the internet may call it by SIP: its subdomain or its SIP URI accepts calls from everywhere.",
        do="Accept calls from your own connections only, unless it is meant to be open.",
        reads=(CONNECTION_SETTINGS,),
        partly=True,
        select=f"""SELECT c.n, 'sip_subdomain_receive_settings', s.sip_subdomain || '.sip.telnyx.com' FROM {_SET}
            c.active = 1 AND s.sip_subdomain IS NOT NULL AND s.sip_subdomain_receive_settings = 'from_anyone'
            UNION ALL SELECT c.n, 'sip_uri_calling_preference', 'unrestricted' FROM {_SET}
            c.active = 1 AND s.sip_uri_calling_preference = 'unrestricted'""",
        several_fields=True,
        fields=("sip_subdomain_receive_settings", "sip_uri_calling_preference"),
    ),
    "profile_without_spend_limit": Check(
        severity="warning",
        why="Its outbound voice profile has no daily spend limit, so stolen credentials can cost any amount.",
        do="Set and enable a daily spend limit.",
        reads=(OUTBOUND_VOICE_PROFILES,),
        partly=True,
        select=f"""SELECT c.n, 'outbound_voice_profile_id', {_PROFILE} FROM {_PROFILED} = 1
            AND (p.daily_spend_limit_enabled = 0
            OR (p.daily_spend_limit_enabled = 1 AND p.daily_spend_limit IS NULL))""",
    ),
    "profile_every_destination": Check(
        severity="warning",
        why="Its outbound voice profile allows calls to practically every country, which is what toll fraud needs.",
        do="Allow only the countries that are called.",
        reads=(OUTBOUND_VOICE_PROFILES,),
        partly=True,
        select=f"""SELECT c.n, 'outbound_voice_profile_id', {_PROFILE} || ': ' || ({_COUNTRIES}) || ' countries'
            FROM {_PROFILED} = 1 AND {_COUNTRIES} >= {EVERY_DESTINATION}""",
    ),
    "settings_differ": Check(
        severity="warning",
        why="It is set up unlike nearly all active connections of its type with a similar name: probably by mistake.",
        do="Compare it with the others, and correct it or rename it.",
        reads=(CONNECTION_SETTINGS,),
        select=f"""WITH names AS MATERIALIZED (
                SELECT name, similar_name(name) AS alike
                FROM (SELECT DISTINCT connection_name AS name FROM connections WHERE active = 1)
            ), similar AS MATERIALIZED (
                SELECT c.n, c.record_type, alike, {", ".join(f"s.{name}" for name in COMPARED)}
                FROM names JOIN connections AS c ON c.connection_name = names.name
                JOIN connection_settings AS s ON s.connection_id = c.id WHERE c.active = 1 AND alike != ''
            ), families AS MATERIALIZED (
                SELECT record_type, alike, count(*) AS size FROM similar GROUP BY 1, 2 HAVING count(*) >= {SIMILAR}
            ), settings AS MATERIALIZED ({_VALUES}),
            usual AS MATERIALIZED (
                SELECT record_type, alike, field, value, count(*) AS count, size
                FROM settings JOIN families USING (record_type, alike) GROUP BY 1, 2, 3, 4
                HAVING count(*) < size AND count(*) * 4 >= size * 3
            )
            SELECT n, field, field || ' ' || settings.value || ', but ' || usual.value || ' in ' || count || ' of '
            || size || ' alike' FROM settings JOIN usual USING (record_type, alike, field)
            WHERE settings.value != usual.value""",
        several_fields=True,
        compares=True,
        fields=COMPARED,
    ),
    "texml_without_webhook": Check(
        severity="info",
        why="A TeXML application without a voice_url or a webhook does not handle the calls that come in.",
        do="Set its voice_url, unless it only makes calls.",
        reads=(CONNECTION_SETTINGS,),
        partly=True,
        select=f"""SELECT c.n, 'webhook_event_url', 'voice_url not set' FROM {_SET}
            c.record_type = 'texml_application' AND c.webhook_event_url IS NULL AND s.voice_url IS NULL""",
    ),
    "dead_weight": Check(
        severity="info",
        why="It has no phone number and no outbound voice profile, so most likely nobody calls with it.",
        do="Check with its owner, then delete it.",
        reads=(PHONE_NUMBERS,),
        select="""SELECT n, 'phone_numbers', NULL FROM connections AS c WHERE outbound_voice_profile_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM phone_numbers WHERE connection_id = c.id)""",
        fields=("phone_numbers",),
    ),
}
