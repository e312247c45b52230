"""The MCP clients that `install` knows: which file each reads, and what an entry in it looks like.

Every fact comes from the client's own documentation, or, where that is silent, from its source or issue tracker: the
addresses are in `Client.sources`. What could not be verified, and what follows from that, is in
docs/decisions/0014-clients-and-their-keys.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Literal

KEY = "TELNYX_API_KEY"
KEY_FILE = "TELNYX_API_KEY_FILE"
KEY_INPUT = "telnyx-api-key"
"""The id of the input by which VS Code asks for the key."""

INPUT_REFERENCE = f"${{input:{KEY_INPUT}}}"
"""How an entry of VS Code refers to the key."""

Platform = Literal["linux", "darwin", "win32"]
PLATFORMS: Sequence[Platform] = ("linux", "darwin", "win32")

_FOLDERS = {
    "APPDATA": "{HOME}/AppData/Roaming",
    "LOCALAPPDATA": "{HOME}/AppData/Local",
    "XDG_CONFIG_HOME": "{HOME}/.config",
    "CODEX_HOME": "{HOME}/.codex",
    "CLAUDE_CONFIG_DIR": "{HOME}",
}
"""Variables that set a client's folder, and their defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, as plain data."""

    name: str
    title: str
    files: Mapping[Platform, Sequence[str]]
    """The settings files by platform: the first whose folder exists, else the last."""
    servers: str
    """The member of the file that contains the servers."""
    typed: bool = False
    """Whether entries have `"type": "stdio"`."""
    reference: str | None = None
    """The reference in `env` that the client replaces with the key; None: it has no references."""
    forwards: bool = False
    """Whether entries list variables that the client passes on (`env_vars`) instead of references."""
    strict: bool = False
    """Whether the client only reads JSON without comments and trailing commas."""
    program: str | None = None
    """A command that is on the PATH if the client is installed."""
    caution: str | None = None
    """What to do before the file is written."""
    start: str
    """What to do afterwards."""
    sources: Sequence[str]


def _everywhere(path: str) -> dict[Platform, Sequence[str]]:
    return dict.fromkeys(PLATFORMS, (path,))


