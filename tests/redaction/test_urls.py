"""Secrets in URLs are masked, and those that are certain are reported."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.urls import UNREADABLE_URL, mask_url, ordinary_origin, secret_part, url_host
from telnyx_connections_mcp.text.cleaning import CUT_MARK


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.com/voice", "https://hooks.example.com/voice"),
        ("https://bob:pw@hooks.example.com/voice", "https://***:***@hooks.example.com/voice"),
        ("https://bob@hooks.example.com/voice", "https://***@hooks.example.com/voice"),
        ("https://bob:@hooks.example.com/voice", "https://***:@hooks.example.com/voice"),
        ("https://:pw@hooks.example.com/voice", "https://:***@hooks.example.com/voice"),
        ("https://bob:p:w%40@hooks.example.com/voice", "https://***:***@hooks.example.com/voice"),
        ("https://bob%3Apw@hooks.example.com/voice", "https://***:***@hooks.example.com/voice"),
        ("https://h.example/x?token=abc&y=1", "https://h.example/x?token=***&y=***"),
        ("https://h.example/x?abc", "https://h.example/x?***"),
        ("https://h.example/x?", "https://h.example/x?"),
        ("https://h.example/x#abc", "https://h.example/x#***"),
        ("https://h.example/x#", "https://h.example/x#"),
        ("https://h.example/x#a", "https://h.example/x#***"),
        ("https://h.example/x?a=b=c", "https://h.example/x?a=***"),
        ("https://h.example/access:code=5", "https://h.example/access:code=5"),
        ("https://h.example/a\\b/c", "https://h.example/***"),
        ("https://[fe80::1%25eth0]/?a=1", "https://[fe80::1%25eth0]/?a=***"),
        ("https://ｈ.example/ﬁleＸ?a=1", "https://h.example/ﬁleＸ?a=***"),
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
    """Nothing in userinfo, query or fragment is shown, whatever the URL looks like."""
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
        ("https://bob:pw@h.example:8443/x", "h.example"),
        ("https://h。example/", "h.example"),
        ("https://[2001:db8::1]/x", "2001:db8::1"),
        ("https://[2001:db8::1/x", None),
        ("no url", None),
        ("https:///x", None),
    ],
)
def test_url_host(url: str, host: str | None) -> None:
    """The host is read in lower case without port and userinfo, or not at all."""
    assert url_host(url) == host


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://h.example/a/b", "https://h.example"),
        ("https://h.example:8443/", "https://h.example:8443"),
        ("http://h", "http://h"),
        ("http://h/a/", "http://h"),
        ("https://h.example/token/abc", None),
        ("https://h.example/?a=1", None),
        ("https://H.example/", None),
    ],
)
def test_ordinary_origin(url: str, origin: str | None) -> None:
    """The origin is given only if nothing in the URL may be secret or needs lower case."""
    assert ordinary_origin(url) == origin


T = "abcdEFGH1234567890abcdEF"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://h.example/in/{T}%3D%3D", "https://h.example/in/***"),
        (f"https://h.example/in/{T},v1", "https://h.example/in/***,v1"),
        (f"https://h.example/in/v1,{T}", "https://h.example/in/v1,***"),
        (f"https://h.example/in/!{T}$", "https://h.example/in/***"),
        (f"https://h.example/in/({T})", "https://h.example/in/***"),
        (f"https://h.example/a%2F{T}%2Fb", "https://h.example/***"),
        ("https://h.example/in/%61bcdEFGH%31234567890abcd", "https://h.example/in/***"),
        (f"https://h.example/in/{T[:12]}%25{T[12:]}%253D", "https://h.example/in/***"),
        ("https://h.example/in/a;sig=hunter2", "https://h.example/in/a;sig=***"),
        ("https://h.example/in/token=hunter2", "https://h.example/in/token=***"),
        ("https://h.example/in/token:hunter2", "https://h.example/in/token:***"),
        ("https://h.example/in/api%5Fkey=hunter2/x", "https://h.example/in/api%5Fkey=***/x"),
        ("https://h.example/in/token%3Dhunter2", "https://h.example/in/***"),
        ("https://h.example/in/a%3Bsig%3Dhunter2", "https://h.example/in/***"),
        ("https://h.example/hook;token=s3cr3tvalue12345678901", "https://h.example/hook;token=***"),
        ("https://h.example/abcdEFGH1234567890abcd%3D%3D", "https://h.example/***"),
        (f"https://h.example/?{T}=", "https://h.example/?***="),
        (f"https://h.example/?{T}", "https://h.example/?***"),
        (f"https://h.example/#{T}", "https://h.example/#***"),
        ("https://h.example/#access_token=hunter2", "https://h.example/#***"),
        ("https://h.example/?next=https://bob:pw@h.example", "https://h.example/?next=***"),
        ("https://h.example/?a%5Btoken%5D=5", "https://h.example/?***=***"),
        (f"https://h.example/in/{T[:8]}{''.join(chr(ord(c) + 0xFEE0) for c in T[8:])}", "https://h.example/in/***"),
        ("https://h.example/a:token=hunter2", "https://h.example/a:token=***"),
        ("https://h.example/a%3Atoken%3Dhunter2", "https://h.example/***"),
        ("https://h.example/token=hunt/er2hunter", "https://h.example/token=***/***"),
        (f"https://{T}＠h.example/", "https://***@h.example/"),
        (f"https://{T}﹫h.example/", "https://***@h.example/"),
        (f"https://{T}%40h.example/", "https://***@h.example/"),
        (f"https://{T}%2540h.example/", "https://***@h.example/"),
        (f"https://{T}%EF%BC%A0h.example/", "https://***@h.example/"),
        (f"https：//{T}@h.example/", "https://***@h.example/"),
        ("https://h.example/in／token＝hunter2", "https://h.example/in/token=***"),
    ],
)
def test_a_secret_is_masked_and_reported(url: str, shown: str) -> None:
    """A certain secret is masked and reported even if encoded, joined to other text, or written in full width."""
    assert mask_url(url) == shown
    assert secret_part(url) is not None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/token/hunter2/x", "https://h.example/token/***/x"),
        ("https://h.example/auth/callback", "https://h.example/auth/callback"),
        ("https://h.example/keys/list,all;v=1", "https://h.example/keys/list,all;v=1"),
        (f"https://h.example/?{'y' * 100}=1", "https://h.example/?***=***"),
        ("https://h.example/?a=1;b=2&c", "https://h.example/?a=***;b=***&***"),
        ("https://h.example/a%20b", "https://h.example/a%20b"),
        ("https://ｈ.example/ﬁle", "https://ｈ.example/ﬁle"),
        (f"https://h.example/in/short{CUT_MARK}", f"https://h.example/in/***{CUT_MARK}"),
        (f"https://h.example/in/token={CUT_MARK}", f"https://h.example/in/***{CUT_MARK}"),
        (f"https://h.example/?a=1{CUT_MARK}", f"https://h.example/?a=***{CUT_MARK}"),
        (f"https://h.example{CUT_MARK}", UNREADABLE_URL),
        ("https://h.example:T1/", UNREADABLE_URL),
        ("https://h.example;token=hunter2/", UNREADABLE_URL),
        (f"{'s' * 40}://h.example/", UNREADABLE_URL),
    ],
)
def test_a_possible_secret_is_masked_but_not_reported(url: str, shown: str) -> None:
    """What may be a secret, such as the last piece of a cut URL, is masked but not reported."""
    assert mask_url(url) == shown
    assert secret_part(url) is None


def test_a_malformed_url_has_no_host() -> None:
    """Text in the place of a host is not returned as one."""
    for url in (
        "https://h.example;token=hunter2/",
        "https://a b/",
        "https://[::1/",
        "https://h.example:T1/",
        "h.example",
    ):
        assert url_host(url) is None


def test_a_token_at_the_end_of_a_long_url_is_masked_and_reported() -> None:
    """A token is masked and reported at any distance; beyond 16,384 characters the rest of the URL is masked."""
    for before in (4_096, 16_370, 100_000):
        url = f"https://h.example/{'x' * before}/{T}"
        assert T not in mask_url(url)
        assert T[:8] not in mask_url(url)
        assert secret_part(url) is not None


@pytest.mark.parametrize(
    "piece",
    ["a", "/", "a1", "a/", "a1/", ";", "&", "%25", "a=b&", "a@", "ａ", "token=", "token/", "//x@", "%2540", "://", "1"],
)
def test_a_url_of_a_quarter_of_a_megabyte_is_handled_fast(piece: str) -> None:
    """Masking, checking and reading the host take under two seconds of CPU time, whatever the URL repeats."""
    for start in ("https://h.example/", "https://h.example/?", "https://", ""):
        url = start + piece * (250_000 // len(piece)) + "!"  # an end that no short cut expects
        begun = time.process_time()
        mask_url(url)
        secret_part(url)
        url_host(url)
        assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/auth/callback", "https://h.example/auth/callback"),
        ("https://h.example/auth/v2/callback", "https://h.example/auth/v2/callback"),
        ("https://h.example/auth/hunter2", "https://h.example/auth/***"),
        ("https://h.example/key/hunter2/x", "https://h.example/key/***/x"),
        ("https://h.example/key/hunt2r/x2y3z", "https://h.example/key/***/x2y3z"),
        ("https://h.example/keyX/abc?a=1", "https://h.example/keyX/abc?a=***"),
        ("https://h.example/bearer/hunter2", "https://h.example/bearer/***"),
        ("https://h.example/token=/abc", "https://h.example/token=/***"),
        ("https://h.example/ip_authentication_token/abc", "https://h.example/ip_authentication_token/***"),
        ("https://h.example/a1b2c3d4e5f6a7b8c9d0SECRET/v2", "https://h.example/***/v2"),
        ("https://h.example/pass_word/abc/x", "https://h.example/pass_word/***/x"),
        ("https://h.example/sip-pw/abc", "https://h.example/sip-pw/***"),
        ("https://h.example/v2/webhooks/telnyx-events", "https://h.example/v2/webhooks/telnyx-events"),
        ("https://h.example/tokenizer/passenger/compass", "https://h.example/tokenizer/passenger/compass"),
    ],
)
def test_the_segment_after_a_secret_name_is_masked(url: str, shown: str) -> None:
    """The path segment after the name of a secret is masked; if the name is short, only when it looks like no word."""
    assert mask_url(url) == shown


TOKEN = "abcdEFGH1234567890abcdEF"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://u:p@h.example/token/hunter2?key=x#t", "userinfo"),
        (f"https://h.example/{TOKEN}?key=x", "path"),
        ("https://h.example/voice;token=hunter2", "path"),
        ("https://h.example/voice?a=1&key=x", "query"),
        (f"https://h.example/voice?{TOKEN}", "query"),
        ("https://h.example/voice?code=abc", "query"),
        ("https://h.example/voice?Code=abc", "query"),
        (f"https://h.example/voice#{TOKEN}", "fragment"),
        (f"https://h.example/voice#{TOKEN[:20]}", "fragment"),
        (f"https://h.example/{TOKEN}/x{CUT_MARK}", "path"),
        ("https://h.example/voice?a=1#top", None),
        ("https://h.example/voice", None),
        ("hooks.example.com", None),
    ],
)
def test_the_part_that_holds_a_secret_is_named(url: str, part: str | None) -> None:
    """The first part with a certain secret is named, if there is one."""
    assert secret_part(url) == part
