"""Where things are on this machine."""

import os
import shutil
import sys
from pathlib import Path

from telnyx_connections_mcp.cli.install.clients import Client, locate, platform_of


def settings_path(client: Client) -> Path:
    """The settings file of `client` for the current user."""
    paths = [Path(path) for path in locate(client, platform_of(sys.platform), str(Path.home()), os.environ)]
    return next((path for path in paths if path.parent.is_dir()), paths[-1])


def looks_installed(client: Client) -> bool:
    """Whether the file is there, or the client's folder, or its command is on the PATH."""
    path = settings_path(client)
    own_folder = path.parent != Path.home() and path.parent.is_dir()
    return path.exists() or own_folder or (client.program is not None and shutil.which(client.program) is not None)
