"""The sentence about what surrounds a connection: a phrase for each part that was read."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from telnyx_connections_mcp.answers.wording import word
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS, ENCRYPTING
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES
from telnyx_connections_mcp.inventory.record import named
from telnyx_connections_mcp.inventory.snapshot_tables import Value
from telnyx_connections_mcp.inventory.times import instant_of, shown_time
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.surroundings.found import Found
from telnyx_connections_mcp.surroundings.unreadable import Unreadable

_MAX_COUNTRIES = 5
_Read = Mapping[Kind, Found | Unreadable]


def phrases(read: _Read, record_type: str, now: datetime) -> Iterator[str]:
    """What was read, for a sentence that begins with the connection; last, what could not be read."""
    if settings := _first(read, CONNECTION_SETTINGS):
        yield from _settings(settings, record_type)
    if (addresses := _counted(read, IPS, FQDNS)) is not None:
        yield _some(addresses, "address", "addresses")
    if (numbers := _counted(read, PHONE_NUMBERS)) is not None:
        yield _some(numbers, "number", "numbers")
    if isinstance(profile := read.get(OUTBOUND_VOICE_PROFILES), Found):
        found = _first(read, OUTBOUND_VOICE_PROFILES)
        without = "its outbound voice profile does NOT EXIST" if profile.notes else "no outbound voice profile"
        yield _profile(found) if found else without
    if isinstance(registered := read.get(SIP_REGISTRATIONS), Found):
        registration = _first(read, SIP_REGISTRATIONS)
        without = "registration unknown" if registered.of is None else "no registration"
        yield _registration(registration, now) if registration else without
    yield from _failures(read)
    if isinstance(changes := read.get(ACCOUNT_CHANGES), Found):
        yield _changes(changes)
    if missing := [kind.labels for kind, what in read.items() if isinstance(what, Unreadable)]:
        yield f"NOT READ: {', '.join(missing)}"


def _first(read: _Read, kind: Kind) -> Mapping[str, Value] | None:
    """The values of the one object of that kind, by column; None if there is none, or it could not be read."""
    found = read.get(kind)
    return named(kind, found.records[0]) if isinstance(found, Found) and found.records else None


class _Count(NamedTuple):
    """How many objects there are."""

    number: int
    more: bool = False
    """Whether there may be more."""
    unproven: bool = False
    """Whether there may be fewer, because some do not say whose they are."""


def _counted(read: _Read, *kinds: Kind) -> _Count | None:
    """How many objects of these kinds there are; None if a kind was not read."""
    found = [read.get(kind) for kind in kinds]
    listed = [each for each in found if isinstance(each, Found)]
    if len(listed) < len(kinds):
        return None
    return _Count(
        sum(len(each.records) if each.of is None else each.of for each in listed),
        more=any(each.of is None for each in listed),
        unproven=any(each.unproven for each in listed),
    )


def _some(counted: _Count, one: str, several: str) -> str:
    """`no number`, `1 number`, `2 numbers`, `250 or more numbers`, `possibly 3 numbers`."""
    maybe = "possibly " if counted.unproven else ""
    if counted.more:
        return f"{maybe}{counted.number} or more {several}"
    return f"{maybe}{counted.number or 'no'} {several if counted.number > 1 else one}"


def _settings(settings: Mapping[str, Value], record_type: str) -> Iterator[str]:
    if transport := settings["transport_protocol"]:
        yield word(transport)
    if media := settings["encrypted_media"]:
        yield word(media)
    elif record_type in ENCRYPTING:
        yield "SRTP off"
    if settings["sip_subdomain"] and settings["sip_subdomain_receive_settings"] == "from_anyone":
        yield "anyone may call its SIP subdomain"
    if settings["sip_uri_calling_preference"] == "unrestricted":
        yield "anyone may call its SIP URI"


def _profile(profile: Mapping[str, Value]) -> str:
    name = quoted(str(profile["name"] or profile["id"] or ""))
    if profile["enabled"] is not None and not profile["enabled"]:
        return f"profile {name} DISABLED"
    countries = [each for each in str(profile["whitelisted_destinations"] or "").split(", ") if each]
    where = ", ".join(word(each) for each in countries[:_MAX_COUNTRIES])
    more = f" and {len(countries) - _MAX_COUNTRIES} more" if len(countries) > _MAX_COUNTRIES else ""
    state = "" if profile["enabled"] is None else " enabled"
    return f"profile {name}{state}{f' for {where}{more}' if where else ''}{_spend(profile)}"


def _spend(profile: Mapping[str, Value]) -> str:
    """What a profile may spend; empty if Telnyx did not say whether that is limited."""
    limited, limit = profile["daily_spend_limit_enabled"], profile["daily_spend_limit"]
    if limited is None:
        return ""
    if not limited:
        return " without a spend limit"
    return " with an unknown spend limit" if limit is None else f" with {limit} USD a day"


def _registration(registration: Mapping[str, Value], now: datetime) -> str:
    ago = _ago(registration["last_modified"], now)
    if registration["registered"]:
        address = registration["ip_address"]
        return " ".join(filter(None, ["registered", f"from {word(address)}" if address else "", ago]))
    words = [registration["status"], registration["last_registration_response"]]
    why = ", ".join(word(each) for each in words if each)
    state = "in an unknown state of registration" if registration["registered"] is None else "NOT registered"
    return f"{state}{f' ({why})' if why else ''}{f', last {ago}' if ago else ''}"


def _ago(kept: Value, now: datetime) -> str:
    """`3 min ago`; empty if it is not known when."""
    instant = instant_of(shown_time(str(kept))) if kept else None
    if instant is None:
        return ""
    minutes = max(0, int((now - instant).total_seconds())) // 60
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"


def _failures(read: _Read) -> Iterator[str]:
    deliveries, events = _counted(read, WEBHOOK_DELIVERIES), _counted(read, CALL_EVENTS)
    day = next(
        (what.within for kind in (WEBHOOK_DELIVERIES, CALL_EVENTS) if isinstance(what := read.get(kind), Found)), ""
    )
    if deliveries == events == _Count(0):
        yield f"no failures in {day}"
        return
    said = [
        *([_some(deliveries, WEBHOOK_DELIVERIES.label, WEBHOOK_DELIVERIES.labels)] if deliveries else []),
        *([_some(events, "failed call event", "failed call events")] if events else []),
    ]
    if said:
        yield f"{' and '.join(said)} in {day}"


def _changes(changes: Found) -> str:
    return f"{_some(_Count(len(changes.records)), 'change', 'changes')} in {changes.within}"
