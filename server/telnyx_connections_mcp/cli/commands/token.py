"""`token`: the file of bearer tokens that `serve --http` accepts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from telnyx_connections_mcp.config.settings_table import HTTP_TOKENS

F = TypeVar("F", bound=Callable[..., Any])


@click.group("token")
def command() -> None:
    """Create, list and revoke bearer tokens for serving over HTTP.

    A running server picks up changes within a second or two.
    """


def _in_file(function: F) -> F:
    return click.option(
        "--file",
        "path",
        envvar=HTTP_TOKENS.variable,
        show_envvar=True,
        required=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="The token file.",
    )(function)


class _TokenFileUsageError(click.UsageError):
    """No wrong usage, but it knows its command, whose help says more."""

    exit_code = 1


@contextmanager
def _said_as_click() -> Iterator[None]:
    """An unusable file, as a command-line error."""
    from telnyx_connections_mcp.auth.token_editing import TokenFileError

    try:
        yield
    except TokenFileError as error:
        raise _TokenFileUsageError(str(error), click.get_current_context().parent) from None


@command.command("new")
@click.argument("name")
@click.option("--account", "accounts", multiple=True, help="A Telnyx account that the token may use; can be repeated.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which the token is valid (UTC).")
@_in_file
def _new(*, name: str, accounts: tuple[str, ...], expires: datetime | None, path: Path) -> int:
    """Create a token called NAME and print it, this once.

    The file stores only a salted hash. Without --account, the token may use the server's default account.
    """
    from telnyx_connections_mcp.auth.token_editing import add_token

    day = expires.date() if expires else None
    with _said_as_click():
        token = add_token(path, name, accounts=accounts or None, expires=day)
    click.echo("This token is shown only once. Clients send it as `Authorization: Bearer TOKEN`:", err=True)
    click.echo(token)
    return 0


@command.command("list")
@_in_file
def _list(*, path: Path) -> int:
    """Show each token's name, accounts and expiry date."""
    from telnyx_connections_mcp.auth.token_editing import list_tokens
    from telnyx_connections_mcp.cli.plain_tables import print_table

    with _said_as_click():
        lines = list_tokens(path)
    rows = [(line.name, ",".join(line.accounts or ("-",)), str(line.expires or "-")) for line in lines]
    print_table(("NAME", "ACCOUNTS", "EXPIRES"), rows)
    return 0


@command.command("revoke")
@click.argument("name")
@_in_file
def _revoke(*, name: str, path: Path) -> int:
    """Remove the token called NAME from the file; it stops working."""
    from telnyx_connections_mcp.auth.token_editing import revoke_token

    with _said_as_click():
        revoke_token(path, name)
    click.echo(f"Revoked {name}.", err=True)
    return 0
