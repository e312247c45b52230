"""Responses in Telnyx's format: JSON and errors (API reference, "Errors")."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

TITLES = {
    "10005": "Resource not found",
    "10007": "Unexpected error",
    "10009": "Authentication failed",
    "10010": "Not authorized",
    "10011": "Too many requests",
    "10015": "Bad Request",
}
INVALID = "Invalid parameter"


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content` as compact JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json")


def error_answer(
    status: int,
    code: str,
    detail: str,
    *,
    source: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One error; `source` says which part of the request it is about, see `pointer_to`."""
    error: dict[str, Any] = {
        "code": code,
        "title": INVALID if status == 422 else TITLES[code],
        "detail": detail,
        "meta": {"url": f"https://developers.telnyx.com/docs/overview/errors/{code}"},
    }
    if source is not None:
        error["source"] = dict(source)
    return json_answer({"errors": [error]}, status, headers)


def pointer_to(parameter: str) -> dict[str, str]:
    """The `source` that names a parameter by its key, as one token of a JSON pointer (RFC 6901)."""
    escaped = parameter.replace("~", "~0").replace("/", "~1")
    return {"pointer": f"/{escaped}"}
