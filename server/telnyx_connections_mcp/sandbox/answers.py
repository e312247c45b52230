"""What the sandbox says: JSON and errors in Telnyx's form (API reference, "Errors")."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

TITLES = {
    "10005": "Resource not found",
    "10007": "Unexpected error",
    "10009": "Authentication failed",
    "10010": "Authorization failed",
    "10011": "Too many requests",
    "10015": "Bad Request",
}


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content` as compact JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, media_type="application/json")


def error_answer(
    status: int, code: str, detail: str, pointer: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """One error; `pointer` names the parameter that it is about."""
    error: dict[str, Any] = {
        "code": code,
        "title": TITLES[code],
        "detail": detail,
        "meta": {"url": f"https://developers.telnyx.com/docs/overview/errors/{code}"},
    }
    if pointer is not None:
        error["source"] = {"pointer": f"/{pointer}"}
    return json_answer({"errors": [error]}, status, headers)
