"""`sandbox`: the invented account over HTTP."""

from typing import Any

import click


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8787, show_default=True, help="Port to listen on, 0 for any.")
@click.option("--size", type=int, default=55, show_default=True, help="How many connections, up to 100000.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which fleet.")
@click.option("--fault", metavar="NAME[=VALUE]", help="Answer every request with this fault.")
@click.option("--rate-limit", metavar="REQUESTS/SECONDS", help="Refuse more requests in so many seconds.")
def command(**options: Any) -> int:
    """Serve the sandbox Telnyx API over HTTP."""
    from telnyx_connections_mcp.sandbox.server import run_sandbox

    return run_sandbox(**options)
