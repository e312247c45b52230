"""Text of other people is shown without what cannot be seen, and bounded."""

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
    """Terminal sequences and invisible characters go; letters, accents and emoji stay."""
    assert clean(dirty) == shown


@given(st.text(), st.integers(len(CUT_MARK), 300))
def test_a_cut_text_has_the_limit_and_a_visible_mark(text: str, limit: int) -> None:
    """A text is either whole or ends in the mark, and never longer than the limit."""
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or short.endswith(CUT_MARK)


@given(
    st.text(st.sampled_from("\ufe0e\ufe0f\u200d\U000e0061\u2800\ufe00\U000e01ef\u00ad"), min_size=2),
    st.sampled_from("a9日❤☎🙂"),
)
def test_no_run_of_invisible_characters_says_anything(hidden: str, visible: str) -> None:
    """Of all that follows a character, at most what makes an emoji of it, or one of two, is left."""
    left = ("", "\ufe0f", "\u200d", "\ufe0f\u200d") if visible in "❤☎🙂" else ("", "\ufe0f")
    assert clean(visible + hidden + visible) in [visible + each + visible for each in left]


@pytest.mark.parametrize("piece", ["\x1b]", "\ufe0f", "❤\ufe0f", "\u2003", "\n", "\x1b[", "a\u200b"])
def test_cleaning_takes_one_pass_however_long_a_text_is(piece: str) -> None:
    """A megabyte is no more than sixteen times as much work as a sixteenth of it; twice that for a busy machine."""
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
def test_what_people_see_stays(text: str) -> None:
    """Families, flags, keycaps and skin tones, and letters that their script joins or divides."""
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
def test_what_joins_nothing_goes(text: str, shown: str) -> None:
    """The same characters elsewhere, or several of them, carry what nobody sees; cleaning again finds nothing."""
    assert clean(text) == shown
    assert clean(shown) == shown
