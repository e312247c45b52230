"""`get`: everything about one connection, as `get_connection` answers."""

import re

from telnyx_connections_mcp.cli.terminal.command import ToolCommand

_ID = re.compile(r"[0-9]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def _argument_of(text: str) -> str:
    """The argument that the text is: an id in digits or of a UUID's form, else a name."""
    return "id" if _ID.fullmatch(text) else "connection_name"


command = ToolCommand(
    "get",
    "get_connection",
    place=("NAME_OR_ID", _argument_of, ("id", "connection_name")),
    codes="0  found\n  1  nothing found, or several connections with that name",
    help="""Show every field of one connection, and what the audit says about it.

    With --include, also what surrounds it, such as its numbers, in short or with
    --detail full in full.

    NAME_OR_ID is an id if it consists of digits or is a UUID; otherwise it is the
    full name, in any case. Use --connection-name for a name that looks like an id.""",
)
