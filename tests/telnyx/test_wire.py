"""A response is judged by status, headers and body alone, and each failure is one sentence with the next step."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.telnyx import errors
from telnyx_connections_mcp.telnyx._body import MAX_ERROR
from telnyx_connections_mcp.telnyx._response import expect_id, list_of_objects, read_answer

BASE = "https://api.telnyx.com/v2"


def body(**error: Any) -> bytes:
    return json.dumps({"errors": [error]}).encode()


@pytest.mark.parametrize(
    ("status", "content", "kind", "said"),
    [
        (200, b"{", errors.UnusableAnswer, "incomplete JSON"),
        (200, b"<html>", errors.NotTelnyx, f"The response from {BASE} is not the Telnyx API (HTTP 200, an HTML page)"),
        (200, b'\xef\xbb\xbf <?xml version="1.0"?><a/>', errors.NotTelnyx, "(HTTP 200, an XML document)"),
        (200, b" ", errors.UnusableAnswer, "sent an empty response"),
        (200, b"Hello.", errors.UnusableAnswer, "sent a response that is not JSON"),
        (200, b'{"data": []} {}', errors.UnusableAnswer, "sent a response that is not JSON"),
        (200, b"{'data': []}", errors.UnusableAnswer, "sent a response that is not JSON"),
        (200, '{"data": []}'.encode("utf-16"), errors.UnusableAnswer, "in UTF-16 or UTF-32, although JSON uses UTF-8"),
        (200, '{"data": []}'.encode("utf-16-be"), errors.UnusableAnswer, "sent a response in UTF-16 or UTF-32"),
        (200, '{"data": []}'.encode("utf-32-le"), errors.UnusableAnswer, "sent a response in UTF-16 or UTF-32"),
        (200, b"\x1f\x8b\x08\x00", errors.UnusableAnswer, "sent a compressed response without saying so"),
        (
            200,
            body(code="10009", detail="No."),
            errors.UnusableAnswer,
            "the request (HTTP 200, code 10009: No)",
        ),
        (200, b'{"data": [' + b"[]," * 400_000, errors.UnusableAnswer, "more than 500000 values"),
        (200, b'{"data": ["' + b"\\ud83d" * 800_000 + b'"]}', errors.UnusableAnswer, "not JSON"),
        (200, b"[" * 100_000, errors.UnusableAnswer, "incomplete JSON"),
        (200, b"[]", errors.UnusableAnswer, "not in the form"),
        (302, b"", errors.UnusableAnswer, "redirect (HTTP 302)"),
        (304, b"", errors.NotTelnyx, f"The response from {BASE} is not the Telnyx API (HTTP 304, an empty response)"),
        (400, body(code="10015", detail="bad", source={"pointer": "/sort"}), errors.InvalidRequest, "sort (HTTP 400"),
        (422, body(code=10015, title="Invalid."), errors.InvalidRequest, "a parameter (HTTP 422, code 10015: Invalid)"),
        (401, body(code="10009", detail="KEY leaked"), errors.KeyRefused, "(HTTP 401, code 10009): put a valid key"),
        (403, body(code="10010"), errors.Forbidden, "(HTTP 403, code 10010)"),
        (404, body(code="10005", detail=None), errors.NotFound, "(HTTP 404, code 10005)"),
        (404, body(code="20012"), errors.NotFound, "(HTTP 404, code 20012)"),
        (418, body(code="10015"), errors.UnusableAnswer, "Telnyx refused the request (HTTP 418, code 10015): look"),
        (418, b"teapot", errors.NotTelnyx, 'Telnyx refused the request (HTTP 418, the text "teapot")'),
        (204, b"", errors.NotTelnyx, f"The response from {BASE} is not the Telnyx API (HTTP 204, an empty response)"),
        (405, b"\xff\xfe", errors.NotTelnyx, "not the Telnyx API (HTTP 405, bytes that are not text)"),
        (
            429,
            b"",
            errors.RateLimited,
            "proxy in front of it, does not allow more requests for now (HTTP 429, an empty response): try again in",
        ),
        (
            429,
            body(code="10011"),
            errors.RateLimited,
            "rate limit of this Telnyx account is used up (HTTP 429, code 1",
        ),
        (429, b"{}", errors.Unavailable, "Something between here and Telnyx does not allow more requests for now"),
        (429, body(title="Slow"), errors.Unavailable, "Something between here and Telnyx does not allow more requests"),
        (429, b'"slow"', errors.Unavailable, "does not allow more requests for now (HTTP 429, JSON from another API)"),
        (
            429,
            b"<p>slow down",
            errors.Unavailable,
            "Something between here and Telnyx does not allow more requests for now",
        ),
        (408, body(code="10008"), errors.Unavailable, "Telnyx could not answer (HTTP 408, code 10008): try again in a"),
        (
            500,
            b"<html>oops</html>",
            errors.Unavailable,
            "proxy in front of it, could not answer (HTTP 500, an HTML page): try",
        ),
        (503, b'{"errors": []}', errors.Unavailable, "(HTTP 503, JSON from another API)"),
        (503, b'{"errors": [[]]}', errors.Unavailable, "(HTTP 503, JSON from another API)"),
        (503, b'{"errors": [{"source": "x"}]}', errors.Unavailable, "(HTTP 503, JSON from another API)"),
        (
            503,
            b'{"errors": [{"message": "down"}], "error": {"a": 1}}',
            errors.Unavailable,
            "(HTTP 503, JSON from another",
        ),
        (522, b"", errors.Unavailable, "(HTTP 522, an empty response): try again in a minute."),
        (524, b"", errors.Unavailable, "(HTTP 524, an empty response)"),
        (530, b"error code: 1033", errors.Unavailable, '(HTTP 530, the text "error code: 1033")'),
        (599, b"[]", errors.Unavailable, "(HTTP 599, JSON from another API)"),
        (501, b"", errors.NotTelnyx, f"The response from {BASE} is not the Telnyx API (HTTP 501, an empty response)"),
        (505, body(code="10007"), errors.UnusableAnswer, "Telnyx refused the request (HTTP 505, code 10007): look"),
    ],
)
def test_failures(status: int, content: bytes, kind: type[errors.TelnyxError], said: str) -> None:
    """An error shows Telnyx's code, cleaned detail and parameter if there are any, but never a raw body."""
    with pytest.raises(kind) as failed:
        read_answer(status, {}, content, BASE)
    sentence = str(failed.value)
    assert said in sentence
    assert "html" not in sentence
    assert "leaked" not in sentence


