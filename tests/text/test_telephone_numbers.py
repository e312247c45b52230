"""Telephone numbers are read in every usual spelling, and nothing else is taken for one."""

import pytest

from telnyx_connections_mcp.text.telephone_numbers import read_telephone_number

NUMBER = "+13125550123"


@pytest.mark.parametrize(
    "text",
    [
        *("+13125550123", " +1 312 555 0123 ", "+1 (312) 555-0123", "+1.312.555.0123", "+1-312-555-0123"),
        *("0013125550123", "00 1 312 555 0123", "tel:+1-312-555-0123", "TEL:+13125550123;ext=12", "sip:+13125550123@x"),
        *(
            "sips:+13125550123@sip.example.com:5061;user=phone",
            "＋１３１２５５５０１２３",
            "+1\u00a0312\u2011555\u20110123",
        ),
        *("+1/312/555/0123", "callto:+13125550123", "\u202a+13125550123\u202c"),
    ],
)
def test_a_number_with_its_country_code_is_one_number(text: str) -> None:
    """Prefix, separators, digits of other scripts and a URI around it do not change a number."""
    assert read_telephone_number(text) == (NUMBER, None)


@pytest.mark.parametrize(
    ("text", "whole", "ending"),
    [
        ("13125550123", None, "13125550123"),
        ("(312) 555-0123", None, "3125550123"),
        ("312.555.0123", None, "3125550123"),
        ("020 7946 0123", None, "2079460123"),
        ("+44 (0)20 7946 0123", "+442079460123", None),
        ("0044 (0) 20 7946 0123", "+442079460123", None),
        ("011 44 20 7946 0123", "+442079460123", "11442079460123"),
        ("0114 207 9460", "+42079460", "1142079460"),
        ("tel:555-0123", None, "5550123"),
        ("+298 201234", "+298201234", None),
    ],
)
def test_a_number_without_its_country_code_is_an_ending(text: str, whole: str | None, ending: str | None) -> None:
    """Without + or 00, digits may be the end of several numbers, and 011 may be dialled or belong to an area code."""
    assert read_telephone_number(text) == (whole, ending)


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "()", "0123", "12345", "+1234", "1-800-FLOWERS", "+1 312 555 0123 x5", "***0123", "+0123456789"),
        *("+1312555012345678", "00000000", "1" * 19, "+1 312 555 0123, +1 312 555 0124", "3125550123 or 3125550124"),
        *("sip:alice@example.com", "203.0.113.7 ", "+1+3125550123", "٣١٢", "13125550123%", "+-13125550123+"),
    ],
)
def test_anything_else_is_no_number(text: str) -> None:
    """Words, extensions, lists, and what has too few or many digits are refused rather than guessed."""
    assert read_telephone_number(text) is None
