"""How the server gets its key: from the options, as before, or by asking the user."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import click

from telnyx_connections_mcp.cli.install.clients import (
    CLIENTS,
    INPUT_REFERENCE,
    KEY,
    KEY_FILE,
    NAMES,
    Client,
    client_named,
)
from telnyx_connections_mcp.cli.install.machine import looks_installed
from telnyx_connections_mcp.cli.install.problem import InstallError
from telnyx_connections_mcp.cli.install.server_entry import Key
from telnyx_connections_mcp.config.key_file import own_key_file
from telnyx_connections_mcp.config.key_text import PLACEHOLDER
from telnyx_connections_mcp.config.settings import Settings, read_settings, shown_end

_OPTIONS = "--key-file PATH, --key-env, --key-plain or --sandbox"


def on_terminal() -> bool:
    """Whether the user can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


class Options(TypedDict):
    """The options of `install` for the key, of which at most one is given."""

    key_file: str | None
    key_env: bool
    key_plain: bool
    sandbox: bool


def wanted_key(client: Client, options: Options, *, only_show: bool) -> Key | None:
    """The key according to the options; None without one. Raises `click.UsageError` or `InstallError`.

    The key itself is never an option: it would appear in the shell's history and the process list.
    """
    key_file = options["key_file"]
    if sum(value not in (None, False) for value in options.values()) > 1:
        raise _usage(f"choose one of {_OPTIONS}")
    if options["key_env"] and not _refers(client):
        raise _usage(f"{client.title} cannot pass on environment variables: use --key-file")
    if key_file is not None:
        path = Path(os.path.abspath(Path(key_file).expanduser()))  # noqa: PTH100  # Path.resolve would follow links
        return Key("file", str(path)) if only_show else _from_file(path)
    if options["key_plain"]:
        return Key("plain", PLACEHOLDER if only_show else _present_key() or _ask_for_key())
    return Key("reference") if options["key_env"] else Key("sandbox") if options["sandbox"] else None


def which_client() -> Client:
    """The client that the user chooses from a list. Raises `click.UsageError` without a terminal."""
    if not on_terminal():
        raise _usage(f"name a client: {', '.join(NAMES)}")
    click.echo("Which client do you want to connect?")
    for number, client in enumerate(CLIENTS, 1):
        click.echo(f"  {number}  {client.title}{'' if looks_installed(client) else ' (does not seem to be installed)'}")
    return client_named(_choose(NAMES))


def ask(client: Client, *, yes: bool) -> Key:
    """The key that the user chooses; that of the key file without a terminal or with `yes`."""
    named = os.environ.get(KEY_FILE, "").strip()
    path = Path(named).expanduser().absolute() if named else own_key_file()
    if (yes or not on_terminal()) and (named or path.exists()):
        return _from_file(path)
    if not on_terminal():
        raise _usage(f"say how {client.title} gets the Telnyx API key: {_OPTIONS}")
    choices = {"file": f"from the key file {path}, which only you can read (recommended)"}
    if client.reference == INPUT_REFERENCE:
        choices["reference"] = f"{client.title} asks you for it once and stores it securely"
    elif _refers(client):
        choices["reference"] = f"from the variable {KEY} in {client.title}'s environment"
    choices["plain"] = f"from {client.title}'s settings, in clear text"
    choices["sandbox"] = "no key: use an invented account to look around"
    click.echo(f"How should {client.title} get your Telnyx API key?")
    for number, meaning in enumerate(choices.values(), 1):
        click.echo(f"  {number}  {meaning}")
    chosen = _choose(list(choices), default=1)
    if chosen == "file":
        return _from_file(path, offered=True)
    if chosen == "plain":
        return Key("plain", _ask_for_key())
    return Key("reference" if chosen == "reference" else "sandbox")


def _choose(names: Sequence[str], *, default: int | None = None) -> str:
    """The one of `names` whose number the user types. Other input is not echoed: it may be a key."""

    def chosen(text: str) -> str:
        number = int(text) if text.isascii() and text.isdigit() else 0
        if not 1 <= number <= len(names):
            raise click.BadParameter(f"please type a number from 1 to {len(names)}")
        return names[number - 1]

    found: str = click.prompt("Choose", default=None if default is None else str(default), value_proc=chosen)
    return found


def renewed(key: Key, *, yes: bool) -> Key:
    """`key`, as the existing entry gets it; the user may replace the one in its key file. Raises `InstallError`."""
    return _from_file(Path(key.value), offered=True) if key.kind == "file" and on_terminal() and not yes else key


def _refers(client: Client) -> bool:
    return client.reference is not None or client.forwards


def _from_file(path: Path, *, offered: bool = False) -> Key:
    """The key file at `path`; if there is none, the user may enter the key for it.

    If the file was `offered`, not named by the user, they may also replace its key.
    """
    if path.exists():
        held = read_settings({KEY_FILE: str(path)})
        if offered and on_terminal():
            return Key("file", str(path), to_write=_another_key(path, held))
        if held.problem is not None:
            raise InstallError(f"the key file {path} does not hold a Telnyx API key: put one there, and nothing else")
        return Key("file", str(path))
    if not on_terminal():
        raise InstallError(f"there is no key file {path}: create one that holds your Telnyx API key")
    click.echo(f"The key file {path} will be created; only you will be able to read it.")
    return Key("file", str(path), to_write=_ask_for_key())


def _another_key(path: Path, held: Settings) -> str:
    """The key that replaces the one in the file at `path`; empty to keep it."""
    if held.problem is not None:
        click.echo(f"The key file {path} does not hold a Telnyx API key.")
        return _ask_for_key()
    end = shown_end(held.api_key)
    which = f"{path} (ends in {end})" if end else path
    key: str = click.prompt(
        f"Use the key in {which}, or type a new one? (Enter keeps it; input is hidden)",
        default="",
        show_default=False,
        hide_input=True,
        value_proc=lambda text: _usable(text) if text.strip() else "",
    )
    if key:
        click.echo(f"The key in {path} will be replaced.")
    return key


def _present_key() -> str:
    """The key in the environment; empty if there is none."""
    key = os.environ.get(KEY, "").strip()
    if key and read_settings({KEY: key}).problem is not None:
        raise _usage(f"{KEY} does not hold a Telnyx API key: set it, or unset it to be asked for one")
    return key


def _ask_for_key() -> str:
    if not on_terminal():
        raise _usage(f"set the environment variable {KEY}, or run this in a terminal")
    key: str = click.prompt(
        "Telnyx API key (portal: Account settings, API keys; input is hidden)", hide_input=True, value_proc=_usable
    )
    return key


def _usable(text: str) -> str:
    if read_settings({KEY: text}).problem is not None:
        raise click.BadParameter("that is not an API key: copy it again")
    return text.strip()


def _usage(why: str) -> click.UsageError:
    return click.UsageError(why, click.get_current_context(silent=True))