@given(st.integers(300, 599) | st.just(200), st.binary(max_size=200) | st.text().map(lambda t: body(code=t, detail=t)))
def test_any_response_is_read_or_becomes_our_error(status: int, content: bytes) -> None:
    """Any status and body either parses or raises a short sentence."""
    try:
        read_answer(status, {}, content, BASE)
    except errors.TelnyxError as error:
        assert str(error).isprintable() or "\xa0" in str(error) or not str(error).isascii()
        assert len(str(error)) < 700


def test_a_json_object_is_returned() -> None:
    """A 200 with a JSON object returns that object."""
    assert read_answer(200, {}, b'{"data": [{}]}', BASE) == {"data": [{}]}


def test_an_oversized_page_is_refused() -> None:
    """A page of more than 10,000 objects is refused."""
    assert len(list_of_objects({"data": [{}] * 10_000})[0]) == 10_000
    with pytest.raises(errors.UnusableAnswer, match="a page of 10001 objects, which was rejected"):
        list_of_objects({"data": [{}] * 5_000 + [None] * 5_001})


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"a\x41 \\x41"', "a\ufffdx41 \\x41"),
        (rb'"\u12 \u0041 \U0041 \u"', "\ufffdu12 A \ufffdU0041 \ufffdu"),
        (rb'"\ud83d\ude0 \'"', "\ufffd\ufffdude0 \ufffd'"),
        (b"9" * 4400 + b".25", "(a number of 4402 digits)"),
        (b"-" + b"9" * 4400 + b"E+12", "(a number of 4402 digits)"),
        (rb'"a\udE00b \ud83d\ude00"', "a\ufffdb \U0001f600"),
        (rb'"\\ud83d \\\ud83d"', "\\ud83d \\\ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'"\xed\xa0\xbd"', "\ufffd\ufffd\ufffd"),
        (b'"a\tb\x01\x00"', "a b\x7f\x7f"),
        (b"[" * 60 + b"]" * 60 + b"," + b"-" + b"1" * 5000, "(a number of 5000 digits)"),
        (b"[" * 9999 + b"1" + b"]" * 9999 + b", 7", 7),
        (b'{"a":' * 9999 + b'"]\\""' + b"}" * 9999 + b', "b"', "b"),
        (b"[" * 80 + b'"\xff", "["' + b"]" * 80 + b', ["\xff"]', ["\ufffd"]),
    ],
)
def test_defective_json_is_read_as_far_as_possible(content: bytes, value: object) -> None:
    """Broken text, endless numbers and deep nesting spoil only the value that has them."""
    answer = read_answer(200, {}, b'\xef\xbb\xbf{"data": [' + content + b"]}", BASE)
    assert answer["data"][-1] == value


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + body(code="10005", detail="gone"),
        body(code="10005", detail="gone").replace(b"gone", b"gone \xe9"),
        body(code="10005", detail="gone").replace(b"gone", rb"gone \ud83d"),
        body(code="10005", detail="gone").replace(b"gone", rb"gone \x"),
        body(code="10005", detail="gone", more="[" * 9000),
        body(code="10005", detail="gone", more="x" * 100_000)[:MAX_ERROR],
        body(code="10005", detail="gone " + "x" * 100_000)[:MAX_ERROR],
    ],
)
def test_a_defective_error_of_telnyx_is_still_its_error(content: bytes) -> None:
    """An error stays Telnyx's own even if parts of its body are unreadable or cut off."""
    with pytest.raises(errors.NotFound, match=r"no such resource .HTTP 404, code 10005: gone"):
        read_answer(404, {}, content, BASE)


