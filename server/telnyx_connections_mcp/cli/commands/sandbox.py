"""`sandbox`: the invented account over HTTP."""

from typing import Any

import click


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8787, show_default=True, help="Port to listen on; 0 picks a free one.")
@click.option("--size", type=int, default=55, show_default=True, help="Number of connections, up to 100000.")
@click.option("--seed", type=int, default=0, show_default=True, help="Selects the invented account.")
@click.option("--fault", metavar="NAME[=VALUE]", help="Fault to apply to every request.")
@click.option("--rate-limit", metavar="REQUESTS/SECONDS", help="Refuse requests beyond this rate.")
def command(**options: Any) -> int:
    """Serve the sandbox Telnyx API over HTTP."""
    from telnyx_connections_mcp.sandbox.server import run_sandbox

    return run_sandbox(**options)
