"""`install`: this server in the settings of an MCP client."""

from typing import TYPE_CHECKING, Unpack

import click

from telnyx_connections_mcp.cli.commands.client_name import ClientName

if TYPE_CHECKING:
    from telnyx_connections_mcp.cli.install.key_dialog import Options


@click.command("install")
@click.argument("client", type=ClientName(), required=False)
@click.option("--list", "list_clients", is_flag=True, help="List the clients and their settings files; change nothing.")
@click.option("--print", "only_show", is_flag=True, help="Print what to paste; change nothing.")
@click.option("--key-file", metavar="PATH", help="Have the server read the key from this file (recommended).")
@click.option("--key-env", is_flag=True, help="Have the client take the key from its environment, or ask for it.")
@click.option("--key-plain", is_flag=True, help="Write the key (from TELNYX_API_KEY, or typed) into the client's file.")
@click.option("--sandbox", is_flag=True, help="Use the invented account; no key needed.")
@click.option("--yes", is_flag=True, help="Write the file without asking.")
def command(
    *, client: str | None, list_clients: bool, only_show: bool, yes: bool, **key_options: "Unpack[Options]"
) -> int:
    """Add this server to the settings of an MCP client.

    Shows the change and asks before writing it. In a terminal, asks for anything that is missing. Exits with 0 if the
    server is installed, or 1 if that failed.
    """
    from telnyx_connections_mcp.cli.install import listing
    from telnyx_connections_mcp.cli.install.clients import client_named
    from telnyx_connections_mcp.cli.install.installing import install
    from telnyx_connections_mcp.cli.install.key_dialog import wanted_key, which_client
    from telnyx_connections_mcp.cli.install.machine import settings_path
    from telnyx_connections_mcp.cli.install.problem import InstallError

    if list_clients:
        return listing.show_clients()
    into = which_client() if client is None else client_named(client)
    try:
        key = wanted_key(into, key_options, only_show=only_show)
        return listing.show_snippet(into, key) if only_show else install(into, key, yes=yes)
    except InstallError as error:
        click.echo(f"Nothing was changed in {settings_path(into)}: {error}.", err=True)
        return 1
