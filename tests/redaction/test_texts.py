"""Secrets anywhere in a text are masked, and the words around them stay."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.redaction.texts import mask_text, shown
from telnyx_connections_mcp.text.cleaning import CUT_MARK, clean

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_123"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see https://bob:pw@h.example/x?a=1 now", "see https://***:***@h.example/x?a=*** now"),
        ('<a href="https://h.example/?t=5">', '<a href="https://h.example/?t=***">'),
        ("[https://h.example]bob:pw@x", "[https://***:***@x"),
        ("[https://h.example]abcdEFGH1234567890abcdEF", "[https://h.example]***"),
        ("[https://h.example]of-twenty-characters", "[https://h.example]***"),
        ("[https://h.example]/bob:pw@x", "[https://h.example]***"),
        ("https://[::1]/?t=5", "https://[::1]/?t=***"),
        ("Bearer abc12345", "Bearer ***"),
        ("Bearer%20abc12345", "Bearer%20***"),
        ("Bearer+abc12345", "Bearer+***"),
        ("apikey abc12345", "apikey ***"),
        ("bearer ofexactlytwentychars", "bearer ***"),
        ("bearer  abcdefghijklmnopqrstuvwx", "bearer  ***"),
        ("Basic Ym9iOnB3", "Basic ***"),
        ("Basic Ym9iOnA", "Basic ***"),
        ("Basic Ym9iOnB3eA", "Basic ***"),
        (f"it is {JWT}.", "it is ***"),
        (f"before {PEM} after", "before *** after"),
        ("-----BEGIN OPENSSH PRIVATE KEY----- b3Blbn", "***"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK----- lQ", "***"),
        ("KEY0189ABCDEF0189ABCDEF0189ABCDEF0189_abcdefgh12", "***"),
        (f"tcm_{'a' * 59}", "***"),
        (f"ghp_{'a1' * 18}", "***"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZI", "***"),
        ("sip:bob:pw@host.example", "sip:bob:***@host.example"),
        ("call bob:pw@host.example", "call bob:***@host.example"),
        ("password=hunter2", "password=***"),
        ("token%3Dhunter2 x", "*** x"),
        ("password%253Ahunter2", "***"),
        ("ｐａｓｓｗｏｒｄ＝hunter2", "***"),
        (r"token\u003dhunter2 x", "*** x"),
        ("token%u003Dhunter2 x", "*** x"),
        (r"token\075hunter2 x", "*** x"),
        (r"security\_code=hunter2 x", "*** x"),
        (r"a\npin=1234 x", "*** x"),
        ("token&#37;3Dhunter2 x", "*** x"),
        (r"a\x20password\x3ahunter2 x", "*** x"),
        ("password&#61;hunter2 x", "*** x"),
        ("password&amp;colon;hunter2 x", "*** x"),
        (f"token%{'25' * 100}3Dhunter2 x", "*** x"),
        ("pin:otp:1234", "pin:***"),
        ("see https%3A%2F%2Fbob%3Apw%40h.example", "see ***"),
        ("password: hunter2, else none", "password: ***, else none"),
        ("Passwort: hunter2", "Passwort: ***"),
        ("Passwort: hunter", "Passwort: ***"),
        ("token='a b' x", "token='***' x"),
        ('password="unclosed', 'password="***"'),
        ("key=abc", "key=***"),
        ("--api-key=abc", "--api-key=***"),
        ("token => abc", "token => ***"),
        ('{"api_key": "a b", "note": "x"}', '{"api_key": "***", "note": "x"}'),
        (r"{\"password\": \"x\"}", r"{\"password\": \"***\"}"),
        ("user=bob&token=abc&x=1", "user=bob&token=***&x=1"),
        ("X-Api-Key: abc", "X-Api-Key: ***"),
        ("headers.Authorization=abc", "headers.Authorization=***"),
        ("Authorization: Token hunter2", "Authorization: ***"),
        ("Authorization: Basic Ym9iOnB3", "Authorization: ***"),
        ('Authorization: Digest username="bob", response="hunter2"', "Authorization: ***"),
        ("curl -H 'Authorization: Token hunter2' https://h.example", "curl -H 'Authorization: ***' https://h.example"),
        ("Cookie: a=hunter2; b=hunter3", "Cookie: ***"),
        ("Token abcdEFGH1234567890ab", "Token ***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "***"),
        ("sk-proj-4eC39HqLyjWDarjtT1zdp7dc", "***"),
        ("sk-ant-api03-4eC39HqLyjWDarjtT1zd-7dc", "***"),
        (f"npm_{'a1' * 18}", "***"),
        ("password := hunter2", "password := ***"),
        ("password -> hunter2", "password -> ***"),
        ("password        : hunter2", "password        : ***"),
        (r'password="a\"hunter2"', 'password="***"'),
        ("PIN: 1234", "PIN: ***"),
        ("note: password=hunter2", "note: password=***"),
        ("11: a: token=hunter2 x", "11: a: token=*** x"),
        ("pw: hunter2", "pw: ***"),
        ("pw: hunter", "pw: ***"),
        ('Key: "Berlin"', 'Key: "***"'),
        ('{"key": Berlin}', '{"key": ***}'),
        ("{'key': Berlin}", "{'key': ***}"),
        ("token=abc pin=1234", "token=*** pin=***"),
        ("password=, pin=1234", "password=, pin=***"),
        ('password="" pin=1234', 'password="" pin=***'),
        ("api key: hunter2", "api key: ***"),
        ('{"a": {"password": ["hunter2"]}, "b": 5}', '{"a": {"password": ***'),
        ("password={hunter2}", "password=***"),
        ("<password>hunter2</password>", "<password>***</password>"),
        ('<Sip token="hunter2">x</Sip>', '<Sip token="***">x</Sip>'),
        ("--password hunter2 --user bob", "--password *** --user bob"),
        ('["--token", "hunter2", "--x"]', '["--token", "***", "--x"]'),
        ("//bob:hunter2@h.example", "//bob:***@h.example"),
    ],
)
def test_secrets_are_masked(text: str, masked: str) -> None:
    """Secrets are recognized by their look, the name before them or their place, and masking twice changes nothing."""
    assert mask_text(clean(text)) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "acme-prod-eu-01",
        "a-very-long-name-of-a-connection-01",
        "support@acme.example",
        "bearer capability",
        "basic telephony-interconnection",
        "Basic QUJDREVGRw==",
        "basic A",
        "basic abcdefg",
        "basic abcdefghi",
        "-----BEGIN PUBLIC KEY----- MIIB -----END PUBLIC KEY-----",
        "sip:bob@host.example:5060",
        "Key: Berlin",
        "Auth: basic",
        "push_credential_id: 77",
        "2026-03-01T02:03:04Z",
        "token=",
        "token: ***",
        "https://h.example/voice and no more",
        "KEY_SANDBOX",
        "sk-bratislava-trunk-01",
        "hf_production_trunk_east_01",
        "Cookie: chocolate",
        "Token ring of building 7",
        "Token ring-of-building-seven",
        "token abc12345",
        "[[https://h.example]a]b",
        'password=""',
        "Key: 2024-03",
        "secret garden: north",
        "Key: [Berlin]",
        "tokenizer: cl100k",
        "<b>x</b> a <c",
        "a -- b -> c",
        "--region eu-west-1",
        "100% Büro：Berlin",
        "a%20b",
        r"a\u0020b \x41 C:\users\xavier",
        "Marks &equals; Spencer &copy; AT&T",
        "Key: otp: cookie: auth: Berlin",
        "[red]x[/red] [link=http://e.example]y",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """Names that people give, telephony terms and descriptions of secrets are not masked."""
    assert mask_text(text) == text


def test_masking_comes_before_cutting() -> None:
    """A text is masked before it is cut, because half a secret would not be recognized."""
    assert shown(f"{'x' * 30} password=hunter2hunter2", 50) == f"{'x' * 30} password=***"
    assert shown(f"{'x' * 30} {JWT}", 20) == "x" * (20 - len(CUT_MARK)) + CUT_MARK


@given(st.text(), st.sampled_from([JWT, "password=hunter2secret", "https://bob:hunter2secret@h.example"]), st.text())
def test_surrounding_text_does_not_reveal_a_secret(before: str, secret: str, after: str) -> None:
    """A secret that stands as a word is masked in any surrounding text."""
    masked = mask_text(f"{clean(before)} {secret} {clean(after)}")
    assert "hunter2secret" not in masked
    assert JWT not in masked


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "-----BEGIN PRIVATE KEY-----",
        "a:",
        "a=",
        'token="',
        "token='",
        "bearer ",
        "https://",
        "://",
        "a:b@",
        "x",
        "basic A",
        "sip:",
        "token: ",
        "KEY0",
        "ghp_",
        "=\"'",
        "token:\\",
        "x ",
        "A+",
        "%25",
        "%3D ",
        "--token ",
        "<token>",
        "token={",
        "authorization:",
        "cookie: a",
        "cookie:",
        "pin:",
        "key: '",
        "\\u003d",
        "&amp;",
        "&#61",
        'a="\\',
        "＝",
    ],
)
def test_masking_a_quarter_of_a_megabyte_is_fast(piece: str) -> None:
    """Masking takes under two seconds of CPU time, three times the slowest measured, whatever the text repeats."""
    text = piece * (250_000 // len(piece))
    begun = time.process_time()
    mask_text(text)
    assert time.process_time() - begun < 2


def test_references_to_secrets_stay_in_settings() -> None:
    """A reference to a secret is shown, but not what stands before it."""
    assert mask_text("Authorization: Bearer $T", lambda value: value.startswith("$")) == "Authorization: Bearer $T"
    assert mask_text("Authorization: $T", lambda value: value.startswith("$")) == "Authorization: $T"
    assert mask_text("Authorization: s3 $T", lambda value: value.startswith("$")) == "Authorization: ***"
    assert mask_text("--token $T", lambda value: value.startswith("$")) == "--token $T"
