"""Each check of what surrounds connections, with connections that fail it and others that pass."""

from typing import Any

import pytest

from telnyx_connections_mcp.audit.similar_names import similar_name

from .around import Rows, found

pytestmark = pytest.mark.anyio
PROFILE = "outbound_voice_profile_id"


def connection(number: int, record_type: str = "ip_connection", **fields: Any) -> dict[str, Any]:
    return {"id": str(number), "record_type": record_type, "connection_name": f"c{number}", "active": True} | fields


def with_profiles() -> Rows:
    """An active connection with each of five profiles, an inactive one, and one without a profile."""
    rows = [connection(number, **{PROFILE: str(number)}) for number in range(1, 6)]
    return [*rows, connection(6, **{PROFILE: "2"}, active=False), connection(7)]


PROFILES: Rows = [
    {"id": "1", "name": "sound", "enabled": True, "daily_spend_limit_enabled": True, "daily_spend_limit": "200.00"},
    {"id": "2", "name": "off", "enabled": False, "daily_spend_limit_enabled": False},
    {"id": "3", "name": "no limit", "enabled": True, "daily_spend_limit_enabled": False, "daily_spend_limit": "200.00"},
    {
        "id": "4",
        "enabled": True,
        "daily_spend_limit_enabled": True,
        "whitelisted_destinations": [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRST"],
    },
]


@pytest.mark.parametrize(
    ("check", "findings"),
    [
        ("profile_disabled", [("2", PROFILE, '"off"')]),
        ("profile_missing", [("5", PROFILE, "5")]),
        ("profile_without_spend_limit", [("3", PROFILE, '"no limit"'), ("4", PROFILE, '"4"')]),
        ("profile_every_destination", [("4", PROFILE, '"4": 200 countries')]),
    ],
)
async def test_profiles(check: str, findings: list[tuple[str, str, str]]) -> None:
    """Only active connections count, and the profile is named; what a disabled one allows does not matter."""
    assert await found(check, with_profiles(), outbound_voice_profiles=PROFILES) == findings


async def test_a_profile_that_says_nothing_is_not_blamed() -> None:
    """A field that Telnyx leaves out is unknown, and neither off nor open."""
    bare: Rows = [{"id": "1"}, {"id": "2", "enabled": True}]
    for check in ("profile_disabled", "profile_without_spend_limit", "profile_every_destination"):
        assert await found(check, with_profiles()[:2], outbound_voice_profiles=bare) == []


async def test_addresses() -> None:
    """An active IP or FQDN trunk needs an IP address or an FQDN, whichever it is."""
    rows = [
        *(connection(number) for number in (1, 2, 3)),
        *(connection(number, "fqdn_connection") for number in (4, 5)),
        connection(6, active=False),
        connection(7, "credential_connection"),
    ]
    ips: Rows = [{"id": "a", "connection_id": 2}, {"id": "b", "connection_id": "99"}, {"id": "c"}]
    fqdns: Rows = [{"id": "d", "connection_id": "3"}, {"id": "e", "connection_id": "5"}]
    assert await found("no_address", rows, ips=ips, fqdns=fqdns) == [("1", "ips", None), ("4", "fqdns", None)]


async def test_dead_weight() -> None:
    """A connection with a number, or with a profile, is of use."""
    rows = [connection(1), connection(2, **{PROFILE: "5"}), connection(3), connection(4, active=False)]
    numbers: Rows = [{"id": "n", "phone_number": "+13125550123", "connection_id": "3"}]
    assert await found("dead_weight", rows, phone_numbers=numbers) == [
        ("1", "phone_numbers", None),
        ("4", "phone_numbers", None),
    ]


async def test_who_may_call_in() -> None:
    """The subdomain counts only if there is one, and each way is a finding."""
    rows = [connection(number) for number in (1, 2, 3)]
    settings: Rows = [
        {
            "id": "1",
            "inbound": {"sip_subdomain": "acme", "sip_subdomain_receive_settings": "from_anyone"},
            "sip_uri_calling_preference": "unrestricted",
        },
        {"id": "2", "inbound": {"sip_subdomain": None, "sip_subdomain_receive_settings": "from_anyone"}},
        {
            "id": "3",
            "inbound": {"sip_subdomain": "acme3", "sip_subdomain_receive_settings": "only_my_connections"},
            "sip_uri_calling_preference": "internal",
        },
    ]
    assert await found("anyone_may_call_in", rows, connection_settings=settings) == [
        ("1", "sip_subdomain_receive_settings", "acme.sip.telnyx.com"),
        ("1", "sip_uri_calling_preference", "unrestricted"),
    ]


async def test_lost_registrations() -> None:
    """UAC connections say it in their settings, credential connections are asked for; inactive ones do not count."""
    uac, credential = "uac_connection", "credential_connection"
    rows = [
        *(connection(number, uac) for number in (1, 2, 3)),
        connection(4, uac, active=False),
        *(connection(number, credential) for number in (5, 6, 7)),
    ]
    settings: Rows = [
        {"id": "1", "record_type": uac, "registration_status": "Registered"},
        {
            "id": "2",
            "record_type": uac,
            "registration_status": "failed",
            "registration_status_updated_at": "2026-11-24T12:00:00.5Z",
        },
        {"id": "3", "record_type": uac, "registration_status": "trying"},
        {"id": "4", "record_type": uac, "registration_status": "failed"},
    ]
    registrations: Rows = [
        {"connection_id": "5", "registered": True, "sip_registration_status": "registered"},
        {
            "connection_id": "6",
            "registered": False,
            "sip_registration_status": "failed",
            "last_registration_response": "408 Request Timeout",
            "sip_registration_details": {"last_modified": "2026-11-25T22:47:22Z"},
        },
        {"connection_id": "7", "registered": False, "sip_registration_status": "unknown"},
    ]
    assert await found("registration_lost", rows, connection_settings=settings, sip_registrations=registrations) == [
        ("2", "registration_status", "failed since 2026-11-24 12:00 UTC"),
        ("6", "registration_status", "failed, 408 Request Timeout, since 2026-11-25 22:47 UTC"),
    ]


def delivery(number: int, connection_id: str | None, url: str | None, status: int | None) -> dict[str, Any]:
    attempt = {"http": {"request": {"url": url}, "response": {"status": status} if status else None}}
    payload = {"connection_id": connection_id} if connection_id else {}
    return {"id": str(number), "status": "failed", "webhook": {"payload": payload}, "attempts": [attempt]}


async def test_failing_deliveries() -> None:
    """The hosts are named, with how many failed and how; a delivery that names no connection belongs to none."""
    deliveries = [
        delivery(1, "1", "https://hooks.acme.example/voice?token=s3cr3t", 503),
        delivery(2, "1", "https://hooks.acme.example/voice", None),
        delivery(3, "1", "https://backup.acme.example/", 500),
        delivery(4, "1", None, None),
        delivery(5, None, "https://hooks.acme.example/voice", 503),
        delivery(6, "99", "https://hooks.acme.example/voice", 503),
    ]
    ((name, field, detail),) = await found(
        "webhook_deliveries_failing", [connection(1), connection(2)], webhook_deliveries=deliveries
    )
    assert (name, field) == ("1", "webhook_event_url")
    assert sorted(detail.split("; ")) == [
        "a host without a name: 1 failed (no answer)",
        "backup.acme.example: 1 failed (HTTP 500)",
        "hooks.acme.example: 2 failed (HTTP 503,no answer)",
    ]


async def test_a_texml_application_with_a_voice_url_needs_no_webhook() -> None:
    """It is only found if its voice_url is known to be missing too."""
    rows = [connection(number, "texml_application") for number in (1, 2, 3)]
    rows.append(connection(4, "texml_application", webhook_event_url="https://hooks.acme.example/"))
    settings: Rows = [{"id": "1", "voice_url": "https://acme.example/texml"}, {"id": "2", "voice_url": ""}, {"id": "4"}]
    assert await found("texml_without_webhook", rows, connection_settings=settings) == [
        ("2", "webhook_event_url", "voice_url not set")
    ]


def group(*media: str | None, name: str = "acme-prod-eu-{}") -> tuple[Rows, Rows]:
    """Active connections with similar names, and their settings: TLS, and each of these for the media."""
    rows = [connection(number, connection_name=name.format(number)) for number in range(len(media))]
    settings = [
        {"id": str(number), "transport_protocol": "TLS", "encrypted_media": each} for number, each in enumerate(media)
    ]
    return rows, settings


@pytest.mark.parametrize(
    ("media", "odd"),
    [
        (["SRTP"] * 3 + [None], ["3"]),
        (["SRTP"] * 9 + [None], ["9"]),
        ([None] * 9 + ["SRTP"], ["9"]),
        (["SRTP"] * 6 + [None] * 2, ["6", "7"]),
        (["SRTP"] * 2 + [None], []),
        (["SRTP"] * 5 + [None] * 3, []),
        (["SRTP"] * 4, []),
    ],
)
async def test_settings_that_differ(media: list[str | None], odd: list[str]) -> None:
    """Of four or more with similar names, up to a quarter that differ are found."""
    rows, settings = group(*media)
    findings = await found("settings_differ", rows, connection_settings=settings)
    assert [name for name, _, _ in findings] == odd
    if odd == ["9"] and media[0]:
        assert findings == [("9", "encrypted_media", "encrypted_media not set, but SRTP in 9 of 10 alike")]


async def test_every_compared_setting_is_named() -> None:
    """Transport, codecs and who may call in count as media do."""
    rows, settings = group(*["SRTP"] * 8)
    inbound = {"codecs": ["G722", "OPUS"], "sip_subdomain_receive_settings": "only_my_connections"}
    changed = [dict(each) | {"inbound": inbound, "sip_uri_calling_preference": "disabled"} for each in settings]
    changed[5] |= {"transport_protocol": "UDP"}
    changed[6] |= {"inbound": inbound | {"codecs": ["OPUS"]}}
    changed[7] |= {
        "inbound": inbound | {"sip_subdomain_receive_settings": "from_anyone"},
        "sip_uri_calling_preference": "unrestricted",
    }
    assert await found("settings_differ", rows, connection_settings=changed) == [
        ("5", "transport_protocol", "transport_protocol UDP, but TLS in 7 of 8 alike"),
        ("6", "codecs", "codecs OPUS, but G722, OPUS in 7 of 8 alike"),
        (
            "7",
            "sip_subdomain_receive_settings",
            "sip_subdomain_receive_settings from_anyone, but only_my_connections in 7 of 8 alike",
        ),
        ("7", "sip_uri_calling_preference", "sip_uri_calling_preference unrestricted, but disabled in 7 of 8 alike"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"record_type": "fqdn_connection"},
        {"connection_name": "other-prod-eu-9"},
        {"connection_name": "0123 eu 4"},
        {"connection_name": None},
    ],
)
async def test_only_like_is_compared_with_like(change: dict[str, Any]) -> None:
    """Inactive connections, other types and other names are no part of a group."""
    rows, settings = group("SRTP", "SRTP", "SRTP", "SRTP", None)
    odd = [*rows[:4], {**rows[4], **change}]
    assert await found("settings_differ", odd, connection_settings=settings) == []


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("acme-prod-eu-01", "acme prod"),
        ("ACME Prod US 02", "acme prod"),
        ("acme_prod_frankfurt", "acme prod"),
        ("Acme – Prod, San José", "acme prod"),
        ("acme-prod-us-west-2b", "acme prod"),
        ("SIP_Trunk_0007", "sip trunk"),
        ("Büro 3", "buro"),
        ("+1 312 555 0100", ""),
        ("", ""),
        ("日本支店 3", "日本支店"),
    ],
)
def test_names_are_alike_without_digits_and_places(name: str, similar: str) -> None:
    """Digits, regions, compass points, cities of Telnyx's sites and words of two letters do not count."""
    assert similar_name(name) == similar
