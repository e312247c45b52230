"""The log on its way to standard error: late or never taken, it keeps nobody waiting."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.observability import request_lines
from telnyx_connections_mcp.observability.log_writer import MAX_QUEUED, LogWriter
from telnyx_connections_mcp.observability.logs import log_to_stderr
from telnyx_connections_mcp.redaction.own_keys import MARK, OwnSecrets

KEY = "KEY0123456789ABCDEF0123456789ABCDEF_AbCdEfGhIjKlMnOpQrSt"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The ends to read and to write."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def create(descriptor: int) -> LogWriter:
    writer = LogWriter(descriptor, str)
    writer.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    return writer


def test_a_server_whose_log_nobody_reads_goes_on(start: Callable[..., Any]) -> None:
    """It answers, however many lines that makes, and still ends as it should."""
    process = start("serve", "--sandbox", "--http", "0")
    said = process.popen.stderr.readline().decode()
    origin = said.partition(" at ")[2].partition("/mcp")[0]
    with httpx.Client(base_url=origin) as client:
        for _ in range(700):  # a pipe holds 64 KiB, and each line about a refused request has more than 200 bytes
            assert client.get(f"/{'x' * 100}").status_code == 404
    process.popen.terminate()
    assert process.popen.wait(20) == 0


def test_over_stdio_no_line_waits_for_others(start: Callable[..., Any]) -> None:
    """Clients end such a server with a signal, which leaves no time to write what was gathered."""
    process = start("serve", "--sandbox", TELNYX_LOG_LEVEL="INFO")
    process.handshake()
    for number in range(20):
        process.ask(number, "tools/call", name="search_connections", arguments={"offset": number})
    process.popen.terminate()
    lines = process.popen.stderr.read().decode().count("search_connections")
    assert lines >= 19  # the thread may not have had its turn yet with the last one


def test_what_nobody_takes_is_dropped_and_counted(pipe: tuple[int, int]) -> None:
    """A megabyte waits; once the lines before are taken, a line says how many are missing."""
    line = "x" * 1023
    writer = create(pipe[1])
    writer.write("x" * 100_000)
    came = os.read(pipe[0], 1)  # the rest of it does not fit into the pipe
    written = 2 * MAX_QUEUED // 1024
    for _ in range(written):
        writer.write(line)
    while b"dropped" not in came:
        came += os.read(pipe[0], 65_536)
    first, *lines, told = came.decode().splitlines()
    assert (len(first), set(lines)) == (100_000, {line})
    assert len(lines) > MAX_QUEUED // 1024
    dropped = f"WARNING {written - len(lines)} lines of this log were dropped here"
    assert told == f"{dropped}, because nothing read the ones before them."
    writer.write("again")
    writer.flush()
    assert os.read(pipe[0], 100) == b"again\n"


def test_lines_for_a_reader_who_is_gone_are_no_news() -> None:
    """Nothing fails, and the end does not wait."""
    reads, writes = os.pipe()
    os.close(reads)
    writer = create(writes)
    writer.write("x")
    writer.flush()
    os.close(writes)


def test_a_line_that_cannot_be_made_is_told(pipe: tuple[int, int], capsys: pytest.CaptureFixture[str]) -> None:
    """As every handler of `logging` does it."""
    create(pipe[1]).emit(logging.LogRecord("x", logging.INFO, "", 0, "%d", ("x",), None))
    assert "--- Logging error ---" in capsys.readouterr().err


def test_what_is_no_text_is_escaped(pipe: tuple[int, int]) -> None:
    """A lone surrogate costs no line."""
    writer = create(pipe[1])
    writer.write("\ud800")
    writer.flush()
    assert os.read(pipe[0], 100) == b"\\ud800\n"


def test_where_standard_error_is_no_file_it_is_written_to_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where somebody put a text of their own in its place."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_to_stderr(Settings(problem="Set a key."), OwnSecrets([]), serving=True)
    assert capsys.readouterr().err.endswith(": Set a key.\n")


@pytest.mark.parametrize(("line", "told"), [(request_lines.as_text, f"why={MARK}"), (request_lines.as_json, MARK)])
def test_no_line_about_a_request_shows_the_key(line: Callable[..., str], told: str) -> None:
    """Wherever in it the key stands; the line keeps its form."""
    said = line(OwnSecrets([KEY]), {"request_id": "1", "caller": None, "why": KEY})
    assert told in said
    assert not OwnSecrets([KEY]).found_in(said)
    assert line is request_lines.as_text or json.loads(said)["why"] == MARK


def test_a_line_of_json_has_every_fact() -> None:
    """By its name; the text beside them leaves out what is not known."""
    said = json.loads(request_lines.as_json(OwnSecrets([KEY]), {"caller": None, "target": "a b", "milliseconds": 1.5}))
    assert said.pop("time")
    assert said == {
        "level": "INFO",
        "logger": request_lines.REQUEST_LOGGER,
        "message": 'target="a b" milliseconds=1.5',
        "caller": None,
        "target": "a b",
        "milliseconds": 1.5,
    }
