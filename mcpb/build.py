"""Build the MCP bundle: `python mcpb/build.py [FILE]`, by default dist/telnyx-connections-mcp-VERSION.mcpb.

A bundle is a ZIP archive with manifest.json at its top, which clients install at a click. This one has the server type
`uv`: the client installs what pyproject.toml names (https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md).
The same checkout gives the same bytes, so anybody can check the SHA-256 that a registry shows.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHOLE_FOLDERS = ("server/telnyx_connections_mcp", "prompts")
SINGLE_FILES = ("README.md", "LICENSE")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP archive can tell


def bundled_files() -> Iterator[tuple[str, bytes]]:
    """Every file of the bundle: its path there, and its bytes."""
    yield "manifest.json", (ROOT / "mcpb" / "manifest.json").read_bytes()
    yield "pyproject.toml", without_dependency_groups((ROOT / "pyproject.toml").read_text(encoding="utf-8")).encode()
    found = [path for folder in WHOLE_FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in [ROOT / name for name in SINGLE_FILES] + sorted(found):
        if "__pycache__" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()


def without_dependency_groups(project: str) -> str:
    """`project`, a pyproject.toml, without what developers need: `uv run` would resolve that too at its first start."""
    lean, cut = re.subn(r"^\[dependency-groups\]\n.*?(?=^\[)", "", project, flags=re.MULTILINE | re.DOTALL)
    if cut != 1:
        raise SystemExit("pyproject.toml has no [dependency-groups] table followed by another: look at mcpb/build.py.")
    return lean


def build(bundle: Path) -> None:
    """Write the bundle."""
    bundle.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in bundled_files():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    version = json.loads((ROOT / "mcpb" / "manifest.json").read_text(encoding="utf-8"))["version"]
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist" / f"telnyx-connections-mcp-{version}.mcpb")
    build(target)
    print(target)  # noqa: T201  # a person reads it
