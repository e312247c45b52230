"""Reading an answer of Telnyx: pure functions of status, headers and body."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from telnyx_connections_mcp.telnyx._refusals import failure, is_markup, not_telnyx
from telnyx_connections_mcp.telnyx.errors import UnusableAnswer


def read_answer(status: int, headers: Mapping[str, str], body: bytes, base_url: str) -> dict[str, Any]:
    """The JSON object of a 200 answer, whose `data` is there, of the API at `base_url`.

    Raises the `TelnyxError` that fits any other answer.
    """
    if status != 200:
        raise failure(status, headers, body, base_url)
    if is_markup(body):
        raise not_telnyx(status, body, base_url)
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
        "The answer is JSON of another shape than Telnyx documents",
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
