"""`doctor`: what works, what does not, and what to do about it."""

import click


@click.command("doctor")
@click.option("--sandbox", is_flag=True, help="Check the built-in sandbox account; no key needed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def command(*, sandbox: bool, as_json: bool) -> int:
    """Check the installation, settings, network path to Telnyx, and server.

    Exits with 0 if everything works (warnings are possible), or 1 if a check failed. The key is never shown.
    """
    from telnyx_connections_mcp.cli.doctor.run import run_doctor

    return run_doctor(sandbox=sandbox, as_json=as_json)
