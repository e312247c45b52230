"""Where clients keep their files on every platform, without that platform."""

import pytest

from telnyx_connections_mcp.cli.install.clients import CLIENTS, NAMES, Platform, client_named, locate, platform_of

HOMES = {"linux": "/home/me", "darwin": "/Users/me", "win32": r"C:\Users\me"}
ROAMING, LOCAL = r"C:\Users\me\AppData\Roaming", r"C:\Users\me\AppData\Local"
MSIX = LOCAL + r"\Packages\Claude_pzs8sxrjxfjjc\LocalCache\Roaming\Claude\claude_desktop_config.json"


@pytest.mark.parametrize(
    ("name", "linux", "darwin", "win32"),
    [
        (
            "claude-desktop",
            "/home/me/.config/Claude/claude_desktop_config.json",
            "/Users/me/Library/Application Support/Claude/claude_desktop_config.json",
            ROAMING + r"\Claude\claude_desktop_config.json",
        ),
        ("claude-code", "/home/me/.claude.json", "/Users/me/.claude.json", r"C:\Users\me\.claude.json"),
        ("cursor", "/home/me/.cursor/mcp.json", "/Users/me/.cursor/mcp.json", r"C:\Users\me\.cursor\mcp.json"),
        (
            "vscode",
            "/home/me/.config/Code/User/mcp.json",
            "/Users/me/Library/Application Support/Code/User/mcp.json",
            ROAMING + r"\Code\User\mcp.json",
        ),
        (
            "windsurf",
            "/home/me/.codeium/windsurf/mcp_config.json",
            "/Users/me/.codeium/windsurf/mcp_config.json",
            r"C:\Users\me\.codeium\windsurf\mcp_config.json",
        ),
        (
            "zed",
            "/home/me/.config/zed/settings.json",
            "/Users/me/.config/zed/settings.json",
            ROAMING + r"\Zed\settings.json",
        ),
        (
            "gemini-cli",
            "/home/me/.gemini/settings.json",
            "/Users/me/.gemini/settings.json",
            r"C:\Users\me\.gemini\settings.json",
        ),
        (
            "codex-cli",
            "/home/me/.codex/config.toml",
            "/Users/me/.codex/config.toml",
            r"C:\Users\me\.codex\config.toml",
        ),
    ],
)
def test_every_client_on_every_platform(name: str, linux: str, darwin: str, win32: str) -> None:
    """The documented file is used unless a variable moves it."""
    found = {system: locate(client_named(name), platform_of(system), HOMES[system], {})[-1] for system in HOMES}
    assert {platform: str(path) for platform, path in found.items()} == {
        "linux": linux,
        "darwin": darwin,
        "win32": win32,
    }


@pytest.mark.parametrize(
    ("name", "platform", "environ", "path"),
    [
        ("zed", "linux", {"XDG_CONFIG_HOME": "/x"}, "/x/zed/settings.json"),
        ("zed", "darwin", {"XDG_CONFIG_HOME": "/x"}, "/Users/me/.config/zed/settings.json"),
        ("vscode", "linux", {"XDG_CONFIG_HOME": "relative"}, "/home/me/.config/Code/User/mcp.json"),
        ("vscode", "win32", {"APPDATA": r"D:\R"}, r"D:\R\Code\User\mcp.json"),
        ("codex-cli", "linux", {"CODEX_HOME": "/c"}, "/c/config.toml"),
        ("codex-cli", "linux", {"CODEX_HOME": " "}, "/home/me/.codex/config.toml"),
        ("claude-code", "darwin", {"CLAUDE_CONFIG_DIR": "/c"}, "/c/.claude.json"),
    ],
)
def test_variables_move_a_file(name: str, platform: Platform, environ: dict[str, str], path: str) -> None:
    """A variable moves the file if it holds an absolute path of that platform."""
    assert str(locate(client_named(name), platform, HOMES[platform], environ)[-1]) == path


def test_claude_desktop_for_windows_may_be_packaged() -> None:
    """The folder of its package comes first, and the documented one last."""
    found = locate(client_named("claude-desktop"), "win32", HOMES["win32"], {})
    assert [str(path) for path in found] == [MSIX, ROAMING + r"\Claude\claude_desktop_config.json"]


def test_every_fact_has_a_source() -> None:
    """Each client has a source, a name that is easy to type, and absolute paths."""
    for client in CLIENTS:
        assert client.sources
        assert all(source.startswith("https://") for source in client.sources)
        assert client.name == client.name.lower()
        for platform, home in HOMES.items():
            paths = locate(client, platform_of(platform), home, {})
            assert all(path.is_absolute() for path in paths)
    assert len(set(NAMES)) == len(CLIENTS) == 8


def test_every_system_has_a_platform() -> None:
    """Other Unix systems keep their files where Linux does."""
    assert [platform_of(system) for system in ("win32", "darwin", "linux", "freebsd14")] == [
        "win32",
        "darwin",
        "linux",
        "linux",
    ]
