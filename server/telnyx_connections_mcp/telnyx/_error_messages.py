"""What a response other than 200 means, and whether it comes from Telnyx or from something in between.

Telnyx's own errors are JSON with `errors`, each with a numeric code (Telnyx API reference, "Errors"). Pages of proxies,
firewalls and gateways have no such code, and are never presented as Telnyx's.
"""

import re
from collections.abc import Mapping
from typing import Any

from telnyx_connections_mcp.redaction.texts import shown
from telnyx_connections_mcp.redaction.urls import mask_url
from telnyx_connections_mcp.telnyx._body import MAX_ERROR
from telnyx_connections_mcp.telnyx._headers import limited_for, retry_after
from telnyx_connections_mcp.telnyx._json import read_error
from telnyx_connections_mcp.telnyx._retry import is_temporary
from telnyx_connections_mcp.telnyx.errors import (
    ApiError,
    Forbidden,
    InvalidRequest,
    KeyRefused,
    NotFound,
    NotTelnyx,
    RateLimited,
    TelnyxError,
    Unavailable,
    UnusableAnswer,
    in_seconds,
)

MAX_DETAIL = 200
_MAX_QUOTED = 60
_INSPECTED_BYTES = 8192
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CODE = re.compile("[0-9]{4,9}")
_TITLE = re.compile("<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_MESSAGES = ("message", "error", "detail", "title", "reason", "error_description")
"""Fields in which gateways put their message."""


def failure(status: int, headers: Mapping[str, str], body: bytes, base_url: str) -> TelnyxError:
    """The error for a response other than 200 from the API at `base_url`."""
    if status in _REDIRECTS:
        return UnusableAnswer(
            f"{mask_url(base_url)} responded with a redirect (HTTP {status}), which is never followed",
            "check TELNYX_BASE_URL, and whether a proxy or a login page is in the way",
        )
    api_error, wait = read_api_error(_parsed(body)), limited_for(headers) if status == 429 else retry_after(headers)
    details = f" ({_http(status, api_error)})" if api_error else f" (HTTP {status}, {_description(body)})"
    if status == 429:
        return _limited(api_error, body, details, wait)
    if is_temporary(status):
        who = "Telnyx" if api_error else "Telnyx, or a proxy in front of it,"
        when = "a minute" if wait is None else in_seconds(wait)
        return Unavailable(f"{who} could not answer{details}", f"try again in {when}", wait)
    if status == 401:
        return _unauthorized(api_error, body, base_url)
    if api_error is None:
        return not_telnyx(status, body, base_url)
    return refused_by_telnyx(status, api_error)


def _unauthorized(api_error: ApiError | None, body: bytes, base_url: str) -> TelnyxError:
    """The error for a 401, with which Telnyx refuses the key, or something in between asks for credentials."""
    if api_error is None:
        return NotTelnyx(
            f"Something between here and Telnyx requires credentials of its own (HTTP 401, {_description(body)})",
            f"check what is in front of {mask_url(base_url)} (a proxy, a gateway); this does not mean that the key is "
            "wrong",
        )
    error = KeyRefused(
        f"Telnyx refused the API key (HTTP 401, code {api_error.code})",
        "put a valid key for this account in TELNYX_API_KEY or the key file, and restart the server, which reads it "
        "at startup",
    )
    error.api_error = api_error
    return error


def not_telnyx(status: int, body: bytes, base_url: str) -> NotTelnyx:
    """The error for a response that is not Telnyx's: where it came from, as far as known, and what to do."""
    details = f"(HTTP {status}, {_description(body)})"
    at = mask_url(base_url)
    if status == 407:
        return NotTelnyx(
            f"The proxy requires a user name and password {details}",
            "put them into HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT",
        )
    if status == 511:
        return NotTelnyx(f"The network requires a login {details}", "log in with a browser, or use another network")
    if 400 <= status < 500 and status not in (404, 405, 410):
        return NotTelnyx(
            f"Something between here and Telnyx refused the request {details}",
            f"ask whoever runs that proxy, firewall or gateway to allow GET requests to {at}, or check TELNYX_BASE_URL",
        )
    return NotTelnyx(
        f"The response from {at} is not the Telnyx API {details}",
        "check TELNYX_BASE_URL, and whether a proxy or a login page is in the way",
    )


def is_markup(body: bytes) -> bool:
    """Whether a body is HTML or XML, which Telnyx never sends."""
    return body[:_INSPECTED_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def read_api_error(answer: object) -> ApiError | None:
    """The first of Telnyx's own errors in `answer`, if any."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    error = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    code = str(code) if isinstance(code, int) and 0 <= code < 10**9 else code
    if not (isinstance(code, str) and _CODE.fullmatch(code)):
        return None
    source = error.get("source")
    given = source if isinstance(source, dict) else {}
    pointer = _text(given.get("pointer")).strip("/").replace("~1", "/").replace("~0", "~")  # RFC 6901
    detail = _text(error.get("detail")) or _text(error.get("title"))
    return ApiError(code, detail.rstrip(".: "), pointer or _text(given.get("parameter")))


def _text(value: Any) -> str:
    return shown(value, MAX_DETAIL) if isinstance(value, str) else ""


def _http(status: int, api_error: ApiError) -> str:
    return f"HTTP {status}, code {api_error.code}{f': {api_error.detail}' if api_error.detail else ''}"


def _limited(api_error: ApiError | None, body: bytes, details: str, wait: float | None) -> TelnyxError:
    """The error for a 429, which may be Telnyx's or a proxy's: only the body tells which."""
    then = f"try again in {'about a minute' if wait is None else in_seconds(wait)}"
    if api_error:
        return RateLimited(f"The rate limit of this Telnyx account is used up{details}", then, wait)
    if body.strip():
        return Unavailable(
            f"Something between here and Telnyx does not allow more requests for now{details}", then, wait
        )
    return RateLimited(f"Telnyx, or a proxy in front of it, does not allow more requests for now{details}", then, wait)


def refused_by_telnyx(status: int, api_error: ApiError) -> TelnyxError:
    """The error for `api_error`, which Telnyx will return again for the same request."""
    error = _refused(status, api_error, f" ({_http(status, api_error)})")
    error.api_error = api_error
    return error


def _refused(status: int, api_error: ApiError, details: str) -> TelnyxError:
    if status == 403:
        return Forbidden(
            f"This API key is not allowed to read that{details}", "use a key that is allowed to read connections"
        )
    if status == 404:
        return NotFound(f"Telnyx has no such resource{details}", "check the id, or TELNYX_BASE_URL if none was given")
    if status in (400, 422):
        which = f"the parameter {api_error.parameter}" if api_error.parameter else "a parameter"
        return InvalidRequest(f"Telnyx refused {which}{details}", "correct it and try again")
    return UnusableAnswer(
        f"Telnyx refused the request{details}",
        "look up the code in Telnyx's error documentation, or ask Telnyx support",
    )


def _description(body: bytes) -> str:
    """What kind of response `body` is, and its title or message, cleaned and cut."""
    text = body[:_INSPECTED_BYTES].decode("utf-8-sig", "replace").strip()
    if not text:
        return "an empty response"
    if is_markup(body):
        title = _TITLE.search(text)
        kind = "an XML document" if text.startswith("<?xml") and not title else "an HTML page"
        return f"{kind} titled {_quoted(title[1])}" if title else kind
    if (answer := _parsed(body)) is None:
        return "bytes that are not text" if "\ufffd" in text else f"the text {_quoted(text)}"
    message = next((answer[name] for name in _MESSAGES if answer.get(name)), "") if isinstance(answer, dict) else ""
    return f"JSON from another API{f': {_quoted(message)}' if isinstance(message, str) and message else ''}"


def _parsed(body: bytes) -> object:
    return read_error(body, cut_off=len(body) >= MAX_ERROR)


def _quoted(text: str) -> str:
    return f'"{shown(text.strip(), _MAX_QUOTED)}"'
