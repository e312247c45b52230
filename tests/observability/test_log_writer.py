"""Writing the log to standard error never blocks the server."""

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
    """Both ends of a pipe, to read and to write."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def create(descriptor: int) -> LogWriter:
    writer = LogWriter(descriptor, str)
    writer.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    return writer


def test_a_server_whose_log_is_not_read_keeps_working(start: Callable[..., Any]) -> None:
    """The server keeps answering and exits normally, however many lines it logs."""
    process = start("serve", "--sandbox", "--http", "0")
    said = process.popen.stderr.readline().decode()
    origin = said.partition(" at ")[2].partition("/mcp")[0]
    with httpx.Client(base_url=origin) as client:
        for _ in range(700):  # a pipe holds 64 KiB, and each line about a refused request has more than 200 bytes
            assert client.get(f"/{'x' * 100}").status_code == 404
    process.popen.terminate()
    assert process.popen.wait(20) == 0


def test_over_stdio_every_line_is_written_at_once(start: Callable[..., Any]) -> None:
    """Lines are not batched over stdio, because clients end the server with a signal."""
    process = start("serve", "--sandbox", TELNYX_LOG_LEVEL="INFO")
    process.handshake()
    for number in range(20):
        process.ask(number, "tools/call", name="search_connections", arguments={"offset": number})
    process.popen.terminate()
    lines = process.popen.stderr.read().decode().count("search_connections")
    assert lines >= 19  # the thread may not have had its turn yet with the last one


def test_unread_lines_are_dropped_and_counted(pipe: tuple[int, int]) -> None:
    """Beyond a megabyte lines are dropped, and a line says how many once the reader catches up."""
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


def test_a_reader_that_is_gone_is_ignored() -> None:
    """Once the reader has closed the pipe, nothing fails and the exit does not wait."""
    reads, writes = os.pipe()
    os.close(reads)
    writer = create(writes)
    writer.write("x")
    writer.flush()
    os.close(writes)


def test_a_line_that_cannot_be_formatted_is_reported(pipe: tuple[int, int], capsys: pytest.CaptureFixture[str]) -> None:
    """A formatting error is reported as by any `logging` handler."""
    create(pipe[1]).emit(logging.LogRecord("x", logging.INFO, "", 0, "%d", ("x",), None))
    assert "--- Logging error ---" in capsys.readouterr().err


def test_a_lone_surrogate_is_escaped(pipe: tuple[int, int]) -> None:
    """A line with a lone surrogate is still written."""
    writer = create(pipe[1])
    writer.write("\ud800")
    writer.flush()
    assert os.read(pipe[0], 100) == b"\\ud800\n"


def test_a_replaced_standard_error_is_written_to_directly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If standard error is not a file, lines are written to it directly."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_to_stderr(Settings(problem="Set a key."), OwnSecrets([]), serving=True)
    assert capsys.readouterr().err.endswith(": Set a key.\n")


@pytest.mark.parametrize(("line", "told"), [(request_lines.as_text, f"why={MARK}"), (request_lines.as_json, MARK)])
def test_no_line_about_a_request_shows_the_key(line: Callable[..., str], told: str) -> None:
    """A request line never shows the key, wherever it stands, and keeps its format."""
    said = line(OwnSecrets([KEY]), {"request_id": "1", "caller": None, "why": KEY})
    assert told in said
    assert not OwnSecrets([KEY]).found_in(said)
    assert line is request_lines.as_text or json.loads(said)["why"] == MARK


def test_a_line_of_json_has_every_fact() -> None:
    """A JSON line has every fact by name, while a text line leaves out unknown ones."""
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
