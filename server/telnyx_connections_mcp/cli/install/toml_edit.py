"""Edits one server's table in a TOML text and nothing else.

A table may stand anywhere (https://toml.io/en/v1.0.0#table), so ours is added at the end, and removed
again as it was. The result is parsed and compared with what it should be, so that no form of TOML that this module does
not know, as servers within one inline table, can lead to a wrong file: it is refused.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from telnyx_connections_mcp.cli.install.problem import BrokenFileError, InstallError

_HEADER = re.compile(r"[ \t]*\[")
_PLACE = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def read(text: str) -> dict[str, Any]:
    """The parsed `text`. Raises `BrokenFileError` with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why, place = str(error), _PLACE.search(str(error))
        lines = text.split("\n")
        position = len(text)
        if place is not None:
            position = sum(len(line) + 1 for line in lines[: int(place[1]) - 1]) + int(place[2]) - 1
        raise BrokenFileError(re.sub(r" \(at .*", "", why), text, position) from None


def servers_of(text: str, servers: str) -> dict[str, Any]:
    """The servers by name. Raises `BrokenFileError` if `servers` is not a table."""
    found = read(text).get(servers, {})
    if not isinstance(found, dict):
        raise BrokenFileError(f'"{servers}" is not a table', text, max(0, text.find(servers)))
    return found


def put(text: str, servers: str, name: str, entry: Mapping[str, object]) -> str:
    """`text` with `entry` as the table `[servers.name]`, replacing it or at the end."""
    newline = "\r\n" if "\r\n" in text else "\n"
    table = newline.join([f"[{servers}.{name}]", *(f"{_key(key)} = {_value(entry[key])}" for key in entry)])
    lines = _lines(text)
    span = _span(lines, servers, name)
    if span is None:
        ended = not text or text.endswith("\n")
        made = text + ("" if ended else newline) + (newline if text else "") + table + (newline if ended else "")
    else:
        last = lines[span[1] - 1]
        made = "".join(lines[: span[0]]) + table + last[len(last.rstrip("\r\n")) :] + "".join(lines[span[1] :])
    return _checked(text, made, servers, name, entry)


def remove(text: str, servers: str, name: str) -> str:
    """`text` without the table `[servers.name]` and those below it."""
    lines = _lines(text)
    span = _span(lines, servers, name)
    if span is None:
        raise _refused(servers, name)
    start, end = span
    if start and not lines[start - 1].strip():  # the empty line that `put` sets before it
        start -= 1
    head, tail = "".join(lines[:start]), "".join(lines[end:])
    if not tail and not lines[end - 1].endswith("\n"):
        head = head.removesuffix("\n").removesuffix("\r")
    return _checked(text, head + tail, servers, name, None)


def _checked(text: str, made: str, servers: str, name: str, entry: Mapping[str, object] | None) -> str:
    """`made`, if it parses to the same as `text` except for the entry."""
    wanted = read(text)
    tables = dict(wanted.get(servers, {}))
    tables.pop(name, None)
    if entry is not None:
        tables[name] = dict(entry)
    try:
        said = tomllib.loads(made)
    except tomllib.TOMLDecodeError:
        raise _refused(servers, name) from None
    if said | {servers: said.get(servers, {})} != wanted | {servers: tables}:
        raise _refused(servers, name)
    return made


def _refused(servers: str, name: str) -> InstallError:
    return InstallError(
        f"its {servers} are written in a form that this command cannot change: "
        f"use --print and edit [{servers}.{name}] by hand"
    )


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _span(lines: list[str], servers: str, name: str) -> tuple[int, int] | None:
    """The range of lines of the table and those below it, if it exists."""
    one = rf"""(?:{re.escape(servers)}|"{re.escape(servers)}"|'{re.escape(servers)}')"""
    two = rf"""(?:{re.escape(name)}|"{re.escape(name)}"|'{re.escape(name)}')"""
    ours = re.compile(rf"[ \t]*\[[ \t]*{one}[ \t]*\.[ \t]*{two}[ \t]*[\].]")
    starts = [index for index, line in enumerate(lines) if ours.match(line)]
    if not starts:
        return None
    end = starts[0] + 1
    while end < len(lines) and (not _HEADER.match(lines[end]) or ours.match(lines[end])):
        end += 1
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):  # they belong to what follows
        end -= 1
    return starts[0], end


def _key(key: str) -> str:
    return key if _BARE.match(key) else json.dumps(key, ensure_ascii=False)


def _value(value: object) -> str:
    """`value` in TOML, whose strings, numbers and arrays can be written as in JSON."""
    if isinstance(value, dict):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False, default=str)
