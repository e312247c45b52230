"""A cleaner cleans, masks and cuts, and counts what it changed."""

import pytest

from telnyx_connections_mcp.redaction.cleaner import FULL_LIMIT, Cleaner, fields_in_full
from telnyx_connections_mcp.redaction.urls import UNREADABLE_URL
from telnyx_connections_mcp.text.cleaning import CUT_MARK


def test_every_change_is_counted() -> None:
    """Each text counts once for each kind of change, and counts can be added up."""
    cleaner = Cleaner()
    for _ in range(2):
        assert cleaner.text("a\u200bb") == "ab"
        assert cleaner.text("c\ufffdd") == "c\ufffdd"
        assert cleaner.text("x" * 300) == "x" * (256 - len(CUT_MARK)) + CUT_MARK
        assert cleaner.text("password=hunter2") == "password=***"
        assert cleaner.url("https://h.example/\u200ba?t=5") == "https://h.example/a?t=***"
        assert cleaner.secret() == "***"
    assert cleaner == Cleaner(cleaned=4, replaced=2, cut=2, masked=6)
    total = Cleaner(cleaned=10, replaced=20, cut=30, masked=40)
    total.add(cleaner)
    assert total == Cleaner(cleaned=14, replaced=22, cut=32, masked=46)


def test_changes_are_listed_in_words() -> None:
    """One is singular, and changes that did not happen are left out."""
    assert Cleaner(masked=1, cut=2).changes() == "2 texts cut; 1 value masked as *** (secret, or possibly secret)"
    assert Cleaner(cleaned=1, replaced=2).changes() == (
        "1 text lost invisible or control characters; 2 texts with \ufffd where a character could not be read"
    )
    assert Cleaner().changes() is None


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"hookURL": "h.example/x"}, {"hookURL": UNREADABLE_URL}),
        ({"hook_urls": ["h.example/x"]}, {"hook_urls": [UNREADABLE_URL]}),
        ({"hook": "h.example/x"}, {"hook": "h.example/x"}),
        ({"hook": " https://bob:my pass@h.example/"}, {"hook": "https://***:***@h.example/"}),
        ({"note": "see https://h.example/ for more"}, {"note": "see https://h.example/ for more"}),
        ({"note": "x" * FULL_LIMIT}, {"note": "x" * FULL_LIMIT}),
        ({"n" * 64: 1, "m" * 65: 2}, {"n" * 64: 1, "m" * (64 - len(CUT_MARK)) + CUT_MARK: 2}),
        ({"a": 1, "a\u200b": 2, "a\u200b\u200b": 3}, {"a": 1, "a (2)": 2, "a (3)": 3}),
        ({"a": ["Cookie", "x"], "b": ["c", "d"]}, {"a": ["Cookie", "***"], "b": ["c", "d"]}),
        ({"a": "", "password": "", "pin": None, "otp": 5}, {"a": "", "password": "", "pin": None, "otp": "***"}),
    ],
)
def test_fields_in_full(row: dict[str, object], shown: dict[str, object]) -> None:
    """URLs are recognized by name or beginning, names and values are bounded, secrets masked unless unset."""
    assert fields_in_full(row, Cleaner()) == shown
