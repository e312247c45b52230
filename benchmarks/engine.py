"""New questions about a warm snapshot: this checkout and an earlier commit in turn, and how long others wait meanwhile.

`python benchmarks/engine.py COMMIT [SIZE]`, by default 10,000 connections. `git archive` puts the code of COMMIT into a
temporary directory; both run in processes of their own and are asked over MCP without a network. Each question is asked
twice: the first time it is computed, then the answer is repeated from memory. The difference is what the engine takes.
"""

import asyncio
import io
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROUNDS = 7
CALLERS = 20
QUESTIONS: dict[str, dict[str, Any]] = {
    "count by type": {"group_by": ["record_type"]},
    "count by type and state": {"group_by": ["record_type", "active"]},
    "count by tag": {"group_by": ["tag"]},
    "count by host": {"group_by": ["webhook_host"]},
    "count by year": {"group_by": ["created_year"]},
    "count by name": {"group_by": ["connection_name"]},
    "newest": {},
    "by name": {"sort": "connection_name"},
    "name contains": {"where": {"name_contains": "prod-0"}},
    "tags, type and state": {"where": {"tags_any": ["EU"], "record_type": ["ip_connection"], "active": True}},
    "tags, counted by type": {"where": {"tags_all": ["eu", "prod"]}, "group_by": ["record_type"]},
    "host": {"where": {"webhook_host": "acme.example"}},
    "many conditions": {
        "where": {
            "name_not_contains": "-00",
            "tags_none": ["dev"],
            "has_webhook": True,
            "record_type_not": ["fax_application"],
        }
    },
    "a name that none has": {"where": {"name_contains": "acme-prd"}},
}


def main() -> None:
    commit, size = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as old:
        git = shutil.which("git") or "git"
        archive = subprocess.run([git, "archive", commit, "server"], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(old, filter="data")
        then, now = Child(Path(old) / "server", size), Child(ROOT / "server", size)
        print(f"{size} connections: memory {then.memory:.0f} MB at {commit}, {now.memory:.0f} MB now")
        for name, question in QUESTIONS.items():
            pairs = [(then.engine(question, number), now.engine(question, number)) for number in range(ROUNDS)]
            before, after = (statistics.median(column) for column in zip(*pairs, strict=True))
            fastest = min(pair[1] for pair in pairs)
            print(
                f"{name:24} {before:8.1f} ms then, {after:7.1f} ms now (fastest {fastest:.1f}): {before / after:.1f} x"
            )
        for name, child in (("then", then), ("now", now)):
            child.ask({"lag": CALLERS})
            print(f"event loop with {CALLERS} callers, {name}: {child.ask({'lag': CALLERS})}")
            child.process.stdin.close()


class Child:
    """A process that answers from one checkout."""

    def __init__(self, server: Path, size: int) -> None:
        self.process: Any = subprocess.Popen(
            [sys.executable, __file__, "--child", str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(server)},
        )
        self.memory = self.ask({"memory": True})

    def ask(self, order: dict[str, Any]) -> Any:
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def engine(self, question: dict[str, Any], number: int) -> float:
        """Milliseconds of a question, less those of the answer that is remembered."""
        asked = question | {"offset": number}  # so that it is new
        return max(0.01, self.ask({"question": asked}) - self.ask({"question": asked}))


async def child(size: int) -> None:
    import httpx
    from mcp.client import Client

    create_server = one_of("mcp_server.app", "app").create_server
    settings = one_of("config.settings", "settings").Settings(
        api_key="KEY_SANDBOX", base_url="http://localhost/v2", snapshot_seconds=3600
    )

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(page(int(request.url.params["page[number]"]), size)))

    async with Client(create_server(settings, lambda: httpx.MockTransport(answer))) as client:
        await client.call_tool("search_connections", {"limit": 1})
        for line in iter(sys.stdin.readline, ""):
            order = json.loads(line)
            if "lag" in order:
                said: Any = await lag(client, order["lag"])
            elif "memory" in order:
                said = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            else:
                begun = time.perf_counter()
                result = await client.call_tool("search_connections", order["question"])
                said = 1000 * (time.perf_counter() - begun)
                assert not result.is_error, result
            print(json.dumps(said), flush=True)


async def lag(client: Any, callers: int) -> str:
    """How late a timer of a millisecond is while so many callers ask new questions."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            late.append(1000 * (time.perf_counter() - begun) - 1)

    async def caller(number: int) -> None:
        for name in ("name contains", "many conditions", "count by tag", "by name"):
            offset = {"offset": time.monotonic_ns() % 10_000 + number}
            await client.call_tool("search_connections", QUESTIONS[name] | offset)

    beating = asyncio.create_task(beat())
    begun = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    seconds = time.perf_counter() - begun
    beating.cancel()
    late.sort()
    middle, slow = late[len(late) // 2], late[int(len(late) * 0.99)]
    return (
        f"median {middle:.1f}, p99 {slow:.1f}, longest {late[-1]:.1f} ms late; {4 * callers / seconds:.0f} questions/s"
    )


def page(number: int, size: int) -> bytes:
    """A page of an account of `size` connections."""
    types = ("ip_connection", "credential_connection", "texml_application", "fax_application", "fqdn_connection")
    rows = [
        {
            "id": str(1293384261075000000 + row),
            "record_type": types[min(row % 17 // 2, row % 5)],
            "active": row % 7 != 0,
            "anchorsite_override": "Latency",
            "connection_name": f"Acme-Prod-{row * 7919 % size:06}",
            "created_at": f"20{18 + row * 8 // size}-{1 + row % 12:02}-01T12:00:{row % 60:02}Z",
            "updated_at": f"2025-{1 + row % 12:02}-01T12:00:{row % 60:02}Z",
            "outbound_voice_profile_id": str(1293385161000000000 + row % 40),
            "tags": [("prod", "EU"), ("prod", "us"), ("dev",), ("eu", "support", "prod"), ()][row % 5],
            "webhook_event_url": f"https://hooks{row % 50}.acme.example/voice/{row}",
            "webhook_event_failover_url": None,
            "webhook_api_version": "2",
        }
        for row in range((number - 1) * 250, min(number * 250, size))
    ]
    return json.dumps({"data": rows, "meta": {"total_results": size, "page_number": number, "page_size": 250}}).encode()


def one_of(*modules: str) -> Any:
    """The first of these modules that there is: rooms were moved between the commits."""
    for name in modules:
        try:
            return import_module(f"telnyx_connections_mcp.{name}")
        except ModuleNotFoundError:
            continue
    raise SystemExit(f"none of {modules} is there")


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        import logging

        logging.disable()
        asyncio.run(child(int(sys.argv[2])))
    else:
        main()
