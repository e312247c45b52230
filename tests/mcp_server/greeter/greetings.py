"""How clients begin, in every protocol version."""

import json
from typing import Any

from mcp_types.version import KNOWN_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

VERSIONS = KNOWN_PROTOCOL_VERSIONS
CLIENT = {"name": "client", "version": "1"}
LISTS = ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]


def message(method: str, number: object = None, **params: Any) -> str:
    """A line of a client: a request, or a notification if it has no number."""
    said: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    if number is not None:
        said["id"] = number
    if params:
        said["params"] = params
    return json.dumps(said) + "\n"


def envelope(version: str = MODERN_PROTOCOL_VERSIONS[-1]) -> dict[str, Any]:
    """The metadata of every request of 2026."""
    key = "io.modelcontextprotocol/"
    return {f"{key}protocolVersion": version, f"{key}clientInfo": CLIENT, f"{key}clientCapabilities": {}}


def initialize(version: str, number: object = 0) -> str:
    return message("initialize", number, protocolVersion=version, capabilities={}, clientInfo=CLIENT)


def opening(version: str) -> list[tuple[str, str]]:
    """Every line of a client that may be answered from the recording, in a usual order, by method.

    The number of a request is its position; a notification has none.
    """
    if version in MODERN_PROTOCOL_VERSIONS:
        asked = ["server/discover", *LISTS]
        lines = [message(method, number, _meta=envelope(version)) for number, method in enumerate(asked)]
        return [(f"{method} alone", line) for method, line in zip(asked, lines, strict=True)]
    begin = [("initialize", initialize(version)), ("", message("notifications/initialized"))]
    return begin + [(method, message(method, number)) for number, method in enumerate(["ping", *LISTS], len(begin))]
