"""`uninstall`: this server out of the settings of an MCP client."""

import click

from telnyx_connections_mcp.cli.commands.client_name import ClientName


@click.command("uninstall")
@click.argument("client", type=ClientName())
@click.option("--yes", is_flag=True, help="Do not ask before the file is written.")
def command(*, client: str, yes: bool) -> int:
    """Remove this server from the settings of an MCP client.

    Undoes what install did and nothing else. Exit code 0 when it is out, 1 when it could not be done.
    """
    from telnyx_connections_mcp.cli.install.clients import client_named
    from telnyx_connections_mcp.cli.install.installing import uninstall
    from telnyx_connections_mcp.cli.install.machine import settings_path
    from telnyx_connections_mcp.cli.install.problem import InstallError

    out_of = client_named(client)
    try:
        return uninstall(out_of, yes=yes)
    except InstallError as error:
        click.echo(f"Nothing was changed in {settings_path(out_of)}: {error}.", err=True)
        return 1
