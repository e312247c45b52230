"""The name of an MCP client on the command line."""

from difflib import get_close_matches
from typing import Any

import click

from telnyx_connections_mcp.cli.install.clients import NAMES


class ClientName(click.Choice[str]):
    """A client that `install` knows; errors suggest similar names."""

    def __init__(self) -> None:
        super().__init__(NAMES, case_sensitive=False)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """What click says, and which names are near."""
        message = super().get_invalid_choice_message(value, ctx)
        typed = str(value).lower()
        near = [name for name in NAMES if typed and name.startswith(typed)] or get_close_matches(typed, NAMES)
        return f"{message.rstrip('.')} (did you mean {' or '.join(near)}?)" if near else message
