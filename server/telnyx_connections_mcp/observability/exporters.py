"""Sending traces and metrics somewhere: only where OpenTelemetry's own variables name a place."""

import logging
from collections.abc import Callable, Mapping

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.config.environment import SettingsError, switch

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_SIGNALS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")


def start_exporters(environ: Mapping[str, str]) -> Callable[[], None]:
    """Export over OTLP/HTTP if `environ` names an endpoint; what to call at the end, so that nothing is lost.

    The endpoint, its headers and intervals are read by OpenTelemetry itself
    (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Without the `otel` extra a line says what to install.
    """
    traces, metrics = (any(environ.get(name) for name in (_ENDPOINT, signal)) for signal in _SIGNALS)
    try:
        if not (traces or metrics) or switch(environ, "OTEL_SDK_DISABLED"):
            return lambda: None
    except SettingsError as error:
        logging.getLogger(__name__).error("%s Nothing is exported.", error)  # noqa: TRY400  # as below
        return lambda: None
    try:
        return _start(traces=traces, metrics=metrics, named="OTEL_SERVICE_NAME" in environ)
    except ImportError:
        logging.getLogger(__name__).error(  # noqa: TRY400  # a person reads it, and needs no stack
            "%s is set, but what exports is not installed: pip install 'telnyx-connections-mcp[otel]'.", _ENDPOINT
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
    at_the_end: list[Callable[[], None]] = []
    if traces:
        tracer = TracerProvider(resource=resource)
        tracer.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        traces_api.set_tracer_provider(tracer)
        at_the_end.append(tracer.shutdown)
    if metrics:
        meter = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)
        metrics_api.set_meter_provider(meter)
        at_the_end.append(meter.shutdown)

    def stop() -> None:
        for end in at_the_end:
            end()

    return stop
