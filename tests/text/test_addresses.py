"""Addresses of SIP endpoints are read in every usual spelling."""

import pytest

from telnyx_connections_mcp.text.addresses import read_address, usual_ip


@pytest.mark.parametrize(
    ("text", "address"),
    [
        *((each, "203.0.113.7") for each in ("203.0.113.7", " 203.0.113.7:5060 ", "sip:203.0.113.7", "[203.0.113.7]")),
        *((each, "203.0.113.7") for each in ("sip:acme@203.0.113.7:5060;transport=tls", "::ffff:203.0.113.7")),
        *((each, "2001:db8::7") for each in ("2001:DB8:0:0:0:0:0:7", "[2001:db8::7]:5061", "2001:0db8::0007")),
        ("sip:[2001:db8::7]:5060", "2001:db8::7"),
        *((each, "sip.example.com") for each in ("SIP.Example.com", "sip.example.com.", "sip.example.com:5061")),
        *((each, "sip.example.com") for each in ("sips:acme@sip.example.com", "https://sip.example.com/x")),
        ("büro.example", "xn--bro-hoa.example"),
        ("pbx", "pbx"),
    ],
)
def test_an_address_is_read_without_what_surrounds_it(text: str, address: str) -> None:
    """Scheme, user, port, brackets and a final full stop are ignored; IPv6 and names have one spelling."""
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "203.0.113.0/24", "2001:db8::/32", "*.example.com", "203.0.113", "203.0.113.300", "203.0.113.007", "a b"),
        *("203.0.113.7, 203.0.113.8", "+13125550123 ", "1.2.3.4.5", "-x.example", "203.0.113.*"),
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    """Networks, patterns, lists and incomplete addresses are refused rather than guessed."""
    assert read_address(text) is None


@pytest.mark.parametrize("text", ["sip.example.com:5060", "nonsense:", "203.0.113.7", ""])
def test_what_is_no_ipv6_address_stays_as_it_is(text: str) -> None:
    """Rows of the API may hold anything in place of an address."""
    assert usual_ip(text) == text
