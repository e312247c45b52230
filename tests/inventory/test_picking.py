"""What enters a snapshot of an object of the API: what the allow-list describes, typed, and nothing else."""

from typing import Any

import pytest

from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.picking import picker
from telnyx_connections_mcp.inventory.shortening import Shortening, shortened
from telnyx_connections_mcp.telnyx.rows import row_of

SECRETS = (
    *("password", "sip_password", "ip_authentication_token", "tech_prefix", "external_pin", "txt_value"),
    *("private_key", "certificate", "a_field_of_tomorrow", "headers", "body", "payload"),
)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not CONNECTIONS], ids=lambda kind: kind.name)
def test_nothing_but_described_fields_is_kept(kind: Any) -> None:
    """Secrets, payloads and unknown fields are gone wherever they are, because no field describes them."""
    secrets = dict.fromkeys(SECRETS, "hunter2")
    nested = {
        name: dict(secrets) for name in ("inbound", "outbound", "external_uac_settings", "sip_registration_details")
    }
    webhook = {"webhook": {"payload": secrets}, "attempts": [{"http": {"response": secrets, "request": secrets}}]}
    changes = {"changes": [{"field": "password", "from": "hunter2", "to": "hunter2"}], "metadata": dict(secrets)}
    kept = row_of(kind, {"id": "7", **secrets, **nested, **webhook, **changes})
    assert "hunter2" not in str(kept)
    assert kept.fields.keys() <= kind.names


def test_a_setting_is_found_by_each_types_name() -> None:
    """What means the same in several types has one name, wherever a type has it."""
    pick = CONNECTION_SETTINGS.pick
    uac = {"id": 7, "external_uac_settings": {"transport": "TLS", "username": "alice-01", "password": "hunter2"}}
    assert pick(uac) == {"connection_id": "7", "transport_protocol": "TLS", "user_name": "alice-01"}
    assert pick({"id": "8", "friendly_name": "ivr", "inbound": {"codecs": ["G722", "OPUS"], "channel_limit": 10}}) == {
        "connection_id": "8",
        "name": "ivr",
        "codecs": "G722, OPUS",
        "inbound_channel_limit": 10,
    }


def test_a_delivery_says_what_its_last_attempt_met() -> None:
    """Of all attempts the latest counts, which Telnyx lists first."""
    last = {"http": {"request": {"url": "https://Hooks.Acme.example/x?token=hunter2"}, "response": {"status": 503}}}
    raw = {"id": "d", "webhook": {"payload": {"connection_id": 7}}, "attempts": [last, {"http": None}]}
    assert WEBHOOK_DELIVERIES.pick(raw) == {
        "id": "d",
        "connection_id": "7",
        "host": "hooks.acme.example",
        "http_status": 503,
        "attempts": 2,
    }


@pytest.mark.parametrize("attempts", [None, [], "x", [1], [{"http": []}], [{"http": {"request": {"url": 7}}}]])
def test_attempts_of_another_shape_are_no_error(attempts: object) -> None:
    """A delivery without readable attempts is kept without what they would say."""
    kept = WEBHOOK_DELIVERIES.pick({"id": "d", "attempts": attempts})
    assert not {"host", "http_status"} & kept.keys()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            [{"field": "active"}, {"field": "active"}, {"field": "inbound.codecs"}, {"to": 1}, 7],
            "active, inbound.codecs",
        ),
        (None, None),
        ("x", None),
    ],
)
def test_a_change_says_which_fields_changed(changes: object, fields: str | None) -> None:
    """The names of the fields are kept, each once, and no value."""
    assert ACCOUNT_CHANGES.pick({"changes": changes}).get("fields") == fields


@pytest.mark.parametrize(
    ("type_", "sent", "kept"),
    [
        (Type.NUMBER, "200.00", 200),
        (Type.NUMBER, "0.0123", 0.0123),
        (Type.NUMBER, 1e300, 1e300),
        (Type.NUMBER, True, None),
        (Type.NUMBER, 2**70, None),
        (Type.NUMBER, "many", None),
        (Type.NUMBER, "9" * 400, None),
        (Type.BOOLEAN, "true", None),
        (Type.ID, True, None),
        (Type.TEXT, ["x"], None),
        (Type.TAGS, ["a", 7, "b"], ["a", "b"]),
        (Type.TAGS, "a", None),
        (Type.LIST, ["US", None, ""], "US"),
        (Type.LIST, [], None),
        (Type.LIST, "US", None),
    ],
)
def test_a_value_of_another_type_is_not_kept(type_: Type, sent: object, kept: object) -> None:
    """A value is kept as its field's type, read from text where the API writes numbers so, or not at all."""
    assert picker(type_, ("x",))({"x": sent}) == kept


def test_a_profile_is_read_with_its_spending() -> None:
    """Amounts are numbers, although the API writes them as text."""
    raw: dict[str, Any] = {"id": "9", "daily_spend_limit": "200.00", "whitelisted_destinations": ["US", "CA"]}
    assert OUTBOUND_VOICE_PROFILES.pick(raw) == {
        "id": "9",
        "whitelisted_destinations": "US, CA",
        "daily_spend_limit": 200,
    }


@pytest.mark.parametrize(
    ("how", "text", "short"),
    [
        (Shortening.LOGIN, "acme-eu-01", "ac***"),
        (Shortening.LOGIN, "bob", "b***"),
        (Shortening.NUMBER, "+13125550123", "***0123"),
        (Shortening.NUMBER, "911", "***"),
    ],
)
def test_a_shortened_text_shows_less_than_half_of_it(how: Shortening, text: str, short: str) -> None:
    """What is short anyway shows hardly anything."""
    assert shortened(how, text) == short


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ({"a": {"b": "x"}, "c": "y"}, "x"),
        ({"a": {"b": 7}, "c": "y"}, "y"),
        ({"a": {"b": None}, "c": "y"}, "y"),
        ({"a": "x", "c": "y"}, "y"),
        ({"a": {"b": 7}, "c": 8}, None),
    ],
)
def test_the_first_place_with_a_value_of_the_type_counts(raw: dict[str, object], kept: str | None) -> None:
    """Types of connections have the same setting in different places."""
    assert picker(Type.TEXT, ("a.b", "c"))(raw) == kept
