"""Every hostile statement is refused, or bounded in time, memory and output, and the process survives."""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import pytest

from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.text.cleaning import CUT_MARK, clean

from .conftest import Ask, snapshot_of
from .hostile import BOUNDED, EXPENSIVE, REFUSED

pytestmark = pytest.mark.anyio

GIVEN = Path(__file__).parents[3] / "shared" / "sql-attacks.json"
RENAMED = {"name": "connection_name", "type": "record_type", "host": "webhook_host", "url": "webhook_event_url"}
PROCESSOR_SECONDS = 1.25
MEGABYTES = 192


async def outcome(ask: Ask, sql: str) -> str:
    """`refused` or `bounded`; fails if the answer or the error is not presentable."""
    try:
        result = await ask(sql)
    except StatementRefused as refused:
        assert_clean(str(refused), 1_000)
        assert str(refused).endswith((".", CUT_MARK))
        return "refused"
    texts = [cell for row in result.rows for cell in row if isinstance(cell, str)]
    assert len(result.rows) <= 100
    assert sum(map(len, texts[64:])) <= 40_000  # one row comes back, however long
    for text in texts:
        assert_clean(text, 1_000)
    for name in result.columns:
        assert_clean(name, 64)
    for cell in chain(*result.rows):
        assert isinstance(cell, str | None) or (math.isfinite(cell) and (isinstance(cell, float) or abs(cell) <= 2**53))
    return "bounded"


def assert_clean(text: str, longest: int) -> None:
    assert clean(text) == text
    assert len(text) <= longest


@pytest.mark.parametrize("kind", ["refused", "bounded"])
async def test_hostile_statements_do_no_harm(ask: Ask, kind: str) -> None:
    """Each is refused or bounded as listed, and the connections are still there."""
    statements = REFUSED if kind == "refused" else BOUNDED
    ended = {sql: await outcome(ask, sql) for sql in statements}
    assert [sql[:200] for sql, how in ended.items() if how != kind] == []
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]


@pytest.mark.parametrize("sql", EXPENSIVE)
async def test_expensive_statements_are_bounded(ask: Ask, sql: str) -> None:
    """CPU time and memory are bounded as far as this system can measure them."""
    many = await snapshot_of(1_000)
    await ask("SELECT count(*) FROM connections", snapshot=many)
    before = dict(processor_seconds())
    await outcome(lambda sql: ask(sql, snapshot=many), sql)
    for process, seconds in processor_seconds():
        assert seconds - before.get(process, 0) <= PROCESSOR_SECONDS
        assert peak_megabytes(process) <= MEGABYTES
    assert (await ask("SELECT count(*) FROM connections", snapshot=many)).rows == [[1_000]]


@pytest.mark.skipif(not GIVEN.exists(), reason="the folder `shared` with hostile statements of others is not here")
async def test_hostile_statements_of_others_do_no_harm(ask: Ask) -> None:
    """They run as written and with our column names, and those to be bounded may also be refused."""
    given: list[Mapping[str, str]] = json.loads(GIVEN.read_text(encoding="utf-8"))
    ended = {
        (attack["name"], attack["want"]): {await outcome(ask, sql) for sql in {attack["sql"], renamed(attack["sql"])}}
        for attack in given
    }
    assert [name for (name, want), how in ended.items() if not how <= {"refused", want}] == []


def renamed(sql: str) -> str:
    for name, ours in RENAMED.items():
        sql = re.sub(rf"\b{name}\b", ours, sql)
    return sql


def processor_seconds() -> Iterator[tuple[int, float]]:
    """The query processes among the children of this process, and their CPU times; empty if the system does not say."""
    for listed in Path("/proc/self/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            if b"sql.worker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                continue  # what tests of other files keep running
            used = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]
            yield child, sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0
