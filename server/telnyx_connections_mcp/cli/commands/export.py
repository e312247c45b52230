"""`export`: the whole account in a file, for what no command answers."""

from pathlib import Path

import click


@click.command(
    "export",
    help="""Write the whole account to FILE, which only you can read.

    \b
    FILE.sqlite  the tables of `query --schema`, and `coverage`: as of when
    FILE.csv     a row for each connection, for spreadsheets
    FILE.jsonl   an object for each connection, with all of its fields

    Secrets are masked. If the account cannot be read in full, nothing is
    written; what the key may not read is left out of FILE.sqlite, and said.""",
    epilog="""\
\b
Exit codes:
  0  written
  2  wrong usage: no request was sent
  3  nothing was written: the account, the network, the key, a setting or the
     disk is at fault; a file that there was is as it was
""",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--account", metavar="NAME", help="Account to use, from the file named by TELNYX_ACCOUNTS.")
@click.option("--sandbox", is_flag=True, help="Use the built-in sandbox account; no key needed.")
@click.pass_context
def command(ctx: click.Context, /, *, path: Path, force: bool, account: str | None, sandbox: bool) -> int:
    """Check FILE, then write it."""
    from telnyx_connections_mcp.cli.terminal.export import export
    from telnyx_connections_mcp.cli.terminal.export_formats import FORMATS
    from telnyx_connections_mcp.cli.terminal.new_file import why_not
    from telnyx_connections_mcp.mcp_server.arguments import ArgumentError

    if path.suffix.lower() not in FORMATS:
        raise click.UsageError(f"the name of FILE must end in {', '.join(FORMATS)}, which is its format", ctx)
    if problem := why_not(path, replace=force):
        raise click.UsageError(problem, ctx)
    try:
        return export(path, replace=force, account=account, sandbox=sandbox)
    except ArgumentError as error:
        raise click.UsageError(str(error).replace("`account`", "`--account`"), ctx) from None
