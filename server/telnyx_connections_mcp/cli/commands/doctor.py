"""`doctor`: what works, what does not, and what to do about it."""

import click


@click.command("doctor")
@click.option("--sandbox", is_flag=True, help="Examine the embedded sandbox account, no key needed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def command(*, sandbox: bool, as_json: bool) -> int:
    """Check the installation, the settings, the way to Telnyx and the server itself.

    Exit code 0 when everything works (there may be warnings), 1 when something failed. The key is never shown.
    """
    from telnyx_connections_mcp.cli.doctor.run import run_doctor

    return run_doctor(sandbox=sandbox, as_json=as_json)
