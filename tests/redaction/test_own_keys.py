"""This server's own keys are found in any form, and replaced where they stand."""

from base64 import b64encode, urlsafe_b64encode

import pytest

from telnyx_connections_mcp.redaction.own_keys import MARK, OwnSecrets
from telnyx_connections_mcp.text.cleaning import CUT_MARK

KEY = "KEY_of_this_test_019aBcDeF_24x~yZ"
ENCODED = "".join(f"%{ord(character):02X}" for character in KEY)


def test_the_longer_of_two_keys_is_replaced_whole() -> None:
    """A key that begins with another one, in any case, is replaced as a whole."""
    keys = OwnSecrets(["key01234", "KEY01234abcdef"])
    assert keys.redact("x KEY01234abcdef y KEY01234 z") == f"x {MARK} y {MARK} z"


def test_a_key_is_found_in_percent_encoding() -> None:
    """A key is found if any of its characters are percent-encoded."""
    keys = OwnSecrets(["KEY0123456789abc"])
    assert keys.found_in("%4BEY012345%36789abc")
    assert not keys.found_in("%4BEX012345%36789abc")


@pytest.mark.parametrize(("before", "after", "start", "end"), [("", "", 0, 44), ("a", "bc", 2, 45), ("ab", ":", 3, 46)])
def test_a_key_is_replaced_in_base64_at_any_offset(before: str, after: str, start: int, end: int) -> None:
    """Only the characters of base64 that also encode bits of other text stay."""
    coded = b64encode(f"{before}{KEY}{after}".encode()).decode()
    assert OwnSecrets([KEY]).redact(f"x {coded} y") == f"x {coded[:start]}{MARK}{coded[end:]} y"


def test_a_key_is_found_in_url_safe_base64() -> None:
    """Both alphabets of base64 are searched."""
    key = "key~~~~~~~~>>>>>>?"
    assert b64encode(key.encode()) != urlsafe_b64encode(key.encode())
    for coded in (b64encode(key.encode()), urlsafe_b64encode(key.encode())):
        assert OwnSecrets([key]).found_in(coded.decode())


def test_any_number_of_plain_keys_is_replaced() -> None:
    """The text between the keys stays, whatever their case."""
    assert OwnSecrets([KEY]).redact(" x ".join([KEY.upper(), KEY] * 6)) == " x ".join([MARK] * 12)


def test_up_to_five_encoded_keys_are_replaced() -> None:
    """The text between five encoded keys stays; with a sixth, all of it is replaced."""
    assert OwnSecrets([KEY]).redact(f"{ENCODED} x " * 5) == f"{MARK} x " * 5
    assert OwnSecrets([KEY]).redact(f"{ENCODED} x " * 6) == MARK


def test_the_longest_text_in_which_an_encoded_key_is_located() -> None:
    """In a text of 65,536 characters only the key is replaced, in a longer one everything."""
    before = "x" * (65_535 - len(ENCODED))
    assert OwnSecrets([KEY]).redact(f"{before} {ENCODED}") == f"{before} {MARK}"
    assert OwnSecrets([KEY]).redact(f"x{before} {ENCODED}") == MARK


def test_a_truncated_key_is_found_before_any_cut() -> None:
    """The start of a key is found before the second cut too, and after a shorter start of the same key."""
    keys = OwnSecrets([KEY])
    assert keys.found_in(f"a{CUT_MARK} {KEY[:12]}{CUT_MARK}")
    assert keys.found_in(f"{KEY[:8]} {KEY[:12]}{CUT_MARK}")
    assert not keys.found_in(f"{KEY[:7]}{CUT_MARK}")


def test_the_cache_changes_no_verdict() -> None:
    """Short texts, which are cached, and long ones, which are not, are judged alike."""
    keys = OwnSecrets([KEY])
    for text in ("x", "x" * 20_000):
        for _ in range(2):
            assert not keys.found_in_cached(text)
            assert keys.found_in_cached(f"{text} {ENCODED}")


def test_keys_are_replaced_in_names_and_values() -> None:
    """Plain data is redacted at any depth, and names that become equal are numbered."""
    data = {KEY: [KEY, 5, None], ENCODED: {"a": (KEY,)}, "b": "c"}
    assert OwnSecrets([KEY]).redacted(data) == {MARK: [MARK, 5, None], f"{MARK} (2)": {"a": [MARK]}, "b": "c"}
