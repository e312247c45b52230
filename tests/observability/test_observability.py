"""What operators see of each request: a line, a span and durations, but no query, argument or key."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp.shared.exceptions import MCPError
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.observability.logs import log_to_stderr
from telnyx_connections_mcp.observability.request_lines import REQUEST_LOGGER
from telnyx_connections_mcp.observability.request_log import RequestLogMiddleware
from telnyx_connections_mcp.observability.request_record import CURRENT_REQUEST, request_id_of, set_account, set_failure
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.sandbox.app import create_app

pytestmark = pytest.mark.anyio
Connect = Callable[..., Any]
_EXPORTER, _READER = InMemorySpanExporter(), InMemoryMetricReader()


@pytest.fixture(scope="module", autouse=True)
def sdk() -> None:
    """OpenTelemetry's SDK, which a process sets up only once."""
    tracer = TracerProvider()
    tracer.add_span_processor(SimpleSpanProcessor(_EXPORTER))
    trace.set_tracer_provider(tracer)
    metrics.set_meter_provider(MeterProvider([_READER]))


@pytest.fixture
def spans() -> Callable[[], list[ReadableSpan]]:
    """The spans of this test."""
    _EXPORTER.clear()
    return lambda: list(_EXPORTER.get_finished_spans())


def points(name: str) -> list[Any]:
    """The data points of the metric `name` so far."""
    data = _READER.get_metrics_data()
    scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
    return [
        point
        for scope in scopes
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
    ]


