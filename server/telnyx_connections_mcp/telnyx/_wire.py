"""Reading an answer of Telnyx: pure functions of status, headers and body.

Statuses and codes: Telnyx API reference, "Errors".
"""

import json
from collections.abc import Mapping
from math import ceil
from typing import Any

from pydantic_core import from_json

from telnyx_connections_mcp.telnyx.errors import (
    Forbidden,
    InvalidRequest,
    KeyRefused,
    NotFound,
    RateLimited,
    TelnyxError,
    Unavailable,
    UnusableAnswer,
)
from telnyx_connections_mcp.text import clean, cut

MAX_DETAIL = 200
_TEMPORARY = frozenset({408, 500, 502, 503, 504})


def read_answer(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The JSON object of a 200 answer whose `data` is there.

    Raises the `TelnyxError` that fits any other answer.
    """
    if status != 200:
        raise failure(status, headers, body)
    try:
        answer = from_json(body)
    except ValueError:
        raise UnusableAnswer(
            "Telnyx, or a proxy before it, sent an answer that is not complete JSON",
            "try again, and check TELNYX_BASE_URL if it stays so",
        ) from None
    if not isinstance(answer, dict):
        raise wrong_shape()
    return answer


def wrong_shape() -> UnusableAnswer:
    """The error for JSON that is not what the endpoint documents."""
    return UnusableAnswer(
        "Telnyx sent JSON of another shape than its documentation says",
        "check that TELNYX_BASE_URL names the Telnyx API, then report it",
    )


def list_of_objects(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`data` of a list answer; anything but a list of objects is a wrong shape."""
    data = answer.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise wrong_shape()
    return data


def object_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """`data` of an answer about one thing; anything but an object is a wrong shape."""
    data = answer.get("data")
    if not isinstance(data, dict):
        raise wrong_shape()
    return data


def failure(status: int, headers: Mapping[str, str], body: bytes) -> TelnyxError:
    """The error that an answer other than 200 means."""
    code, detail, parameter = _describe(body)
    said = f" (HTTP {status}{f', code {code}' if code else ''}{f': {detail}' if detail else ''})"
    if 300 <= status < 400:
        return UnusableAnswer(
            f"Telnyx's address answered with a redirect (HTTP {status}), which is never followed",
            "check TELNYX_BASE_URL",
        )
    if status == 401:
        return KeyRefused(
            f"Telnyx refused the API key (HTTP 401{f', code {code}' if code else ''})",
            "put a current key of this account where that one came from (TELNYX_API_KEY or its key file), which a "
            "server reads when it starts",
        )
    if status == 403:
        return Forbidden(f"This API key may not read that{said}", "use a key with permission to read connections")
    if status == 404:
        return NotFound(f"Telnyx has no such resource{said}", "check the id, or TELNYX_BASE_URL if none was given")
    if status in (400, 422):
        which = f"the parameter {parameter}" if parameter else "a parameter"
        return InvalidRequest(f"Telnyx refused {which}{said}", "correct it and call again")
    if status == 429:
        return _rate_limited(headers, said)
    if status in _TEMPORARY:
        return Unavailable(f"Telnyx could not answer{said}", "try again in a minute")
    return UnusableAnswer(f"Telnyx answered in an unknown way{said}", "check TELNYX_BASE_URL")


def _rate_limited(headers: Mapping[str, str], said: str) -> RateLimited:
    wait = retry_after(headers)
    seconds = 60 if wait is None else ceil(wait)
    when = f"call again in {seconds} second{'' if seconds == 1 else 's'}"
    return RateLimited(f"The rate limit of this Telnyx account is used up{said}", when, wait)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait after a 429: `Retry-After`, else `x-ratelimit-reset`; None where neither holds seconds."""
    for name in ("retry-after", "x-ratelimit-reset"):
        text = headers.get(name, "").strip()
        if text.isascii() and text.replace(".", "", 1).isdigit():
            return float(text)
    return None


def _describe(body: bytes) -> tuple[str, str, str]:
    """Code, detail and parameter of the first error in a Telnyx error body, each "" where it is not there."""
    try:
        error = json.loads(body)["errors"][0]
        source = error.get("source") or {}
        texts = error.get("code"), error.get("detail") or error.get("title"), source.get("pointer")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return "", "", ""
    code, detail, pointer = (cut(clean(str(text)), MAX_DETAIL) if text else "" for text in texts)
    return code, detail.rstrip(".: "), pointer.strip("/")
