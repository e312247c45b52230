"""`demo`: the main job where a person can watch it."""

import os
import shlex
from subprocess import list2cmdline  # how Windows quotes: nothing is started

import click


@click.command("demo")
@click.option("--app", is_flag=True, help="Show in a browser what chats show beside an answer, until Ctrl-C.")
def command(*, app: bool) -> int:
    """Watch a real client use this server, on the sandbox.

    Exits with 0 if every answer was right, or else with 1.
    """
    if app:
        from telnyx_connections_mcp.cli.view_demo import show_views

        return show_views()
    from telnyx_connections_mcp.cli.demo import run_demo
    from telnyx_connections_mcp.cli.install.server_entry import launch

    return run_demo(list2cmdline(launch()) if os.name == "nt" else shlex.join(launch()))
