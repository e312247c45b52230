"""The key file that `install` creates, and that terminal commands use if no variable names a key."""

import os
from collections.abc import Mapping
from pathlib import Path

_SOURCES = ("TELNYX_API_KEY", "TELNYX_API_KEY_FILE", "TELNYX_ACCOUNTS")


def own_key_file() -> Path:
    """The default path of the key file. Raises `RuntimeError` for a user without a home directory."""
    variable, usual = ("APPDATA", "AppData/Roaming") if os.name == "nt" else ("XDG_CONFIG_HOME", ".config")
    configured = Path(os.environ.get(variable, "").strip())
    folder = configured if configured.is_absolute() else Path.home() / usual
    return folder / "telnyx-connections-mcp" / "api-key"


def fallback_key_file(environ: Mapping[str, str]) -> Path | None:
    """That file, if it exists and `environ` names no key (docs/decisions/0029)."""
    if any(environ.get(name, "").strip() for name in _SOURCES):
        return None
    try:
        path = own_key_file()
        return path if path.is_file() else None
    except (OSError, RuntimeError):
        return None
