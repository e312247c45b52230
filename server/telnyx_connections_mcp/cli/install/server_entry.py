"""This server's entry: how it is started, and how it gets the key."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os.path import isfile
from pathlib import Path
from typing import Any, Literal

from telnyx_connections_mcp.cli.install.clients import KEY, KEY_FILE, KEY_INPUT, Client
from telnyx_connections_mcp.config.key_text import PLACEHOLDER

NAME = "telnyx-connections"
"""The name of our entry among a client's servers."""

INPUT = {"type": "promptString", "id": KEY_INPUT, "description": "Telnyx API key", "password": True}
"""The input with which VS Code asks for the key once, and stores it."""

_PROGRAM = "telnyx-connections-mcp"
_OURS = re.compile(r"telnyx[-_]connections[-_]mcp")
_STARTS = re.compile(r"(?:^|[/\\])telnyx[-_]connections[-_]mcp(?:\.exe)?(?:[:@][\w.-]+)?$")
"""The command, module or image that precedes this server's arguments."""
_SANDBOX = "--sandbox"
_LISTS = ("args", "env", "env_vars")

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """How the server gets the key."""

    kind: Literal["file", "reference", "plain", "sandbox"]
    value: str = field(default="", repr=False)
    """The path of the key file, or the key itself."""
    to_write: str = field(default="", repr=False)
    """The key to be written to the key file."""


def launch() -> list[str]:
    """The command that starts this installation, whatever a client's PATH.

    Desktop clients start servers with a short PATH, so the command is absolute. Links are not followed: the one on
    the PATH outlives its environment, and a virtual environment's Python is itself a link.
    """
    name, folder = (f"{_PROGRAM}.exe", "Scripts") if os.name == "nt" else (_PROGRAM, "bin")
    for program in (Path(sys.argv[0]), Path(sys.prefix, folder, name)):
        if program.name == name and isfile(program):  # noqa: PTH113  # Path's raises where it may not look
            return [os.path.abspath(program)]  # noqa: PTH100  # Path.resolve would follow links
    return [sys.executable, "-m", "telnyx_connections_mcp"]


def passing_cache() -> Path | None:
    """The cache that contains this installation (as with `uvx`), which may be emptied; None if there is none.

    Caches mark themselves with a CACHEDIR.TAG (https://bford.info/cachedir/).
    """
    folders = Path(sys.prefix).parents
    return next((one for one in folders if isfile(one / "CACHEDIR.TAG")), None)  # noqa: PTH113  # as above


def make_entry(client: Client, words: Sequence[str], key: Key) -> Entry:
    """The entry of this server in the settings of `client`."""
    command, *args = [*words, _SANDBOX] if key.kind == "sandbox" else words
    entry: Entry = {"type": "stdio"} if client.typed else {}
    entry["command"] = command
    if args:
        entry["args"] = args
    if key.kind == "file":
        entry["env"] = {KEY_FILE: key.value}
    elif key.kind == "plain":
        entry["env"] = {KEY: key.value}
    elif key.kind == "reference" and client.forwards:
        entry["env_vars"] = [KEY]
    elif key.kind == "reference":
        entry["env"] = {KEY: client.reference}
    return entry


def update(old: Mapping[str, Any], new: Entry) -> Entry:
    """`old`, with the command and key of `new`; the rest is kept."""
    env = {name: value for name, value in _table(old, "env").items() if name not in (KEY, KEY_FILE)}
    variables = [name for name in _list(old, "env_vars") if name != KEY]
    made: Entry = dict(old) | new
    made |= {"env": env | new.get("env", {}), "env_vars": variables + new.get("env_vars", [])}
    made["args"] = _merged(_own_args(old), new.get("args", []))
    return {name: value for name, value in made.items() if value or name not in _LISTS or name in new}


def _own_args(entry: Mapping[str, Any]) -> list[Any]:
    """The arguments for this server in `entry`, whatever program starts it."""
    args = _list(entry, "args")
    starts = [0] if _STARTS.search(str(entry.get("command", ""))) else []
    starts += [at + 1 for at, word in enumerate(args) if not starts and _STARTS.search(str(word))]
    return args[starts[-1] :] if starts else []


def _merged(old: Sequence[Any], new: Sequence[str]) -> list[Any]:
    """The arguments of `new`, and those that the user added to `old`; `--sandbox` as in `new`."""
    launched = [word for word in new if word != _SANDBOX]
    if _SANDBOX not in new:
        return [*launched, *(word for word in old if word != _SANDBOX)]
    return [*launched, *old, *([] if _SANDBOX in old else [_SANDBOX])]


def key_of(client: Client, entry: Mapping[str, Any]) -> Key | None:
    """How the server of `entry` gets its key, if it does."""
    env = _table(entry, "env")
    if _SANDBOX in _list(entry, "args"):
        return Key("sandbox")
    if KEY_FILE in env:
        return Key("file", str(env[KEY_FILE]))
    if KEY in _list(entry, "env_vars") or (client.reference and env.get(KEY) == client.reference):
        return Key("reference")
    if env.get(KEY, PLACEHOLDER) == PLACEHOLDER:
        return None
    return Key("plain", str(env[KEY]))


def is_ours(entry: Mapping[str, Any]) -> bool:
    """Whether `entry` starts this server in any way."""
    return any(_OURS.search(word) for word in [str(entry.get("command", "")), *map(str, _list(entry, "args"))])


def _table(entry: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = entry.get(name)
    return value if isinstance(value, dict) else {}


def _list(entry: Mapping[str, Any], name: str) -> list[Any]:
    value = entry.get(name)
    return value if isinstance(value, list) else []
