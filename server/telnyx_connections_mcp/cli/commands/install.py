"""`install`: this server in the settings of an MCP client."""

from typing import TYPE_CHECKING, Unpack

import click

from telnyx_connections_mcp.cli.commands.client_name import ClientName

if TYPE_CHECKING:
    from telnyx_connections_mcp.cli.install.asking import Options


@click.command("install")
@click.argument("client", type=ClientName(), required=False)
@click.option("--list", "list_clients", is_flag=True, help="Show the clients and their files, change nothing.")
@click.option("--print", "only_show", is_flag=True, help="Print what to paste, change nothing.")
@click.option("--key-file", metavar="PATH", help="The server reads the key from this file (best).")
@click.option("--key-env", is_flag=True, help="The client takes the key from its environment, or asks for it.")
@click.option("--key-plain", is_flag=True, help="The key (of TELNYX_API_KEY, or typed in) goes into the client's file.")
@click.option("--sandbox", is_flag=True, help="No key: the invented account.")
@click.option("--yes", is_flag=True, help="Do not ask before the file is written.")
def command(
    *, client: str | None, list_clients: bool, only_show: bool, yes: bool, **key_options: "Unpack[Options]"
) -> int:
    """Add this server to the settings of an MCP client.

    Shows the change and asks before it writes. What is missing is asked for on a terminal. Exit code 0 when it is
    there, 1 when it could not be done.
    """
    from telnyx_connections_mcp.cli.install import showing
    from telnyx_connections_mcp.cli.install.asking import wanted_key, which_client
    from telnyx_connections_mcp.cli.install.clients import client_named
    from telnyx_connections_mcp.cli.install.installing import install
    from telnyx_connections_mcp.cli.install.machine import settings_path
    from telnyx_connections_mcp.cli.install.problem import InstallError

    if list_clients:
        return showing.show_clients()
    into = which_client() if client is None else client_named(client)
    try:
        key = wanted_key(into, key_options, only_show=only_show)
        return showing.show_snippet(into, key) if only_show else install(into, key, yes=yes)
    except InstallError as error:
        click.echo(f"Nothing was changed in {settings_path(into)}: {error}.", err=True)
        return 1
