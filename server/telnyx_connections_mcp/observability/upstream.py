"""A span and a duration for each request to Telnyx, without its query, headers or body."""

from time import perf_counter

import httpx
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from telnyx_connections_mcp.observability.metrics import RATE_LIMIT_REMAINING, UPSTREAM_DURATION
from telnyx_connections_mcp.observability.request_record import CURRENT_REQUEST
from telnyx_connections_mcp.telnyx._headers import count

_TRACER = trace.get_tracer("telnyx-connections-mcp")


class InstrumentedTransport(httpx.AsyncBaseTransport):
    """Passes requests on, and traces and measures them."""

    def __init__(self, inner: httpx.AsyncBaseTransport, account: str | None = None) -> None:
        self._inner = inner
        self._account = {"telnyx.account": account} if account else {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response to `request`, its body not yet read."""
        url = request.url
        known: dict[str, str | int] = {
            "http.request.method": request.method,
            "server.address": url.host,
            "server.port": url.port or (443 if url.scheme == "https" else 80),
            **self._account,
        }
        if (record := CURRENT_REQUEST.get()) is not None:
            record.upstream_requests += 1
        began = perf_counter()
        outcome: dict[str, str | int] = {}
        with _TRACER.start_as_current_span(
            request.method,
            kind=SpanKind.CLIENT,
            attributes=known | {"url.full": str(url.copy_with(query=None, fragment=None, userinfo=b""))},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                response = await self._inner.handle_async_request(request)
                outcome["http.response.status_code"] = response.status_code
                if response.status_code >= 400:
                    outcome["error.type"] = str(response.status_code)
            except BaseException as error:
                outcome["error.type"] = type(error).__qualname__
                raise
            finally:
                span.set_attributes(outcome)
                if "error.type" in outcome:
                    span.set_status(StatusCode.ERROR)
                UPSTREAM_DURATION.record(perf_counter() - began, known | outcome)
        remaining = count(response.headers, "x-ratelimit-remaining")
        if remaining is not None:
            RATE_LIMIT_REMAINING.set(remaining, self._account)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
