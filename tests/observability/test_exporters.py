"""Traces and metrics are sent only where OpenTelemetry's variables say, and contain no secret."""

import json
import os
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

Start = Callable[..., Any]


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, bytes]]]:
    """An OTLP collector: its address, and what it received by path."""
    received: dict[str, bytes] = {}

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the standard library's name
            body = self.rfile.read(int(self.headers["content-length"]))
            received[self.path] = received.get(self.path, b"") + body
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()


def talk(server: Any) -> str:
    """Search for a name in a server of its own, and return its stderr."""
    server.handshake()
    server.ask(1, "tools/call", name="list_connections", arguments={"filter": {"connection_name": "umbrella"}})
    code, stderr = server.close()
    assert code == 0
    text: str = stderr
    return text


def test_traces_and_metrics_reach_a_collector(start: Start, collector: Any, sandbox_url: str) -> None:
    """Traces and metrics are sent as uncompressed OTLP over HTTP, without query or key; log lines name their trace."""
    endpoint, received = collector
    stderr = talk(
        start(
            "--log-format=json",
            "--log-level=info",
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            OTEL_EXPORTER_OTLP_COMPRESSION="none",
            TELNYX_BASE_URL=f"{sandbox_url}/v2",
            TELNYX_API_KEY="KEY_SANDBOX",
        )
    )
    assert b"tools/call list_connections" in received["/v1/traces"]
    assert b"telnyx-connections-mcp" in received["/v1/traces"]
    assert b"mcp.server.operation.duration" in received["/v1/metrics"]
    everything = b"".join(received.values())
    assert b"/v2/connections" in everything
    assert b"umbrella" not in everything
    assert b"KEY_SANDBOX" not in everything
    lines = [json.loads(line) for line in stderr.splitlines()]
    assert any(len(line.get("trace_id", "")) == 32 for line in lines)


def test_the_last_metrics_over_http_are_sent_when_the_server_stops(start: Start, collector: Any) -> None:
    """Requests, refusals and concurrency are exported when the server stops."""
    endpoint, received = collector
    server = start(
        *("serve", "--sandbox", "--http", "0"),
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_EXPORTER_OTLP_COMPRESSION="none",
    )
    found = re.search(r"http://\S+/mcp", server.popen.stderr.readline().decode())
    assert found is not None
    params = {"name": "list_connections", "arguments": {}}
    headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    assert httpx.post(found[0], json=body, headers=headers).status_code == 200
    assert httpx.post(found[0], json=body, headers=headers | {"host": "evil.example"}).status_code == 421
    assert not received
    server.popen.terminate()
    assert server.popen.wait(20) == 0
    assert b"tools/call list_connections" in received["/v1/traces"]
    for name in (
        b"mcp.server.operation.duration",
        b"http.server.request.duration",
        b"mcp.server.requests.active",
        b"running",
    ):
        assert name in received["/v1/metrics"]


def test_traces_alone_with_another_service_name(start: Start, collector: Any) -> None:
    """An endpoint for traces exports no metrics, and OTEL_SERVICE_NAME sets the name of the service."""
    endpoint, received = collector
    talk(
        start(
            "--sandbox",
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"{endpoint}/traces",
            OTEL_EXPORTER_OTLP_COMPRESSION="none",
            OTEL_SERVICE_NAME="our-telnyx",
        )
    )
    assert list(received) == ["/traces"]
    assert b"our-telnyx" in received["/traces"]


def test_metrics_alone(start: Start, collector: Any) -> None:
    """An endpoint for metrics exports no traces."""
    endpoint, received = collector
    talk(start("--sandbox", OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=f"{endpoint}/metrics"))
    assert list(received) == ["/metrics"]


@pytest.mark.parametrize("disabled", [{}, *({"OTEL_SDK_DISABLED": word} for word in ("true", "ON", "perhaps"))])
def test_nothing_is_sent_unless_configured(start: Start, collector: Any, disabled: dict[str, str]) -> None:
    """Without an endpoint, or with the SDK disabled, nothing is sent."""
    endpoint, received = collector
    talk(start("--sandbox", **disabled, **({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} if disabled else {})))
    assert received == {}


def test_without_the_extra_a_line_says_what_to_install(start: Start, tmp_path: Path) -> None:
    """Without the `otel` extra the server runs, and a line says what to install."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['opentelemetry.sdk.trace'] = None")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    stderr = talk(start("--sandbox", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", PYTHONPATH=path))
    assert "pip install 'telnyx-connections-mcp[otel]'" in stderr
    assert "Traceback" not in stderr
