"""Recognizes lines for which there is a recorded response."""

import json
from collections.abc import Mapping

_LONGEST = 16_384
_DEEPEST = 60
"""A line with more characters, or more brackets, than any client's greeting goes to the SDK."""

Shape = tuple[type, ...] | list[dict[str, "Shape"]]
"""The shape of a value: one of these types, or an object with required and optional members.

The member `*` stands for any other.
"""
_TEXT = (str,)
_EMPTY: Shape = [{}, {}]
_CLIENT: Shape = [{"name": _TEXT, "version": _TEXT}, {"title": _TEXT, "description": _TEXT, "websiteUrl": _TEXT}]
_CAPABILITIES: Shape = [
    {},
    {
        "roots": [{}, {"listChanged": (bool,)}],
        "sampling": [{}, {"context": _EMPTY, "tools": _EMPTY}],
        "elicitation": [{}, {"form": _EMPTY, "url": _EMPTY}],
        "experimental": [{}, {"*": (dict,)}],
        "extensions": [{}, {"*": (dict,)}],
    },
]
_HANDSHAKE: Shape = [{"protocolVersion": _TEXT, "capabilities": _CAPABILITIES, "clientInfo": _CLIENT}, {}]
_PROGRESS: dict[str, Shape] = {"progressToken": (str, int)}
_IN_SESSION: Shape = [{}, {"_meta": [{}, _PROGRESS]}]
_VERSION = "io.modelcontextprotocol/protocolVersion"
_ALONE: Shape = [
    {
        "_meta": [
            {_VERSION: _TEXT, "io.modelcontextprotocol/clientCapabilities": _CAPABILITIES},
            {"io.modelcontextprotocol/clientInfo": _CLIENT, **_PROGRESS},
        ]
    },
    {},
]


def parse(line: str) -> dict[str, object]:
    """The message in a line; empty if the SDK's parser, which is stricter than Python's, might read it differently."""
    if len(line) > _LONGEST or line.count("{") + line.count("[") > _DEEPEST or "\\ud" in line.lower():
        return {}
    try:
        message = _DECODER.decode(line)
    except ValueError:
        return {}
    whole = isinstance(message, dict) and message.keys() <= {"jsonrpc", "id", "method", "params"}
    return message if whole and message.get("jsonrpc") == "2.0" else {}


def parse_loosely(line: str) -> dict[str, object]:
    """The object in a line, valid message or not; empty if there is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def passes(message: Mapping[str, object], session: str) -> bool:
    """Whether it is a notification that the SDK has to see, and whose sender may be greeted on.

    `session` is the protocol version of the handshake before it; none if there was none.
    """
    if "id" in message:
        return False
    if message.get("method") == "notifications/initialized":
        return session != "" and message.get("params", {}) == {}
    return message.get("method") == "notifications/cancelled"


def question(message: Mapping[str, object], session: str) -> str:
    """The method and protocol version of a request; empty if it contains anything unexpected.

    `session` is as above. For a request without a session, which carries its version, `alone` is between them.
    """
    number, method, params = message.get("id"), message.get("method"), message.get("params", {})
    if type(number) is not int and not (isinstance(number, str) and number.isprintable()):
        return ""  # others can be written in several ways
    if not isinstance(params, dict):
        return ""
    if method == "initialize":
        return f"{method} {params['protocolVersion']}" if _fits(params, _HANDSHAKE) and not session else ""
    if _fits(params, _ALONE):
        return f"{method} alone {params['_meta'][_VERSION]}" if not session else ""
    return f"{method} {session}" if _fits(params, _IN_SESSION) else ""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member that is there twice")
    return found


def _whole(text: str) -> int:
    return int(text if len(text) < 16 else _refuse(text))


def _refuse(text: str) -> str:
    raise ValueError(f"{text[:20]} is in no greeting")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_int=_whole, parse_float=_refuse, parse_constant=_refuse)


def _fits(value: object, shape: Shape) -> bool:
    if isinstance(shape, tuple):
        return type(value) in shape
    needed, known = shape
    if not isinstance(value, dict) or not needed.keys() <= value.keys():
        return False
    return all(_fits(member, needed.get(name) or known.get(name, known.get("*", ()))) for name, member in value.items())
