"""What the first call needs is prepared before it comes."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def wait_for_a_reader(fifo: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            assert time.monotonic() < deadline, "nobody reads the authorities"
        else:
            return


def test_certificates_are_read_before_the_first_call(start: Callable[..., Any], tmp_path: Path) -> None:
    """Without a call, and without a connection to Telnyx; where they cannot be read, it is the call that says so."""
    fifo = tmp_path / "authorities.pem"
    os.mkfifo(fifo)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        address = f"https://127.0.0.1:{listener.getsockname()[1]}/v2"
        server = start(TELNYX_API_KEY="KEY0123456789", TELNYX_BASE_URL=address, SSL_CERT_FILE=str(fifo))
        server.handshake()
        wait_for_a_reader(fifo)
        fifo.unlink()
        said = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]
        assert "SSL_CERT_FILE" in str(said["content"])
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert server.close() == (0, "")
