"""`install --list` and `install --print`, which change nothing."""

import json
from pathlib import Path

import click

from telnyx_connections_mcp.cli.install import client_settings, settings_file, toml_edit
from telnyx_connections_mcp.cli.install.clients import CLIENTS, INPUT_REFERENCE, Client
from telnyx_connections_mcp.cli.install.machine import looks_installed, settings_path
from telnyx_connections_mcp.cli.install.problem import BrokenFileError, InstallError
from telnyx_connections_mcp.cli.install.server_entry import INPUT, NAME, Key, is_ours, launch, make_entry
from telnyx_connections_mcp.cli.plain_tables import print_table
from telnyx_connections_mcp.config.key_file import own_key_file
from telnyx_connections_mcp.config.key_text import PLACEHOLDER


def show_snippet(client: Client, key: Key | None) -> int:
    """Print what to paste, and on standard error where; the exit code."""
    entry = make_entry(client, launch(), key or _usual(client))
    if client.forwards:
        snippet = toml_edit.put("", client.servers, NAME, entry)
    else:
        whole: dict[str, object] = {client.servers: {NAME: entry}}
        if INPUT_REFERENCE in json.dumps(entry):
            whole["inputs"] = [INPUT]
        snippet = json.dumps(whole, indent=2, ensure_ascii=False)
    click.echo(f"Merge this into {settings_path(client)} ({client.sources[0]}):", err=True)
    click.echo(snippet.rstrip())
    return 0


def show_clients() -> int:
    """Print the clients, their files and whether this server is in them; the exit code."""
    paths = [(client, settings_path(client)) for client in CLIENTS]
    rows = [(client.name, client.title, _state(client, path), str(path)) for client, path in paths]
    print_table(("CLIENT", "NAME", "STATE", "SETTINGS"), rows)
    return 0


def _state(client: Client, path: Path) -> str:
    try:
        file = settings_file.read(path)
        entry = client_settings.entry_of(client, file.text)
    except InstallError as error:
        return "cannot be edited" if isinstance(error, BrokenFileError) else "cannot be read"
    if entry is not None:
        return "has this server" if is_ours(entry) else "has another of that name"
    if file.data is not None:
        return "without this server"
    return "no file yet" if looks_installed(client) else "not installed"


def _usual(client: Client) -> Key:
    """The key file of `install` if it exists, as recommended."""
    path = own_key_file()
    if path.exists():
        return Key("file", str(path))
    refers = client.reference is not None or client.forwards
    return Key("reference") if refers else Key("plain", PLACEHOLDER)
