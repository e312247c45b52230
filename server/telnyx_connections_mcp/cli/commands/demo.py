"""`demo`: the main job where a person can watch it."""

import os
import shlex
from subprocess import list2cmdline  # how Windows quotes: nothing is started

import click


@click.command("demo")
def command() -> int:
    """Watch a real client use this server, on the sandbox.

    Exits with 0 if every answer was right, or else with 1.
    """
    from telnyx_connections_mcp.cli.demo import run_demo
    from telnyx_connections_mcp.cli.install.server_entry import launch

    return run_demo(list2cmdline(launch()) if os.name == "nt" else shlex.join(launch()))
