"""An answer is read by status, headers and body alone; each failure is one sentence with the next step."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.telnyx import errors
from telnyx_connections_mcp.telnyx._wire import list_of_objects, read_answer, retry_after


def body(**error: Any) -> bytes:
    return json.dumps({"errors": [error]}).encode()


@pytest.mark.parametrize(
    ("status", "content", "kind", "said"),
    [
        (200, b"{", errors.UnusableAnswer, "not complete JSON"),
        (200, b"", errors.UnusableAnswer, "not complete JSON"),
        (200, b"<html>", errors.UnusableAnswer, "not complete JSON"),
        (200, b"[" * 100_000, errors.UnusableAnswer, "not complete JSON"),
        (200, b"[]", errors.UnusableAnswer, "another shape"),
        (302, b"", errors.UnusableAnswer, "redirect (HTTP 302)"),
        (400, body(code="10015", detail="bad", source={"pointer": "/sort"}), errors.InvalidRequest, "sort (HTTP 400"),
        (422, body(code=10015, title="Invalid."), errors.InvalidRequest, "a parameter (HTTP 422, code 10015: Invalid)"),
        (401, body(code="10009", detail="KEY leaked"), errors.KeyRefused, "(HTTP 401, code 10009): put a current key"),
        (403, body(code="10010"), errors.Forbidden, "(HTTP 403, code 10010)"),
        (404, body(code="10005", detail=None), errors.NotFound, "(HTTP 404, code 10005)"),
        (418, b"teapot", errors.UnusableAnswer, "unknown way (HTTP 418)"),
        (429, b"", errors.RateLimited, "call again in 60 seconds"),
        (500, b"<html>oops</html>", errors.Unavailable, "(HTTP 500): try again in a minute."),
        (503, b'{"errors": []}', errors.Unavailable, "(HTTP 503)"),
        (503, b'{"errors": [[]]}', errors.Unavailable, "(HTTP 503)"),
        (503, b'{"errors": [{"source": "x"}]}', errors.Unavailable, "(HTTP 503)"),
    ],
)
def test_failures(status: int, content: bytes, kind: type[errors.TelnyxError], said: str) -> None:
    """Code, cleaned detail and parameter are told where Telnyx gave them, a raw body never."""
    with pytest.raises(kind) as failed:
        read_answer(status, {}, content)
    sentence = str(failed.value)
    assert said in sentence
    assert "html" not in sentence
    assert "leaked" not in sentence


@given(st.integers(300, 599) | st.just(200), st.binary(max_size=200) | st.text().map(lambda t: body(code=t, detail=t)))
def test_every_answer_is_read_or_is_one_of_our_errors(status: int, content: bytes) -> None:
    """No status and no body raises anything but a short sentence."""
    try:
        read_answer(status, {}, content)
    except errors.TelnyxError as error:
        assert str(error).isprintable() or "\xa0" in str(error) or not str(error).isascii()
        assert len(str(error)) < 700


def test_an_answer_is_its_object() -> None:
    """A 200 with a JSON object is that object."""
    assert read_answer(200, {}, b'{"data": [{}]}') == {"data": [{}]}


@pytest.mark.parametrize("data", [None, {}, 3, "x", [1], [{}, None]])
def test_a_list_must_hold_objects(data: object) -> None:
    """Anything else in the place of a list is a wrong shape, not an empty list."""
    with pytest.raises(errors.UnusableAnswer, match="another shape"):
        list_of_objects({"data": data})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-ratelimit-reset": "12"}, 12.0),
        ({"retry-after": "3", "x-ratelimit-reset": "12"}, 3.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "x-ratelimit-reset": "0.5"}, 0.5),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "١"}, None),
        ({"retry-after": "."}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """`Retry-After` wins over `x-ratelimit-reset`; anything but seconds is not read."""
    assert retry_after(headers) == seconds
