"""`install` and `uninstall`, and their messages."""

import os
import shlex
from collections.abc import Iterable
from pathlib import Path

import click

from telnyx_connections_mcp.cli.install import client_settings, settings_file
from telnyx_connections_mcp.cli.install.clients import INPUT_REFERENCE, KEY, Client
from telnyx_connections_mcp.cli.install.difference import difference
from telnyx_connections_mcp.cli.install.key_dialog import ask, on_terminal, renewed
from telnyx_connections_mcp.cli.install.machine import looks_installed, settings_path
from telnyx_connections_mcp.cli.install.problem import BrokenFileError, InstallError
from telnyx_connections_mcp.cli.install.server_entry import (
    NAME,
    Entry,
    Key,
    is_ours,
    key_of,
    launch,
    make_entry,
    passing_cache,
    update,
)
from telnyx_connections_mcp.redaction.values import secret_texts

_QUESTION = '"Which of our Telnyx connections have no webhook?"'


def install(client: Client, key: Key | None, *, yes: bool) -> int:
    """Add this server to the settings of `client`; the exit code. Raises `InstallError`, `click.UsageError`."""
    file = settings_file.read(settings_path(client))
    old = client_settings.entry_of(client, file.text)
    if old is not None and not is_ours(old):
        raise InstallError(f'its "{NAME}" starts something else ({_command(old)}): rename or remove that first')
    before = key_of(client, old) if old else None
    key = key or (renewed(before, yes=yes) if before else ask(client, yes=yes))
    entry = update(old or {}, make_entry(client, launch(), key))
    text = client_settings.with_entry(client, file.text, entry)
    if text == file.text and not file.marked and not key.to_write:
        click.echo(f"{client.title} already has this server: nothing was changed in {file.path}.")
        _remark(_remarks_on_key(file, key))
        if key.kind == "file":
            click.echo(f"To replace the key, put a new one into {key.value} and restart {client.title}.")
        return 0
    _show(client, file, text)
    _remark([*_remarks_on_file(client, file), *_remarks_on_key(file, key)])
    if not _agreed("Write this change?", yes=yes, default=looks_installed(client)):
        return 1
    if key.to_write:
        settings_file.write_secret(Path(key.value), key.to_write)
    if text != file.text or file.marked:
        _say_backup(settings_file.replace(file, text), old_key=before)
    click.echo(f"Done. {client.start}; then ask: {_QUESTION}")
    if key.kind == "reference" and client.reference != INPUT_REFERENCE:
        click.echo(f"{client.title} must find {KEY} in its environment.")
    return 0


def uninstall(client: Client, *, yes: bool) -> int:
    """Remove this server from the settings of `client`; the exit code. Raises `InstallError`."""
    file = settings_file.read(settings_path(client))
    entry = client_settings.entry_of(client, file.text)
    if entry is None:
        click.echo(f"{client.title} does not have this server: nothing was changed in {file.path}.")
        return 0
    if not is_ours(entry):
        raise InstallError(f'its "{NAME}" starts something else ({_command(entry)}), which this command did not create')
    backups = settings_file.backups(file.path)
    text = client_settings.before_install(client, file.text, entry, [backup.text for backup in backups])
    marked = next((backup.marked for backup in backups if backup.text == text), False)
    if text is None:
        click.echo(f"{file.path} contains nothing but this server and will be removed.")
    else:
        _show(client, file, text)
    _remark([client.caution] if client.caution else [])
    if not _agreed("Remove it?" if text is None else "Write this change?", yes=yes):
        return 1
    key = key_of(client, entry)
    _say_backup(
        settings_file.delete(file) if text is None else settings_file.replace(file, text, marked=marked), old_key=key
    )
    if key is not None and key.kind == "file":
        click.echo(f"The key file {key.value} is kept: remove it if nothing else needs it.")
    click.echo(f"Done. {client.title} will no longer have the server after a restart.")
    return 0


def _show(client: Client, file: settings_file.SettingsFile, text: str) -> None:
    if text == file.text:
        click.echo(f"Nothing changes in {file.path}{' except its byte-order mark' if file.marked else ''}.")
        return
    click.echo(f"The change to {file.path}{'' if file.data is not None else ', a new file'}:")
    entries = [client_settings.entry_of(client, each) for each in (file.text, text)]
    for line in difference(file.text, text, client_settings.shown_whole(client, file.text), secret_texts(entries)):
        click.echo(f"  {line}")


def _remarks_on_file(client: Client, file: settings_file.SettingsFile) -> Iterable[str]:
    if file.marked:
        yield "The file begins with a byte-order mark, which makes some clients drop every server: it will be removed."
    if not looks_installed(client):
        missing = file.path if file.path.parent.is_dir() else file.path.parent
        yield f"{client.title} does not seem to be installed: there is no {missing}."
    position = client_settings.beyond_json(client, file.text)
    if position is not None:
        place = BrokenFileError("there is a comment or a trailing comma", file.text, position)
        yield f"{place}, which {client.title} does not accept: remove it, or the whole file may be ignored."
    cache = passing_cache()
    if cache is not None:
        yield f"This command is in the cache {cache}, which may be emptied: install it permanently and run that copy."
    if client.caution:
        yield client.caution


def _remarks_on_key(file: settings_file.SettingsFile, key: Key) -> Iterable[str]:
    if key.kind == "file" and not key.to_write and not Path(key.value).exists():
        yield f"There is no key file {key.value}: put your Telnyx API key there, or choose another file (--key-file)."
    if key.kind == "file" and _others_may_read(Path(key.value)):
        yield f"Other users of this machine can read the key file; run chmod 600 {shlex.quote(key.value)}"
    if key.kind == "plain":
        yield f"{file.path} holds the key in clear text: anyone who can read that file has the key."
        if _others_may_read(file.path):
            yield f"Other users of this machine can read it; run chmod 600 {shlex.quote(str(file.path))}"


def _others_may_read(path: Path) -> bool:
    return os.name == "posix" and path.exists() and path.stat().st_mode & 0o077 != 0


def _remark(remarks: Iterable[str]) -> None:
    for remark in remarks:
        click.echo(f"! {remark}")


def _agreed(question: str, *, yes: bool, default: bool = True) -> bool:
    if yes:
        return True
    if on_terminal():
        if click.confirm(question, default=default):
            return True
        click.echo("Nothing was changed.")
    else:
        click.echo("Nothing was changed: add --yes to write the file without being asked.", err=True)
    return False


def _say_backup(backup: Path | None, *, old_key: Key | None) -> None:
    if backup is None:
        return
    click.echo(f"Backup of the previous file: {backup}")
    if old_key is not None and old_key.kind == "plain":
        click.echo("The backup holds the key in clear text: remove it when you no longer need it.")


def _command(entry: Entry) -> str:
    return str(entry.get("command", entry.get("url", "?")))
