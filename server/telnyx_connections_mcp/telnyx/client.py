"""The client: the requests that this server sends to Telnyx, and no others."""

import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import anyio
import httpx

from telnyx_connections_mcp.telnyx._body import LARGE, read_body
from telnyx_connections_mcp.telnyx._rate_limiter import RateLimiter
from telnyx_connections_mcp.telnyx._response import expect_id, list_of_objects, object_of, read_answer
from telnyx_connections_mcp.telnyx._retry import with_retries
from telnyx_connections_mcp.telnyx.cursors import CursorHistory
from telnyx_connections_mcp.telnyx.errors import (
    NO_SUCH_RESOURCE,
    NoSuchObject,
    NotFound,
    TelnyxError,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from telnyx_connections_mcp.telnyx.models import (
    Call,
    Counts,
    Page,
    RateBudget,
    read_call,
    read_counts,
    read_page_numbers,
)
from telnyx_connections_mcp.telnyx.parameters import (
    CallsPage,
    ConnectionFilter,
    PageRequest,
    calls_query,
    connections_query,
)
from telnyx_connections_mcp.telnyx.rows import Resource, Row, row_of
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended, and when, by anyio's clock."""

    at: float
    error: TelnyxError | None


_READ_COST = 10
"""How much longer it takes to read a row of a large body than to inspect one."""
_WRONG_DATES = (9, 10)
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED (x509_vfy.h)."""


class TelnyxClient:
    """Sends requests to the Telnyx API over the given HTTP client; it holds the key, and sends it nowhere else.

    Every method raises a `TelnyxError` if there is no usable response, after the retries that `_retry` allows within
    the caller's anyio deadline. `rate_limiter` decides when requests are sent; by default the client makes its own.
    """

    last_outcome: Outcome | None = None
    """How the last finished request ended, retries included."""

    def __init__(self, http: httpx.AsyncClient, api_key: str, rate_limiter: RateLimiter | None = None) -> None:
        self._http = http
        self._base_url = str(http.base_url).rstrip("/")
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._rate_limiter = rate_limiter or RateLimiter()
        self._large_body_lock = anyio.Lock()
        self.cursor_history = CursorHistory()

    def __repr__(self) -> str:
        return f"TelnyxClient({str(self._http.base_url)!r})"

    @property
    def rate_budget(self) -> RateBudget | None:
        """The account's rate limit as Telnyx last reported it; None before it has."""
        return self._rate_limiter.budget

    async def list_connections(
        self,
        kind: Resource,
        api_filter: ConnectionFilter | None,
        page: PageRequest,
        sort: str | None,
        read: Callable[[Row], T],
    ) -> Page[T]:
        """One page of `GET /connections`, as `list_objects`."""
        return await self.list_objects(kind, "connections", connections_query(api_filter, page, sort), read)

    async def list_objects(
        self,
        kind: Resource,
        path: str,
        query: Sequence[tuple[str, str]],
        read: Callable[[Row], T],
    ) -> Page[T]:
        """One page of the list at `path`, each row passed through `read`, in a worker thread if there are many."""

        async def of(answer: dict[str, Any], size: int) -> Page[T]:
            rows, gaps = list_of_objects(answer)
            cost = _READ_COST if size > LARGE else 1
            items = await in_worker_thread(lambda: [read(row_of(kind, raw)) for raw in rows], cost * len(rows))
            return Page(items=items, gaps=gaps, **read_page_numbers(answer))

        return await self._get(path, of, query)

    async def get_object(self, kind: Resource, path: str, object_id: str) -> Row:
        """The object with that id in the list at `path`.

        Raises `NoSuchObject`, or `UnusableAnswer` if another object came.
        """

        async def of(answer: dict[str, Any], _: int) -> Row:
            return row_of(kind, object_of(answer))

        try:
            row = await self._get(f"{path}/{quote(object_id, safe='')}", of)
        except NotFound as error:
            if error.api_error is None or error.api_error.code != NO_SUCH_RESOURCE:
                raise
            raise NoSuchObject(
                f"This Telnyx account has no {kind.label} with id {object_id}",
                f"check the id, or look the {kind.label} up by name",
            ) from error
        expect_id(kind.label, object_id, row.id)
        return row

    async def get_status(self, kind: Resource, path: str, query: Sequence[tuple[str, str]]) -> Row:
        """The object that is the whole response at `path`, or its `data`."""

        async def of(answer: dict[str, Any], _: int) -> Row:
            return row_of(kind, object_of(answer) if "data" in answer else answer)

        return await self._get(path, of, query)

    async def list_active_calls(self, connection_id: str, page: CallsPage) -> Page[Call]:
        """One page of `GET /connections/{connection_id}/active_calls`, numbered or by cursor."""
        path = f"connections/{quote(connection_id, safe='')}/active_calls"
        return await self._get(path, _page_of_calls, calls_query(page))

    async def count_connections(self) -> Counts:
        """`GET /connections/count`. Raises `NotFound` if the API lacks it."""
        return await self._get("connections/count", _counts)

    async def _get(self, path: str, read: "_Read[T]", query: Iterable[tuple[str, str]] = ()) -> T:
        """The response passed through `read`, and not kept: parsed, it is many times as large."""
        request = self._http.build_request("GET", path, params=list(query), headers=self._headers)
        try:
            answer = await with_retries(lambda: self._send(request, read))
        except TelnyxError as error:
            self.last_outcome = Outcome(anyio.current_time(), error)
            raise
        self.last_outcome = Outcome(anyio.current_time(), None)
        return answer

    async def _send(self, request: httpx.Request, read: "_Read[T]") -> T:
        await self._rate_limiter.acquire()
        async with AsyncExitStack() as stack:
            try:
                response = await self._http.send(request, stream=True)
                try:
                    self._rate_limiter.update(response.status_code, response.headers)
                    body = await read_body(response, lambda: stack.enter_async_context(self._large_body_lock))
                finally:
                    await response.aclose()
            except httpx.TransportError as error:
                raise transport_failure(error) from error
            return await read(read_answer(response.status_code, response.headers, body, self._base_url), len(body))


_Read = Callable[[dict[str, Any], int], Awaitable[T]]
"""What is made of a response and the size of its body in bytes."""


async def _page_of_calls(answer: dict[str, Any], _: int) -> Page[Call]:
    rows, gaps = list_of_objects(answer)
    return Page(items=[read_call(raw) for raw in rows], gaps=gaps, **read_page_numbers(answer))


async def _counts(answer: dict[str, Any], _: int) -> Counts:
    return read_counts(object_of(answer))


def transport_failure(error: httpx.TransportError) -> TelnyxError:
    """The error for a failed exchange."""
    tls = tls_failure(error)
    if tls is not None and not is_untrusted(error):
        return TlsFailed(
            f"Could not establish a TLS connection to the Telnyx address ({tls})",
            "check TELNYX_BASE_URL, and HTTPS_PROXY if there is a proxy",
        )
    if tls is not None and is_out_of_date(error):
        return TlsFailed(
            f"The TLS certificate of the Telnyx address is not valid now ({tls})",
            "check this machine's clock; if it is right, tell whoever runs that address to renew its certificate",
        )
    if tls is not None:
        return TlsFailed(
            f"The TLS certificate of the Telnyx address is not trusted ({tls})",
            "add your company's certificate authority to the system, or set SSL_CERT_FILE to its file",
        )
    if isinstance(error, httpx.TimeoutException):
        return TimedOut("Telnyx did not respond in time", "try again in a minute")
    if isinstance(error, httpx.ProxyError):
        login = "put its user name and password into HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT"
        wants_login = str(error).startswith("407")
        return Unreachable(
            "The proxy refused the connection to Telnyx", login if wants_login else "check HTTPS_PROXY and NO_PROXY"
        )
    if isinstance(error, httpx.ConnectError):
        return Unreachable("Telnyx cannot be reached", "check the network, DNS and TELNYX_BASE_URL")
    return Unreachable("The connection to Telnyx was lost", "try again")


def tls_failure(error: BaseException) -> str | None:
    """Why TLS failed, in OpenSSL's words, if that caused `error`."""
    cause = _tls_error(error)
    if cause is None:
        return None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return getattr(cause, "verify_message", "") or "verification failed"
    return (getattr(cause, "reason", None) or "handshake failed").replace("_", " ").lower()


def is_untrusted(error: BaseException) -> bool:
    """Whether TLS failed because the certificate cannot be trusted."""
    return isinstance(_tls_error(error), ssl.SSLCertVerificationError)


def is_out_of_date(error: BaseException) -> bool:
    """Whether TLS failed because the certificate has expired, or is not yet valid, by this machine's clock."""
    return getattr(_tls_error(error), "verify_code", None) in _WRONG_DATES


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause
