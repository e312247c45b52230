"""`/phone_numbers`, and its shorter form `/phone_numbers/slim`."""

import re
from collections.abc import Mapping
from dataclasses import replace

from telnyx_connections_mcp.sandbox.filters import Filter, at, compared, contains, equals, in_words, includes, one_of
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.listing import Listing, Sort
from telnyx_connections_mcp.sandbox.listings.common import NEWEST_FIRST, name_of_connection
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings
from telnyx_connections_mcp.sandbox.surroundings.numbers import is_ported, tags_of

COUNTRY = "filter[country_iso_alpha2]"
PAYMENT = "pay-per-minute"
"""How every number of this account is paid for."""
STATUSES = (
    "purchase-pending",
    "purchase-failed",
    "port_pending",
    "port-pending",
    "active",
    "deleted",
    "port-failed",
    "emergency-only",
    "ported-out",
    "port-out-pending",
)


def _digits_within(found: str, text: str) -> bool:
    return text.isascii() and text.isdigit() and text in found


def _three_digits(text: str) -> str:
    return "must have at least 3 digits" if re.fullmatch("[0-9]{0,2}", text) else ""


def _source(_: Surroundings, row: Row) -> str:
    return "ported" if is_ported(row) else "purchased"


_OF_NUMBERS: Mapping[str, Filter] = {
    "filter[tag]": includes(lambda _, row: tags_of(row)),
    "filter[phone_number]": Filter(at("phone_number"), _digits_within, _three_digits),
    "filter[status]": one_of(at("status"), *STATUSES),
    COUNTRY: Filter(at("country_iso_alpha2"), lambda found, text: found in text.split(",")),
    "filter[connection_id]": equals(at("connection_id")),
    "filter[voice.connection_name][contains]": contains(name_of_connection),
    "filter[voice.connection_name][starts_with]": compared(name_of_connection, str.startswith),
    "filter[voice.connection_name][ends_with]": compared(name_of_connection, str.endswith),
    "filter[voice.connection_name][eq]": equals(name_of_connection),
    "filter[voice.usage_payment_method]": one_of(lambda *_: PAYMENT, PAYMENT, "channel"),
    "filter[billing_group_id]": equals(at("billing_group_id")),
    "filter[emergency_address_id]": equals(lambda _, row: row["emergency_address_id"] or "null"),
    "filter[customer_reference]": equals(at("customer_reference")),
    "filter[number_type][eq]": one_of(
        at("phone_number_type"), "local", "national", "toll_free", "mobile", "shared_cost"
    ),
    "filter[source]": one_of(_source, "ported", "purchased"),
}
_NUMBER_SORTS = {
    "purchased_at": Sort(at("purchased_at")),
    "phone_number": Sort(at("phone_number")),
    "connection_name": Sort(name_of_connection),
    "usage_payment_method": Sort(lambda *_: PAYMENT),
}
_NEEDS = {"filter[tag]": "include_tags"} | {
    name: "include_connection" for name in _OF_NUMBERS if "voice.connection_name" in name
}
SLIM_NUMBERS = Listing(
    "/phone_numbers/slim",
    lambda around: around.numbers,
    {name: replace(one, needs=_NEEDS.get(name, "")) for name, one in _OF_NUMBERS.items()},
    _NUMBER_SORTS,
    unsorted=NEWEST_FIRST,
    default_size=20,
    repeatable=(COUNTRY,),
    switches={
        "include_connection": lambda around, row: row | {"connection_name": name_of_connection(around, row)},
        "include_tags": lambda _, row: row | {"tags": tags_of(row)},
    },
)
NUMBERS = Listing(
    "/phone_numbers",
    lambda around: around.whole_numbers,
    {**_OF_NUMBERS, "filter[without_tags]": one_of(lambda _, row: not tags_of(row), "true", "false", of_text=in_words)},
    _NUMBER_SORTS,
    unsorted=NEWEST_FIRST,
    default_size=20,
    repeatable=(COUNTRY,),
    switches={"handle_messaging_profile_error": lambda _, row: row},
)
