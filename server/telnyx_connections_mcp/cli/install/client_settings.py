"""Finds, adds and removes our entry in a client's settings, leaving every other byte as it is."""

import json
from collections.abc import Container, Sequence

from telnyx_connections_mcp.cli.install import json_edit, toml_edit
from telnyx_connections_mcp.cli.install.clients import INPUT_REFERENCE, KEY_INPUT, Client
from telnyx_connections_mcp.cli.install.jsonc import Part
from telnyx_connections_mcp.cli.install.problem import BrokenFileError, InstallError
from telnyx_connections_mcp.cli.install.server_entry import INPUT, NAME, Entry


def entry_of(client: Client, text: str) -> Entry | None:
    """Our entry, if there is one. Raises `BrokenFileError` for a text that cannot be edited."""
    if _is_toml(client):
        found = toml_edit.servers_of(text, client.servers).get(NAME)
        position = max(0, text.find(NAME))
    else:
        part = json_edit.find(text, [client.servers, NAME])
        found, position = (part.node.value, part.start) if part else (None, 0)
        _inputs(text)
    if found is None or isinstance(found, dict):
        return found
    raise BrokenFileError(f'"{NAME}" is not a server entry', text, position)


def shown_whole(client: Client, text: str) -> str:
    """The part of `text` that is our entry; empty if there is none."""
    if _is_toml(client):
        return text  # what changes there is our own table
    part = json_edit.find(text, [client.servers, NAME])
    return text[part.start : part.node.end] if part else ""


def with_entry(client: Client, text: str, entry: Entry) -> str:
    """`text` with `entry` and the input that it refers to."""
    if entry_of(client, text) != entry:
        if _is_toml(client):
            return toml_edit.put(text, client.servers, NAME, entry)
        text = json_edit.put(text, [client.servers, NAME], entry)
    if INPUT_REFERENCE in json.dumps(entry):
        return text if _inputs(text) else json_edit.append(text, "inputs", INPUT)
    return text if _is_toml(client) else _without_input(text, ())


def without_entry(client: Client, text: str, made: Container[str] = ()) -> str:
    """`text` without our entry and input; members named in `made` are removed too if left empty."""
    if _is_toml(client):
        return toml_edit.remove(text, client.servers, NAME)
    text = _pruned(json_edit.remove(text, [client.servers, NAME]), client.servers, made)
    return _without_input(text, made)


def before_install(client: Client, text: str, entry: Entry, backups: Sequence[str]) -> str | None:
    """`text`, which contains `entry`, as it was before; None if there was no file.

    If several texts are possible, such as an empty object or none, the backups (newest first) say which it was.
    """
    earlier = [backup for backup in backups if _is_without(client, backup)]
    if not earlier and with_entry(client, "", entry) == text:
        return None
    for backup in earlier:
        if with_entry(client, backup, entry) == text:
            return backup
    made = () if not earlier or _is_toml(client) else _missing(earlier[0], (client.servers, "inputs"))
    return without_entry(client, text, made)


def beyond_json(client: Client, text: str) -> int | None:
    """The position of the first thing that `client` cannot read, if any."""
    return json_edit.beyond_json(text) if client.strict and text.strip() else None


def _is_toml(client: Client) -> bool:
    return client.files["linux"][0].endswith(".toml")


def _is_without(client: Client, text: str) -> bool:
    try:
        return entry_of(client, text) is None
    except InstallError:
        return False


def _missing(text: str, names: Sequence[str]) -> list[str]:
    return [name for name in names if json_edit.find(text, [name]) is None]


def _inputs(text: str) -> list[Part]:
    """The inputs with which VS Code asks for the key."""
    found = json_edit.find(text, ["inputs"])
    parts = found.node.parts if found and isinstance(found.node.value, list) else None
    return [
        part for part in parts or () if isinstance(part.node.value, dict) and part.node.value.get("id") == KEY_INPUT
    ]


def _without_input(text: str, made: Container[str]) -> str:
    """`text` without our input, unless it was changed or something else refers to it."""
    found = [part for part in _inputs(text) if part.node.value == INPUT]
    if not found or INPUT_REFERENCE in text:
        return text
    return _pruned(json_edit.remove_item(text, "inputs", found[0]), "inputs", made)


def _pruned(text: str, name: str, made: Container[str]) -> str:
    """`text` without the member `name` of the root, if it is empty and in `made`."""
    part = json_edit.find(text, [name])
    if part is None or part.node.parts or name not in made:
        return text
    return json_edit.remove(text, [name])
