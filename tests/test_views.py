"""How a connection is shown, where the sandbox's fleet has no such case."""

from typing import Any

from telnyx_connections_mcp.telnyx.models import read_connection
from telnyx_connections_mcp.views import Cleaner, view

PASSWORD = {"sip_password": "pw"}


def full(**raw: Any) -> tuple[dict[str, Any], Cleaner]:
    cleaner = Cleaner()
    return view(read_connection(raw), "full", cleaner), cleaner


def test_summary_times_are_days_only_when_they_are_utc() -> None:
    """A time with another offset could be another day: it stays whole."""
    raw = {"created_at": "2024-05-06T07:08:09.123Z", "updated_at": "2024-05-06T23:30:00-05:00"}
    row = view(read_connection(raw), "summary", Cleaner())
    assert row == {"created_at": "2024-05-06", "updated_at": "2024-05-06T23:30:00-05:00"}


def test_a_webhook_that_is_no_url_is_still_a_webhook() -> None:
    """Set but unreadable is not the same as not set."""
    row = view(read_connection({"webhook_event_url": "hooks.example.com"}), "summary", Cleaner())
    assert row == {"webhook_host": "(unreadable)"}


def test_new_fields_that_look_secret_are_masked() -> None:
    """A password that a new field brings is not shown, an empty one is shown as empty."""
    row, cleaner = full(**PASSWORD, new={"api_key": "k", "note": "fine"}, token="")
    assert row == {"sip_password": "***", "new": {"api_key": "***", "note": "fine"}, "token": ""}
    assert cleaner.changes() == "2 values masked as *** for what is, or may be, secret"


def test_urls_are_masked_wherever_they_stand() -> None:
    """In lists and new fields too."""
    row, _ = full(more=["https://u:p@h.example/"], webhook_event_url="no url")
    assert row == {"more": ["https://***@h.example/"], "webhook_event_url": "***(not an absolute URL)"}


def test_deep_and_wide_values_are_bounded() -> None:
    """What is left out is counted."""
    deep: Any = "x"
    for _ in range(12):
        deep = {"d": deep}
    row, cleaner = full(wide=list(range(300)), deep=deep)
    assert row["wide"] == "(300 items left out)"
    assert "(1 items left out)" in str(row["deep"])
    assert cleaner.changes() == "2 texts cut"
