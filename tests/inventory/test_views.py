"""How a connection is shown, beyond the cases of the sandbox."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.views import Detail, show
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.telnyx.rows import bounded

PASSWORD = {"sip_password": "pw"}


def full(**raw: Any) -> tuple[dict[str, Any], Cleaner]:
    return shown("full", raw)


def shown(detail: Detail, raw: dict[str, Any]) -> tuple[dict[str, Any], Cleaner]:
    cleaner, row = Cleaner(), bounded(raw, CONNECTIONS.names)
    return show(CONNECTIONS, record(CONNECTIONS, row.fields, row.lost), detail, cleaner), cleaner


def test_summary_times_are_days_only_when_they_are_utc() -> None:
    """A time with another offset stays whole, because it could be another day."""
    raw = {"created_at": "2024-05-06T07:08:09.123Z", "updated_at": "2024-05-06T23:30:00-05:00"}
    row = shown("summary", raw)[0]
    assert row == {"created_at": "2024-05-06", "updated_at": "2024-05-06T23:30:00-05:00"}


def test_an_invalid_webhook_is_still_a_webhook() -> None:
    """A webhook that is set but unreadable differs from one that is not set."""
    row = shown("summary", {"webhook_event_url": "hooks.example.com"})[0]
    assert row == {"webhook_host": "(unreadable)"}


def test_new_fields_that_look_secret_are_masked() -> None:
    """A password in an unknown field is masked, and an empty one shown as empty."""
    row, cleaner = full(**PASSWORD, new={"api_key": "k", "note": "fine"}, token="")
    assert row == {"sip_password": "***", "new": {"api_key": "***", "note": "fine"}, "token": ""}
    assert cleaner.changes() == "2 values masked as *** (secret, or possibly secret)"


def test_urls_are_masked_wherever_they_stand() -> None:
    """URLs are masked in lists and unknown fields too."""
    row, _ = full(more=["https://u:p@h.example/"], webhook_event_url="no url")
    assert row == {"more": ["https://***:***@h.example/"], "webhook_event_url": "***(not an absolute URL)"}


def test_deep_and_wide_values_are_bounded() -> None:
    """The answer counts what is left out."""
    deep: Any = "x"
    for _ in range(12):
        deep = {"d": deep}
    row, cleaner = full(wide=list(range(300)), deep=deep)
    assert row["wide"] == "(300 items omitted)"
    assert "(1 item omitted)" in str(row["deep"])
    assert cleaner.changes() == "2 texts cut"


@pytest.mark.parametrize("value", ["pw", 12345, 0, 1.5, True, False, ["pw"], [5, "pw"], {"a": "pw"}, {"pw": {"b": 1}}])
@pytest.mark.parametrize("name", ["pwd", "passwd", "sip_pwd", "password", "authorization", "apiKey", "private_key"])
def test_a_secret_of_any_type_is_masked(name: str, value: Any) -> None:
    """Numbers, flags, lists and objects are masked too, and unset values stay visible."""
    row, cleaner = full(**{name: value, "headers": {name: value}})
    assert row == {name: "***", "headers": {name: "***"}}
    assert cleaner.masked == 2
    for nothing in (None, "", [], {}):
        assert full(**{name: nothing})[0] == {name: nothing}


def test_values_below_or_beside_a_secret_name_are_masked() -> None:
    """Everything in an object of that name is masked, and the value beside a field that holds the name."""
    row, _ = full(
        credentials={"value": "s"},
        headers=[{"name": "Authorization", "value": "s"}, ["X-Api-Key", "s"], ["a", "b"], {"Key": "token", "Value": 5}],
        changes=[{"field": "password", "from": "a", "to": "b", "id": 5}, {"field": "tag", "from": "a", "to": "b"}],
        pairs=[{"key": "env", "value": "prod"}, {"key": "s"}, {"name": "Auth service", "region": "eu"}],
    )
    assert row == {
        "credentials": "***",
        "headers": [
            {"name": "Authorization", "value": "***"},
            ["X-Api-Key", "***"],
            ["a", "b"],
            {"Key": "token", "Value": "***"},
        ],
        "changes": [
            {"field": "password", "from": "***", "to": "***", "id": 5},
            {"field": "tag", "from": "a", "to": "b"},
        ],
        "pairs": [{"key": "env", "value": "prod"}, {"key": "***"}, {"name": "Auth service", "region": "eu"}],
    }


def test_ids_and_kinds_of_secrets_are_shown() -> None:
    """Fields that only describe a secret are shown."""
    given = {"ios_push_credential_id": "77", "android_push_credential_id": "88", "auth_username": "u", "token_ttl": 5}
    assert full(**given)[0] == given


def test_names_that_are_equal_once_cleaned_are_both_kept() -> None:
    """The later one gets a number that no other name has."""
    row, _ = full(**{"a\u200b": 1, "a": 2, "\u2060a": 3, "a (2)": 4, "n" * 70: 5, "n" * 71: 6})
    cut = "n" * 58 + "…[cut]"
    assert row == {"a": 1, "a (2)": 2, "a (3)": 3, "a (2) (2)": 4, cut: 5, f"{cut} (2)": 6}


def test_a_name_that_is_a_secret_is_masked() -> None:
    """The name of a field is masked if it looks like a secret itself."""
    row, _ = full(sessions={"tcm_" + "a1" * 30: {"active": True}})
    assert row == {"sessions": {"***": {"active": True}}}


def test_a_host_that_looks_like_a_token_is_masked_like_any_text() -> None:
    """The summary says that the host was masked, even if the URL is otherwise ordinary."""
    row, changes = shown("summary", {"webhook_event_url": "https://xapp-1-a0123456789.example.com/hook"})
    assert row == {"webhook_host": "***"}
    assert changes.masked == 1


def test_secrets_inside_other_texts_are_masked_in_both_views() -> None:
    """Secrets in names, tags and other fields are masked, and the text around them stays."""
    raw = {"connection_name": "acme https://bob:pw@h.example/x", "tags": ["password=hunter2"]}
    clean = {"connection_name": "acme https://***:***@h.example/x", "tags": ["password=***"]}
    assert shown("summary", raw)[0] == clean
    assert full(**raw, note="-----BEGIN PRIVATE KEY-----\nMII")[0] == clean | {"note": "***"}


def test_long_texts_are_masked_before_they_are_cut() -> None:
    """No half of a secret is left at the end of a cut text."""
    token = "abcdEFGH1234567890abcdEF"
    row, _ = full(webhook_event_url=f"https://h.example/{'x' * 4062}/{token}", note=f"{'x' * 4080} password={token}")
    assert token[:4] not in str(row)


NAMES = st.sampled_from(["password", "apiKey", "sip-pwd", "x.auth.token", "Private Key", "credentials"])
CONTAINERS = st.sampled_from(["list", "object", "settings", "headers"])


@given(NAMES, st.lists(CONTAINERS, max_size=6), st.lists(CONTAINERS, max_size=6))
def test_no_nesting_shows_a_secret(name: str, above: list[str], below: list[str]) -> None:
    """A secret is masked at any depth, above or below its name."""
    value: Any = "hunter2"
    for container in below:
        value = [value] if container == "list" else {container: value}
    value = {name: value}
    for container in above:
        value = [value] if container == "list" else {container: value}
    row, _ = full(new=value)
    assert "hunter2" not in str(row)
