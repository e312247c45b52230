"""Reads Telnyx's responses: pure functions of status, headers and body."""

from collections.abc import Mapping
from typing import Any

from telnyx_connections_mcp.telnyx._error_messages import (
    failure,
    is_markup,
    not_telnyx,
    read_api_error,
    refused_by_telnyx,
)
from telnyx_connections_mcp.telnyx._json import read_json
from telnyx_connections_mcp.telnyx.errors import UnusableAnswer
from telnyx_connections_mcp.text.cleaning import cut

_MAX_SHOWN = 80

MAX_OBJECTS = 10_000
"""Most objects in a response; no requested page has more than 250."""


def read_answer(status: int, headers: Mapping[str, str], body: bytes, base_url: str) -> dict[str, Any]:
    """The JSON object of a 200 response, without an error in it, from the API at `base_url`.

    Raises a `TelnyxError` for any other response.
    """
    if status != 200:
        raise failure(status, headers, body, base_url)
    if is_markup(body):
        raise not_telnyx(status, body, base_url)
    answer = read_json(body)
    if not isinstance(answer, dict):
        raise wrong_shape()
    if api_error := read_api_error(answer):
        raise refused_by_telnyx(status, api_error)
    return answer


def wrong_shape() -> UnusableAnswer:
    """The error for JSON of a shape that the endpoint does not document."""
    return UnusableAnswer(
        "The response is JSON, but not in the form that Telnyx documents",
        "check that TELNYX_BASE_URL points to the Telnyx API; if it does, report this",
    )


def list_of_objects(answer: Mapping[str, Any]) -> tuple[list[dict[str, Any]], tuple[int, ...]]:
    """The objects in `data`, and the positions of other elements, such as null.

    Raises `UnusableAnswer` for anything but a list, and for a list that has elements but no objects.
    """
    data = answer.get("data")
    if not isinstance(data, list):
        raise wrong_shape()
    if len(data) > MAX_OBJECTS:
        raise UnusableAnswer(
            f"Telnyx sent a page of {len(data)} objects, which was rejected", "ask for a smaller page or use a filter"
        )
    objects = [item for item in data if isinstance(item, dict)]
    if data and not objects:
        raise wrong_shape()
    return objects, tuple(position for position, item in enumerate(data) if not isinstance(item, dict))


def object_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The object in `data`. Raises `UnusableAnswer` for anything else."""
    data = answer.get("data")
    if not isinstance(data, dict):
        raise wrong_shape()
    return data


def expect_id(label: str, requested: str, received: str | None) -> None:
    """Raise `UnusableAnswer` if `received` is not the id that was `requested`.

    Ids are decimal numbers or UUIDs, which may come back with other leading zeros or in another case.
    """
    if received and received.lower().lstrip("0") == requested.lower().lstrip("0"):
        return
    what = f"has the id {cut(ascii(received)[1:-1], _MAX_SHOWN)}" if received else "has no id"
    raise UnusableAnswer(
        f"The request was for {label} {requested}, but the one that came {what}, so it is not shown",
        "try again; if this persists, check what is in front of TELNYX_BASE_URL, such as a cache",
    )