CLIENTS: Sequence[Client] = (
    Client(
        name="claude-desktop",
        title="Claude Desktop",
        files={
            "linux": ("{XDG_CONFIG_HOME}/Claude/claude_desktop_config.json",),
            "darwin": ("{HOME}/Library/Application Support/Claude/claude_desktop_config.json",),
            # The installers of 2026 are MSIX packages, whose program sees a folder of its own instead of %APPDATA%.
            "win32": (
                "{LOCALAPPDATA}/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
                "{APPDATA}/Claude/claude_desktop_config.json",
            ),
        },
        servers="mcpServers",
        strict=True,
        start="Quit Claude Desktop completely (closing its window is not enough) and start it again",
        sources=(
            "https://modelcontextprotocol.io/docs/develop/connect-local-servers",
            "https://github.com/anthropics/claude-code/issues/26073",
        ),
    ),
    Client(
        name="claude-code",
        title="Claude Code",
        files=_everywhere("{CLAUDE_CONFIG_DIR}/.claude.json"),
        servers="mcpServers",
        typed=True,
        strict=True,
        program="claude",
        caution="Claude Code rewrites this file while it runs: quit its sessions before you continue.",
        start="Restart Claude Code (/mcp lists the server)",
        sources=(
            "https://code.claude.com/docs/en/mcp",
            "https://github.com/anthropics/claude-code/issues/4193",
            "https://github.com/anthropics/claude-code/issues/27941",
            "https://github.com/anthropics/claude-code/issues/43693",
        ),
    ),
    Client(
        name="cursor",
        title="Cursor",
        files=_everywhere("{HOME}/.cursor/mcp.json"),
        servers="mcpServers",
        typed=True,
        reference=f"${{env:{KEY}}}",
        program="cursor",
        start="Restart Cursor and enable the server under Settings, MCP",
        sources=("https://cursor.com/docs/mcp",),
    ),
    Client(
        name="vscode",
        title="VS Code",
        files={
            "linux": ("{XDG_CONFIG_HOME}/Code/User/mcp.json",),
            "darwin": ("{HOME}/Library/Application Support/Code/User/mcp.json",),
            "win32": ("{APPDATA}/Code/User/mcp.json",),
        },
        servers="servers",
        typed=True,
        reference=INPUT_REFERENCE,
        program="code",
        start='Run "MCP: List Servers" from the VS Code Command Palette and start the server',
        sources=(
            "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
            "https://code.visualstudio.com/docs/configure/settings#_user-settingsjson-location",
        ),
    ),
    Client(
        name="windsurf",
        title="Windsurf",
        files=_everywhere("{HOME}/.codeium/windsurf/mcp_config.json"),
        servers="mcpServers",
        reference=f"${{env:{KEY}}}",
        program="windsurf",
        start="Press Refresh in the MCP panel of Windsurf's Cascade",
        sources=("https://docs.windsurf.com/windsurf/cascade/mcp",),
    ),
    Client(
        name="zed",
        title="Zed",
        files={
            "linux": ("{XDG_CONFIG_HOME}/zed/settings.json",),
            "darwin": ("{HOME}/.config/zed/settings.json",),
            "win32": ("{APPDATA}/Zed/settings.json",),
        },
        servers="context_servers",
        program="zed",
        start="Open the settings of Zed's Agent Panel and check that the server's dot is green",
        sources=(
            "https://zed.dev/docs/ai/mcp",
            "https://zed.dev/docs/configuring-zed",
            "https://github.com/zed-industries/zed/blob/main/crates/paths/src/paths.rs",
            "https://github.com/zed-extensions/postgres-context-server/issues/9",
        ),
    ),
    Client(
        name="gemini-cli",
        title="Gemini CLI",
        files=_everywhere("{HOME}/.gemini/settings.json"),
        servers="mcpServers",
        reference=f"${{{KEY}}}",
        program="gemini",
        start=(
            "Restart gemini, in a folder that you trust: elsewhere it shows the server as disabled (/mcp lists it, "
            "/permissions trusts a folder)"
        ),
        sources=(
            "https://geminicli.com/docs/tools/mcp-server",
            "https://geminicli.com/docs/reference/configuration",
            "https://geminicli.com/docs/cli/trusted-folders",
        ),
    ),
    Client(
        name="codex-cli",
        title="Codex CLI",
        files=_everywhere("{CODEX_HOME}/config.toml"),
        servers="mcp_servers",
        forwards=True,
        program="codex",
        start="Restart codex (/mcp lists the server)",
        sources=("https://developers.openai.com/codex/mcp",),
    ),
)

NAMES = tuple(client.name for client in CLIENTS)


def client_named(name: str) -> Client:
    """The client of that name, one of `NAMES`."""
    return next(client for client in CLIENTS if client.name == name)


def platform_of(system: str) -> Platform:
    """The platform for `system`, a value of `sys.platform`."""
    return "win32" if system == "win32" else "darwin" if system == "darwin" else "linux"


def locate(client: Client, platform: Platform, home: str, environ: Mapping[str, str]) -> list[PurePath]:
    """The possible settings files of `client`, the likeliest last, without looking at this machine."""
    return [expand(template, platform, home, environ) for template in client.files[platform]]


def expand(template: str, platform: Platform, home: str, environ: Mapping[str, str]) -> PurePath:
    """`template` as a path of `platform`, its `{VARIABLES}` from `environ`, else where they are by default.

    A relative path in a variable is ignored, as the XDG Base Directory Specification asks
    (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    make = PureWindowsPath if platform == "win32" else PurePosixPath
    for variable, default in _FOLDERS.items():
        said = environ.get(variable, "").strip()
        template = template.replace(f"{{{variable}}}", said if make(said).is_absolute() else default)
    return make(template.replace("{HOME}", home))
