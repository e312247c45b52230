"""`uninstall`: this server out of the settings of an MCP client."""

import click

from telnyx_connections_mcp.cli.commands.client_name import ClientName


@click.command("uninstall")
@click.argument("client", type=ClientName())
@click.option("--yes", is_flag=True, help="Write the file without asking.")
def command(*, client: str, yes: bool) -> int:
    """Remove this server from the settings of an MCP client.

    Undoes what install did and nothing else. Exits with 0 if the server is removed, or 1 if that failed.
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