def told(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The facts of the only request line."""
    [record] = [record for record in caplog.records if record.name == REQUEST_LOGGER]
    facts: dict[str, Any] = record.call  # type: ignore[attr-defined]  # what `extra` adds
    return facts


@pytest.fixture(autouse=True)
def every_call(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, REQUEST_LOGGER)


@pytest.mark.parametrize(
    ("fault", "settings", "tool", "arguments", "outcome"),
    [
        (None, {}, "list_connections", {}, "ok"),
        (None, {}, "list_connections", {"page": {"sise": 1}}, "ArgumentError"),
        ("401", {}, "list_connections", {}, "KeyRefused"),
        ("stall", {"tool_timeout": 0.2}, "list_connections", {}, "TimeoutError"),
        (None, {"problem": "Set something."}, "list_connections", {}, "SettingsError"),
        (None, {}, "no_such_tool", {}, "UnknownTool"),
    ],
)
async def test_each_request_has_a_line_with_its_outcome(  # noqa: PLR0917  # what a case is made of
    connect: Connect,
    era: str,
    caplog: pytest.LogCaptureFixture,
    fault: str | None,
    settings: dict[str, Any],
    tool: str,
    arguments: dict[str, Any],
    outcome: str,
) -> None:
    """The line says who asked for what, how long it took and how it ended, with the kind of an error."""
    async with connect(fault=fault, mode=era, **settings) as client:
        await client.call_tool(tool, arguments)
    facts = told(caplog)
    assert (facts["method"], facts["target"], facts["outcome"]) == ("tools/call", tool, outcome)
    assert facts["milliseconds"] > 0
    assert facts["request_id"]
    assert facts["upstream_requests"] == (outcome in ("ok", "KeyRefused", "TimeoutError"))
    assert "arguments" not in facts


async def test_a_protocol_error_is_logged_with_its_code(
    connect: Connect, era: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An error of the protocol is logged with its number."""
    async with connect(mode=era) as client:
        with pytest.raises(MCPError):
            await client.get_prompt("find-connection", {})
    facts = told(caplog)
    assert (facts["method"], facts["target"], facts["outcome"]) == ("prompts/get", "find-connection", "-32602")


@pytest.mark.parametrize(
    ("settings", "uri", "outcome"),
    [
        ({"problem": "No key."}, "telnyx://fleet", "SettingsError"),
        ({"fault": "401"}, "telnyx://audit", "KeyRefused"),
        ({}, "telnyx://connections/1", "NoSuchObject"),
        ({"fault": "stall", "tool_timeout": 0.2}, "telnyx://connections/1", "TimeoutError"),
    ],
)
async def test_a_failed_resource_is_logged_with_its_kind_of_error(
    connect: Connect, caplog: pytest.LogCaptureFixture, settings: dict[str, Any], uri: str, outcome: str
) -> None:
    """A failed resource is logged with its kind of error, because the protocol has one number for all."""
    async with connect(**settings) as client:
        with pytest.raises(MCPError):
            await client.read_resource(uri)
    facts = told(caplog)
    assert (facts["method"], facts["target"], facts["outcome"]) == ("resources/read", uri, outcome)


async def test_a_defect_is_logged_with_its_exception(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """The line names the type of an unexpected exception."""

    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise RuntimeError(request.method)

    async with connect(transport=Broken()) as client:
        assert (await client.call_tool("list_connections", {})).is_error
    assert told(caplog)["outcome"] == "RuntimeError"


async def test_a_cancelled_request_is_logged_as_cancelled(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """A request that the client cancels is not logged as a failure."""
    async with connect(fault="stall") as client:
        with anyio.move_on_after(0.3):
            await client.call_tool("list_connections", {})
        with anyio.fail_after(10):
            while not [record for record in caplog.records if record.name == REQUEST_LOGGER]:
                await anyio.lowlevel.checkpoint()
    assert told(caplog)["outcome"] == "cancelled"


async def test_an_exception_of_a_handler_is_logged_and_raised(caplog: pytest.LogCaptureFixture) -> None:
    """An exception is named in the line and passed on."""

    class Asked:
        method, params, request = "prompts/get", {"name": "x\u202e"}, None

    async def fails(_: Any) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await RequestLogMiddleware()(Asked(), fails)  # type: ignore[arg-type]  # what it uses of a context
    facts = told(caplog)
    assert (facts["target"], facts["outcome"]) == ("x", "KeyError")


async def test_no_name_can_forge_a_fact(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """In a text line, anything but a plain word is quoted."""
    async with connect() as client:
        await client.call_tool('x outcome=ok caller="root"', {})
    [line] = [record.getMessage() for record in caplog.records if record.name == REQUEST_LOGGER]
    assert r' target="x outcome=ok caller=\"root\"" outcome=UnknownTool ' in line


async def test_arguments_are_logged_only_if_configured(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Arguments, which may name connections, are logged only on demand, cleaned and cut."""
    wanted = {"where": {"name_contains": "ac\u202eme"}}
    async with connect(log_arguments=True) as client:
        await client.call_tool("search_connections", wanted)
    assert told(caplog)["arguments"] == '{"where": {"name_contains": "acme"}}'


async def test_no_secret_among_the_arguments_is_logged(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Passwords sent by mistake and the token of a caller are not logged."""
    wrong = {"api_key": "hunter2", "headers": [{"password": ["hunter2"]}], "where": {"name_glob": "tcm_" + "a1" * 29}}
    async with connect(log_arguments=True) as client:
        await client.call_tool("search_connections", wrong)
    said = '{"api_key": "***", "headers": [{"password": "***"}], "where": {"name_glob": "***"}}'
    assert told(caplog)["arguments"] == said


async def test_spans_show_the_request_to_telnyx_without_its_query(
    connect: Connect, spans: Callable[[], list[ReadableSpan]]
) -> None:
    """A client span has the method, address, path and status of the request to Telnyx, but no query."""
    async with connect() as client:
        await client.call_tool("list_connections", {"filter": {"connection_name": "acme"}})
    [get] = [span for span in spans() if span.name == "GET"]
    [call] = [span for span in spans() if span.name == "tools/call list_connections" and span.kind.name == "SERVER"]
    assert get.parent is not None
    assert get.parent.span_id == call.context.span_id
    assert get.attributes is not None
    assert get.attributes["url.full"] == "http://localhost/v2/connections"
    assert get.attributes["http.response.status_code"] == 200
    assert "acme" not in str([span.to_json() for span in spans()])
    assert "KEY_SANDBOX" not in str([span.to_json() for span in spans()])


async def test_metrics_cover_requests_telnyx_and_snapshots(connect: Connect) -> None:
    """There are metrics for durations, errors, responses of Telnyx, the rate limit and snapshots."""
    async with connect() as client:
        for _ in range(2):
            await client.call_tool("search_connections", {"group_by": ["active"]})
        await client.call_tool("search_connections", {"limit": 0})
    async with connect(fault="401") as client:
        await client.call_tool("list_active_calls", {"connection_id": "1"})
    calls = {
        (point.attributes.get("gen_ai.tool.name"), point.attributes.get("error.type")): point.count
        for point in points("mcp.server.operation.duration")
    }
    assert calls["search_connections", None] >= 2
    assert calls["search_connections", "ArgumentError"] >= 1
    assert calls["list_active_calls", "KeyRefused"] >= 1
    upstream = {point.attributes.get("error.type") for point in points("http.client.request.duration")}
    assert {None, "401"} <= upstream
    assert points("telnyx.rate_limit.remaining")[0].value > 1000
    assert {point.attributes["hit"] for point in points("telnyx.snapshot.reads")} == {True, False}
    assert 0 <= points("telnyx.snapshot.age")[0].min < 30


async def test_a_failed_request_to_telnyx_is_measured(connect: Connect) -> None:
    """A request without a response is counted by its kind of failure."""

    class Away(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused", request=request)

    async with connect(transport=Away(), tool_timeout=1) as client:
        assert (await client.call_tool("list_connections", {})).is_error
    assert "ConnectError" in {point.attributes.get("error.type") for point in points("http.client.request.duration")}


async def test_an_invalid_rate_limit_header_is_not_measured(connect: Connect, spans: Any) -> None:
    """An invalid header does not affect the answer and is not measured."""
    inner = httpx.ASGITransport(create_app())

    class Odd(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await inner.handle_async_request(request)
            response.headers["x-ratelimit-remaining"] = "many"
            return response

    async with connect(transport=Odd()) as client:
        assert not (await client.call_tool("list_connections", {})).is_error
    assert spans()


async def test_nothing_is_recorded_outside_of_a_request() -> None:
    """Requests that a terminal command makes belong to no client's request."""
    set_account("berlin")
    set_failure("Busy")
    assert CURRENT_REQUEST.get() is None


async def test_only_a_valid_request_id_is_adopted() -> None:
    """A request id from a proxy is adopted if it is short and plain, otherwise replaced."""
    assert request_id_of("abc-1.2_X") == "abc-1.2_X"
    for odd in (None, "", "a b", "x" * 65, "a\n"):
        assert request_id_of(odd) not in (odd, request_id_of(odd))


def test_json_lines_over_stdio(start: Callable[..., Any]) -> None:
    """With --log-format json every line of stderr is an object, and a request line has its facts."""
    server = start("--sandbox", "--log-format", "json", "--log-level", "info")
    server.handshake()
    server.ask(1, "tools/call", name="list_connections", arguments={"filter": {"connection_name": "acme"}})
    code, stderr = server.close()
    assert code == 0
    lines = [json.loads(line) for line in stderr.splitlines()]
    [line] = [line for line in lines if line["logger"] == REQUEST_LOGGER]
    assert (line["level"], line["target"], line["outcome"]) == ("INFO", "list_connections", "ok")
    assert "acme" not in stderr


def test_a_json_line_during_a_request_names_it(start: Callable[..., Any], tmp_path: Path) -> None:
    """Every line logged during a request has the id of the request."""
    hook = "from telnyx_connections_mcp.telnyx import client; client.TelnyxClient.list_objects = None"
    (tmp_path / "sitecustomize.py").write_text(hook)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    server = start("--sandbox", "--log-format", "json", "--log-level", "info", PYTHONPATH=path)
    server.handshake()
    said = server.ask(1, "tools/call", name="list_connections", arguments={})
    assert "a defect in this server" in str(said)
    lines = [json.loads(line) for line in server.close()[1].splitlines()]
    [call] = [line for line in lines if line["logger"] == REQUEST_LOGGER]
    [stack] = [line for line in lines if "exc_info" in line]
    assert call["outcome"] == "TypeError"
    assert stack["request_id"] == call["request_id"]


def test_an_unknown_log_format_is_reported(start: Callable[..., Any]) -> None:
    """An unknown log format is reported like any unusable setting."""
    server = start("--sandbox", TELNYX_LOG_FORMAT="xml")
    server.handshake()
    said = server.ask(1, "tools/call", name="list_connections", arguments={})
    assert "TELNYX_LOG_FORMAT must be one of text, json" in str(said)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_traceback_shows_a_secret(
    log_format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exception messages are masked, and the lines of code in a traceback stay."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_to_stderr(Settings(log_format=log_format), OwnSecrets([]))
    row = {"sip_password": "hunter2", "url": "https://bob:hunter2@h.example/?token=hunter2"}

    def fails() -> None:
        raise ValueError(row, "\x1b[31m")

    try:
        fails()
    except ValueError:
        logging.getLogger("x").exception("failed", stack_info=True)
    said = capsys.readouterr().err
    assert "raise ValueError(row" in said
    assert "***:***@h.example" in said
    assert "hunter2" not in said
