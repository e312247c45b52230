"""Real clients connect, each with its defaults, to a server on a machine that is kept busy: none may fail.

`python benchmarks/connects.py [CONNECTS]`: it needs Node.js 20 or newer with npm, and installs the clients in a
folder of its own.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

from stdio import OURS, spinning

HERE = Path(__file__).parent
NPM = ["@ai-sdk/mcp", "@modelcontextprotocol/sdk", "@modelcontextprotocol/client"]
NODE = ["ai-sdk", "typescript-1", "typescript-2-handshake", "typescript-2-auto"]
TOOLS = 5
PATIENCE = 120
PYTHON = """\
import json, sys, time
import anyio

async def main(maker, command, *arguments):
    if maker == "fastmcp":
        from fastmcp import Client
        from fastmcp.client.transports import StdioTransport
        client = Client(StdioTransport(command, list(arguments)))
    else:
        from mcp.client import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client
        client = Client(stdio_client(StdioServerParameters(command=command, args=list(arguments))), mode=maker)
    begun = time.perf_counter()
    async with client:
        tools = await client.list_tools()
        milliseconds = (time.perf_counter() - begun) * 1000
    print(json.dumps({"tools": [tool.name for tool in getattr(tools, "tools", tools)], "milliseconds": milliseconds}))

anyio.run(main, *sys.argv[1:])
"""


def clients(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each client's name and the command that connects it once."""
    (folder / "connects.mjs").write_text((HERE / "connects.mjs").read_text(encoding="utf-8"), encoding="utf-8")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    subprocess.run(["npm", "install", "--prefix", str(folder), *quiet, *NPM], check=True)  # noqa: S607  # the one of PATH
    for maker in NODE:
        yield maker, ["node", str(folder / "connects.mjs"), maker]
    for mode in ("auto", "legacy"):
        yield f"python-{mode}", [sys.executable, "-c", PYTHON, mode]
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "fastmcp-slim[client]"], check=True)
    yield "fastmcp", [python, "-c", PYTHON, "fastmcp"]


def connect(command: list[str]) -> float | str:
    """Milliseconds until the client had the tools; what it said where it failed."""
    try:
        done = subprocess.run(
            [*command, *OURS, "--sandbox"], capture_output=True, text=True, timeout=PATIENCE, check=True
        )
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip()[-300:]
    except subprocess.TimeoutExpired:
        return f"nothing after {PATIENCE} s"
    said = json.loads(done.stdout.splitlines()[-1])
    return float(said["milliseconds"]) if len(said["tools"]) == TOOLS else f"{len(said['tools'])} tools"


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        made = list(clients(Path(folder)))
        with spinning():
            for name, command in made:
                connects = [connect(command) for _ in range(number)]
                times = [one for one in connects if isinstance(one, float)]
                failures = [one for one in connects if isinstance(one, str)]
                failed += len(failures)
                median = f"median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms" if times else ""
                print(f"{name:>24}: {len(times)} of {number} have the tools; {median} {failures[:1] or ''}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
