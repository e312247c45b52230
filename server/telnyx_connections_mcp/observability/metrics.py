"""The metrics, through OpenTelemetry's API: without its SDK (the `otel` extra) they cost next to nothing.

Names and units follow the semantic conventions where there are some: MCP (`mcp.server.operation.duration`) and HTTP
clients (`http.client.request.duration`), https://opentelemetry.io/docs/specs/semconv/.
"""

from opentelemetry import metrics

_METER = metrics.get_meter("telnyx-connections-mcp")

OPERATION_DURATION = _METER.create_histogram(
    "mcp.server.operation.duration",
    unit="s",
    description="Duration of a client's request; error.type if it failed",
)
HTTP_DURATION = _METER.create_histogram(
    "http.server.request.duration", unit="s", description="Duration of a request over HTTP, including refused ones"
)
ACTIVE_REQUESTS = _METER.create_up_down_counter(
    "mcp.server.requests.active",
    unit="{request}",
    description="Requests over HTTP for tools and resources that are running or waiting now",
)
SHARED_ACCOUNTS = _METER.create_up_down_counter(
    "telnyx.sharing.accounts", unit="{account}", description="Accounts whose Redis is shared or away now"
)
UPSTREAM_DURATION = _METER.create_histogram(
    "http.client.request.duration", unit="s", description="Duration of a request to Telnyx, each attempt by itself"
)
RATE_LIMIT_REMAINING = _METER.create_gauge(
    "telnyx.rate_limit.remaining", unit="{request}", description="Requests that Telnyx still allows in this window"
)
SNAPSHOT_READS = _METER.create_counter(
    "telnyx.snapshot.reads",
    unit="{read}",
    description="Questions to the snapshot: answered from it (hit), or after reading the account",
)
SNAPSHOT_AGE = _METER.create_histogram(
    "telnyx.snapshot.age", unit="s", description="Age of a snapshot when it answered a question"
)
