"""Exports traces and metrics if OpenTelemetry's own variables name an endpoint."""

import logging
from collections.abc import Callable, Mapping

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.config.environment import Setting, SettingsError, Switch

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_DISABLED = Setting(
    variable="OTEL_SDK_DISABLED", meaning="export nothing", type=Switch(), default=False, group="everywhere"
)
_SIGNALS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")


def start_exporters(environ: Mapping[str, str]) -> Callable[[], None]:
    """Export over OTLP/HTTP if `environ` names an endpoint; returns a function that flushes the exporters at exit.

    OpenTelemetry itself reads the endpoint, its headers and intervals
    (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Without the `otel` extra, a log line says what to
    install.
    """
    traces, metrics = (any(environ.get(name) for name in (_ENDPOINT, signal)) for signal in _SIGNALS)
    try:
        if not (traces or metrics) or _DISABLED.read(environ):
            return lambda: None
    except SettingsError as error:
        logging.getLogger(__name__).error("%s Nothing is exported.", error)  # noqa: TRY400  # as below
        return lambda: None
    try:
        return _start(traces=traces, metrics=metrics, named="OTEL_SERVICE_NAME" in environ)
    except ImportError:
        logging.getLogger(__name__).error(  # noqa: TRY400  # a person reads it, and needs no stack
            "%s is set, but the exporter is not installed: pip install 'telnyx-connections-mcp[otel]'.", _ENDPOINT
        )
        return lambda: None


def _start(*, traces: bool, metrics: bool, named: bool) -> Callable[[], None]:
    from opentelemetry import metrics as metrics_api
    from opentelemetry import trace as traces_api
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    name = {} if named else {"service.name": "telnyx-connections-mcp"}
    resource = Resource.create({"service.version": __version__, **name})
    shutdowns: list[Callable[[], None]] = []
    if traces:
        tracer = TracerProvider(resource=resource)
        tracer.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        traces_api.set_tracer_provider(tracer)
        shutdowns.append(tracer.shutdown)
    if metrics:
        meter = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)
        metrics_api.set_meter_provider(meter)
        shutdowns.append(meter.shutdown)

    def stop() -> None:
        for shutdown in shutdowns:
            shutdown()

    return stop
