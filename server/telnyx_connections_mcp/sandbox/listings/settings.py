"""The nine lists of whole connections: each holds one type, with all its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from telnyx_connections_mcp.sandbox.filters import (
    Filter,
    a_date,
    an_int64,
    anything,
    at,
    contains,
    equals,
    includes,
    one_of,
)
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.listing import Listing
from telnyx_connections_mcp.sandbox.listings.common import (
    APPLICATION_CONTAINS,
    NAME_CONTAINS,
    NEWEST_FIRST,
    OLDER_PROFILE,
    PROFILE,
    both_ways,
    fqdns_of,
)
from telnyx_connections_mcp.sandbox.listings.events import OF_CALLS
from telnyx_connections_mcp.sandbox.queries import LIMIT, SIZE
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

_PROFILE = equals(at("outbound.outbound_voice_profile_id"), an_int64)
_ANY_PROFILE = replace(_PROFILE, why_not=anything)
_OF_SIP = {NAME_CONTAINS: contains(at("connection_name")), "filter[fqdn]": includes(fqdns_of), PROFILE: _PROFILE}


def _numbers(around: Surroundings, row: Row) -> Sequence[str]:
    return around.numbers_of.get(row["id"], ())


def _settings(record_type: str, path: str, filters: Mapping[str, Filter], **rest: Any) -> Listing:
    """The list of the whole objects of a type."""
    order: dict[str, Any] = {"sorts": both_ways("created_at", "connection_name", "active"), "unsorted": NEWEST_FIRST}
    return Listing(path, lambda around: around.settings(record_type), filters, by_id=True, **order | rest)


_OF_APPLICATION = {APPLICATION_CONTAINS: contains(at("application_name"))}
_SHARED_WITH_CALLS = {name: replace(one, holds=lambda *_: True) for name, one in OF_CALLS.items()}
"""Filters that the API describes for Call Control applications as well: their values are checked, and no more."""
SETTINGS = (
    _settings("ip_connection", "/ip_connections", _OF_SIP),
    _settings("fqdn_connection", "/fqdn_connections", _OF_SIP, refusal_of_one=422),
    _settings("credential_connection", "/credential_connections", _OF_SIP),
    _settings(
        "call_control_application",
        "/call_control_applications",
        _SHARED_WITH_CALLS | _OF_APPLICATION | {OLDER_PROFILE: _PROFILE},
        sorts=both_ways("created_at", "active", connection_name="application_name"),
        default_size=20,
        size_names=(LIMIT, SIZE),
        at_most_one="filter[occurred_at]",
        refusal_of_one=422,
    ),
    _settings(
        "texml_application",
        "/texml_applications",
        {PROFILE: _ANY_PROFILE, "filter[friendly_name]": contains(at("friendly_name"), shortest=0)},
        sorts=both_ways("created_at", "friendly_name", "active"),
    ),
    _settings(
        "fax_application",
        "/fax_applications",
        _OF_APPLICATION | {PROFILE: _ANY_PROFILE},
        sorts=both_ways("created_at", "application_name", "active"),
        default_size=20,
    ),
    _settings(
        "external_connection",
        "/external_connections",
        {
            NAME_CONTAINS: contains(lambda around, row: around.by_id[row["id"]]["connection_name"]),
            "filter[external_sip_connection]": one_of(at("external_sip_connection"), "zoom", "operator_connect"),
            "filter[id]": equals(at("id")),
            "filter[created_at]": Filter(at("created_at"), str.startswith, a_date),
            "filter[phone_number][contains]": includes(_numbers),
        },
        sorts={},
        unsorted=None,
        refusal_of_one=422,
    ),
    _settings("uac_connection", "/uac_connections", _OF_SIP),
    _settings(
        "mobile_voice_connection",
        "/v2/mobile_voice_connections",
        {NAME_CONTAINS: contains(at("connection_name"), shortest=0)},
    ),
)