@pytest.mark.parametrize("data", [None, {}, 3, "x", [1], [None, "x", [{}]]])
def test_a_list_must_contain_objects(data: object) -> None:
    """Anything but a list, or a list without a single object, is an error and not an empty list."""
    with pytest.raises(errors.UnusableAnswer, match="not in the form"):
        list_of_objects({"data": data})


@pytest.mark.parametrize("code", [True, -5, "huge", 1.5, "", "abc", "1", "1" * 40, ["10005"], {"a": "10005"}, None])
def test_errors_without_a_telnyx_code_are_not_from_telnyx(code: Any) -> None:
    """An `errors` list without a code of Telnyx's comes from a gateway."""
    raw = f'{{"errors": [{{"code": 1{"0" * 5000}}}]}}'.encode() if code == "huge" else body(code=code)
    with pytest.raises(errors.NotTelnyx, match="not the Telnyx API"):
        read_answer(404, {}, raw, BASE)


@pytest.mark.parametrize(
    ("source", "parameter"),
    [
        ({"pointer": "/"}, "a parameter"),
        ({"pointer": "/", "parameter": "page[after]"}, "the parameter page[after]"),
        ({"parameter": "sort"}, "the parameter sort"),
        ({"pointer": "/a~1b~0c"}, "the parameter a/b~c"),
        ({"pointer": "/filter[fqdn]", "parameter": "other"}, "the parameter filter[fqdn]"),
        ({"parameter": ["sort"]}, "a parameter"),
        ({"pointer": {"x": 1}, "parameter": 7}, "a parameter"),
        ({"parameter": "x\u202e" * 5000}, "the parameter " + "x" * 20),
        ("sort", "a parameter"),
        ([["sort"]], "a parameter"),
    ],
)
def test_the_parameter_is_read_from_pointer_or_parameter(source: Any, parameter: str) -> None:
    """The name of the rejected parameter is read from `pointer` or `parameter`, cleaned and shortened."""
    with pytest.raises(errors.InvalidRequest) as failed:
        read_answer(422, {}, body(code="10015", detail="bad", source=source), BASE)
    assert f"Telnyx refused {parameter}" in str(failed.value)
    assert len(str(failed.value)) < 400
    assert "\u202e" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "said"), [(503, "try again in 7 seconds"), (429, "try again in 7 seconds"), (520, "in 7 seconds")]
)
def test_the_requested_wait_is_passed_on(status: int, said: str) -> None:
    """The wait that a 429, 503 or 520 asks for is passed on."""
    with pytest.raises(errors.TemporaryError, match=said) as failed:
        read_answer(status, {"retry-after": "7"}, b"", BASE)
    assert failed.value.retry_after == 7


def test_a_503_ignores_the_rate_limit_reset() -> None:
    """The reset header, which every response carries, is not the wait of a 503."""
    with pytest.raises(errors.Unavailable, match="try again in a minute") as failed:
        read_answer(503, {"x-ratelimit-reset": "50"}, b"", BASE)
    assert failed.value.retry_after is None


@pytest.mark.parametrize("came", ["1000", "01000"])
def test_leading_zeros_of_an_id_are_ignored(came: str) -> None:
    """Ids that differ only in leading zeros are the same."""
    expect_id("connection", "1000", came)
    expect_id("connection", "000", "0")


@pytest.mark.parametrize(
    ("asked", "came", "said"),
    [
        ("0", "", "came has no id,"),
        ("0", None, "came has no id,"),
        ("1000", "10\u200b00", r"has the id 10\u200b00,"),
        ("1000", "\u0661\u0660\u0660\u0660", r"has the id \u0661\u0660\u0660\u0660,"),
        ("1000", "1000\n", r"has the id 1000\n,"),
    ],
)
def test_an_unexpected_id_is_shown_escaped(asked: str, came: str | None, said: str) -> None:
    """The error shows an unexpected id with its invisible characters escaped, and calls an empty one missing."""
    with pytest.raises(errors.UnusableAnswer) as failed:
        expect_id("connection", asked, came)
    assert said in str(failed.value)
