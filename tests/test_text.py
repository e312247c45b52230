"""Text of other people is shown without what cannot be seen, bounded, and without secrets of URLs."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.text import CUT_MARK, MASK, UNREADABLE_URL, clean, cut, mask_url, url_host

INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_no_character_of_an_invisible_category_survives() -> None:
    """Every control, format, surrogate and line separator character that Unicode knows is removed."""
    left = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in INVISIBLE and chr(code) in clean(f"a{chr(code)}b")
    ]
    assert left == []


@given(st.text())
def test_cleaning_is_idempotent_and_leaves_only_visible_text(text: str) -> None:
    """Cleaned text holds nothing to clean, and can always be encoded."""
    once = clean(text)
    assert clean(once) == once
    assert not {unicodedata.category(char) for char in once} & INVISIBLE
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("plain name", "plain name"),
        ("Büro 日本 ❤️", "Büro 日本 ❤️"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("\x9b2Jcleared", "cleared"),
        ("two\r\nlines", "two lines"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u202eright to left\u202c", "right to left"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("filler\u3164", "filler"),
        ("lone\ud800surrogate", "lonesurrogate"),
    ],
)
def test_clean(dirty: str, shown: str) -> None:
    """Terminal sequences and invisible characters go; letters, accents and emoji stay."""
    assert clean(dirty) == shown


@given(st.text(), st.integers(len(CUT_MARK), 300))
def test_a_cut_text_has_the_limit_and_a_visible_mark(text: str, limit: int) -> None:
    """A text is either whole or ends in the mark, and never longer than the limit."""
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith(CUT_MARK)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/voice", "https://hooks.example.com/voice"),
        ("https://bob:pw@hooks.example.com/voice", "https://***@hooks.example.com/voice"),
        ("https://h.example/x?token=abc&y=1", "https://h.example/x?token=***&y=***"),
        ("https://h.example/x?abc", "https://h.example/x?***"),
        ("https://h.example/x?", "https://h.example/x?"),
        ("https://h.example/x#abc", "https://h.example/x#***"),
        ("https://h.example/x#", "https://h.example/x#"),
        ("https://h.example/T0123/aB3dE5fG7hI9jK1lM3nO", "https://h.example/T0123/***"),
        ("https://h.example/a-rather-long-path-of-words/", "https://h.example/a-rather-long-path-of-words/"),
        ("https://h.example\\@evil.example/x", "https://***@evil.example/x"),
        ("https://h.example/\\@evil.example/x", "https://h.example/***"),
        ("https://bob:p/w@h.example/x", UNREADABLE_URL),
        ("https://h.example/@handle/x", "https://h.example/***"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("bob:pw@h.example/x?token=abc", UNREADABLE_URL),
        ("", UNREADABLE_URL),
    ],
)
def test_mask_url(url: str, shown: str) -> None:
    """Userinfo, query values, fragments and token-like path segments are masked; the rest stays readable."""
    assert mask_url(url) == shown


SECRET = st.text("abcdefghijkmnpqrstuvwxyz0123456789!$*", min_size=6, max_size=30).map(lambda text: f"S3{text}")


@given(SECRET, SECRET, SECRET, st.sampled_from(["https://", "http://", "sips://", "//", "https:/", "HTTPS://"]))
def test_no_secret_survives_masking(user: str, value: str, fragment: str, start: str) -> None:
    """Whatever the URL looks like, what stands in userinfo, query or fragment is not shown."""
    masked = mask_url(f"{start}{user}:{user}@h.example/p?k={value};j={value}&{value}#{fragment}")
    assert user not in masked
    assert value not in masked
    assert fragment not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Hooks.Example.com:8443/voice", "hooks.example.com"),
        ("https://bob:pw@h.example", "h.example"),
        ("https://[2001:db8::1]/x", "2001:db8::1"),
        ("https://[2001:db8::1/x", None),
        ("no url", None),
        ("https:///x", None),
    ],
)
def test_url_host(url: str, host: str | None) -> None:
    """The host is read in lower case, without port and userinfo, or not at all."""
    assert url_host(url) == host
