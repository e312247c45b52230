"""Other people's text is shown without invisible characters, and within a limit."""

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.text.cleaning import CUT_MARK, clean, cut


def timed(text: str) -> float:
    begun = time.process_time()
    clean(text)
    return time.process_time() - begun


INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def test_invisible_characters_are_removed() -> None:
    """Every control, format, surrogate and line separator character of Unicode is removed."""
    left = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in INVISIBLE and chr(code) in clean(f"a{chr(code)}b")
    ]
    assert left == []


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """Cleaning cleaned text changes nothing, and the result can always be encoded."""
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
        ("a\ufe0fb\ufe0e", "ab"),
        ("☎\ufe0f\ufe0f ☎\ufe0e\ufe0f", "☎\ufe0f ☎"),
        ("❤\u200b\ufe0f", "❤"),
        ("1\ufe0f\u20e3 2\ufe0f 3", "1\ufe0f\u20e3 2 3"),
        ("家\U000e0100", "家"),
        ("a\u034f\u00ad\u2800\uffa0\u1160b", "ab"),
        ("\ufff9a\ufffab\ufffb", "ab"),
        ("private\ue000\U000f0041\U0010fffd", "private"),
        ("a\ufffe\ufdd0\ufffcb", "ab"),
        ("wide\u2003\u2002\u2009\u200a\u2003spaces", "wide spaces"),
        ("Büro\u00a0Berlin", "Büro\u00a0Berlin"),
    ],
)
def test_clean(dirty: str, shown: str) -> None:
    """Terminal sequences and invisible characters are removed; letters, accents and emoji stay."""
    assert clean(dirty) == shown


@given(st.text(), st.integers(len(CUT_MARK), 300))
def test_a_cut_text_ends_in_the_mark(text: str, limit: int) -> None:
    """A text within the limit stays whole, and a longer one is cut to the limit and ends in the mark."""
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith(CUT_MARK)


@given(
    st.text(st.sampled_from("\ufe0e\ufe0f\u200d\U000e0061\u2800\ufe00\U000e01ef\u00ad"), min_size=2),
    st.sampled_from("a9日❤☎🙂"),
)
def test_runs_of_invisible_characters_are_removed(hidden: str, visible: str) -> None:
    """Of the invisible characters after a visible one, only those that make or join an emoji stay."""
    left = ("", "\ufe0f", "\u200d", "\ufe0f\u200d") if visible in "❤☎🙂" else ("", "\ufe0f")
    assert clean(visible + hidden + visible) in [visible + each + visible for each in left]


@pytest.mark.parametrize("piece", ["\x1b]", "\ufe0f", "❤\ufe0f", "\u2003", "\n", "\x1b[", "a\u200b"])
def test_cleaning_takes_linear_time(piece: str) -> None:
    """Cleaning 16 times as much text takes at most 32 times as long."""
    text = piece * (1_000_000 // len(piece))
    short = min(timed(text[: len(text) // 16]) for _ in range(3))
    assert timed(text) < 32 * short + 0.5


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧 family",
        "👁\ufe0f\u200d🗨\ufe0f ❤\ufe0f\u200d🔥 🧑🏽\u200d🚀",
        "🇩🇪 1\ufe0f\u20e3 👋🏽",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f x",
        "می\u200cخواهم",
        "क्\u200dष",
    ],
)
def test_visible_sequences_stay(text: str) -> None:
    """Families, flags, keycaps, skin tones and the joiners of scripts stay."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👨\u200d\u200d👩", "👨👩"),
        ("👨\u200dx\u200d👨\u200c👨\u200d", "👨x👨👨"),
        ("a\ufe0f\u200d👍", "a👍"),
        ("a\u200db\u200cc", "abc"),
        ("م\u200c\u200cخ\u200dم", "مخم"),
        ("\U0001f3f4\U000e0068\U000e0069\U000e007f", "\U0001f3f4"),
        ("x\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "x"),
    ],
)
def test_joiners_that_join_nothing_are_removed(text: str, shown: str) -> None:
    """Joiners and selectors that join nothing are removed, because they could carry hidden text."""
    assert clean(text) == shown
    assert clean(shown) == shown
