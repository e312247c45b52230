"""The client sends requests, reads bounded responses, and keeps the key to itself."""

import gzip
import json
import ssl
import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import anyio
import httpx
import pytest

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.telnyx import errors
from telnyx_connections_mcp.telnyx._body import MAX_BODY
from telnyx_connections_mcp.telnyx.client import TelnyxClient, transport_failure
from telnyx_connections_mcp.telnyx.http import create_http_client
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.parameters import PageRequest
from telnyx_connections_mcp.telnyx.rows import Row

pytestmark = pytest.mark.anyio

BASE = "https://api.telnyx.com/v2"
KEY = "KEY0123456789ABCDEF"


NO_OUTPUT = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""The header of a gzip member, which stored blocks of no bytes may follow without end."""


async def ask(handler: Callable[[httpx.Request], httpx.Response], key: str = KEY) -> Page[Row]:
    with anyio.fail_after(1):  # shorter than any wait between tries: one try
        async with create_http_client(BASE, timeout=1, transport=httpx.MockTransport(handler)) as http:
            return await TelnyxClient(http, key).list_connections(
                CONNECTIONS, None, PageRequest(), None, lambda row: row
            )


def reply(answer: object) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(json.dumps(answer).encode()))


def stream(*chunks: bytes, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    async def body() -> object:
        for chunk in chunks:
            yield chunk

    return lambda _: httpx.Response(200, headers=headers, content=body())  # type: ignore[arg-type]  # an async generator


async def test_the_request_is_what_telnyx_documents() -> None:
    """A request has a path below the base URL, the key as a bearer token, and always a page."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply({"data": []})

    await ask(handler)
    (request,) = seen
    assert str(request.url) == f"{BASE}/connections?page%5Bnumber%5D=1&page%5Bsize%5D=25"
    assert request.headers["authorization"] == f"Bearer {KEY}"


async def test_missing_or_odd_meta_is_unknown() -> None:
    """Numbers that are missing, negative or not numbers at all become None."""
    page = await ask(lambda _: reply({"data": [], "meta": {"page_number": "1", "page_size": True}}))
    assert (page.number, page.size, page.total_pages, page.total_results) == (None, None, None, None)
    page = await ask(lambda _: reply({"data": [], "meta": [1]}))
    assert page.total_results is None


async def test_fields_of_an_unexpected_type_are_kept_as_sent() -> None:
    """Nothing that Telnyx sent is lost, and an id sent as a number stays exact."""
    raw = {"id": 1293384261075731499, "active": "yes", "tags": ["a", 1], "connection_name": None, "new": {"x": 1}}
    page = await ask(lambda _: reply({"data": [raw]}))
    (row,) = page.items
    assert (row.fields, row.lost, row.id) == (raw, (), "1293384261075731499")


async def test_the_key_is_in_no_repr() -> None:
    """No repr of the client, its HTTP client or its requests contains the key."""
    async with create_http_client(BASE, timeout=1) as http:
        client = TelnyxClient(http, KEY)
        assert repr(client) == f"TelnyxClient('{BASE}/')"
        request = http.build_request("GET", "connections", headers={"authorization": f"Bearer {KEY}"})
        assert KEY not in repr((client, http, request, request.headers))


@pytest.mark.parametrize("cuts", [[], [9], [1, 2, 3], list(range(1, 90))])
@pytest.mark.parametrize("behind", [b"", b"\0\0\0", b"\n"])
async def test_every_member_of_a_gzip_response_is_read(cuts: list[int], behind: bytes) -> None:
    """All members of a gzip response (RFC 1952) are read, in chunks of any size; bytes after the last are ignored."""
    parts = [b'{"data": [{"id": "7"}', b"", b', {"id": "8"}', b"]}"]
    packed = b"".join(map(gzip.compress, parts)) + behind
    pieces = [packed[start:end] for start, end in pairwise([0, *cuts, len(packed)])]
    page = await ask(stream(*pieces, **{"content-encoding": "gzip"}))
    assert [connection.id for connection in page.items] == ["7", "8"]


async def test_a_gzip_error_of_several_members_keeps_its_meaning() -> None:
    """A gzip error response is understood even if a later member is broken."""
    told = b'{"errors": [{"code": "10005", "detail": "gone"}]}'
    for body in (gzip.compress(told[:9]) + gzip.compress(told[9:]), gzip.compress(told) + b"\x1fno gzip"):

        def handler(_: httpx.Request, body: bytes = body) -> httpx.Response:
            return httpx.Response(404, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(body))

        with pytest.raises(errors.NotFound, match="gone"):
            await ask(handler)


async def test_a_gzip_response_is_read() -> None:
    """A gzip response that arrives in chunks is decompressed."""
    packed = gzip.compress(b'{"data": [{"id": "7"}]}')
    page = await ask(stream(packed[:9], packed[9:], **{"content-encoding": "gzip"}))
    assert [row.fields for row in page.items] == [{"id": "7"}]


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (stream(b"x" * (MAX_BODY + 1)), "more than 16 MiB"),
        (stream(gzip.compress(b"x" * (MAX_BODY + 1)), **{"content-encoding": "gzip"}), "more than 16 MiB"),
        (stream(b"not gzip", **{"content-encoding": "gzip"}), "cannot be decompressed"),
        (stream(gzip.compress(b"{}") + b"\x1fno gzip", **{"content-encoding": "gzip"}), "cannot be decompressed"),
        (stream(gzip.compress(b"") * 1001, **{"content-encoding": "gzip"}), "cannot be decompressed"),
        (stream(gzip.compress(b"") * 999 + gzip.compress(b"{"), **{"content-encoding": "gzip"}), "JSON"),
        (stream(NO_OUTPUT, *[b"\0\0\0\xff\xff" * 13_107] * 300, **{"content-encoding": "gzip"}), "cannot be"),
        (
            stream(*[gzip.compress(b"x" * 1_000_000)] * 20, **{"content-encoding": "gzip"}),
            "more than 16 MiB",
        ),
        (stream(b"x", **{"content-encoding": "br"}), "encoding that was not requested"),
        (stream(gzip.compress(b'{"data": []}')[:-12], **{"content-encoding": "gzip"}), "incomplete JSON"),
    ],
)
async def test_unusable_bodies_are_rejected(handler: Callable[[httpx.Request], httpx.Response], said: str) -> None:
    """Bodies that are too large, broken, or in an unrequested encoding are rejected while they stream in."""
    with pytest.raises(errors.UnusableAnswer, match=said):
        await ask(handler)


async def test_only_the_start_of_an_error_body_is_read() -> None:
    """No more than about 64 KiB of an error body is requested."""
    sent: list[int] = []

    async def body() -> object:
        for _ in range(100):
            sent.append(65_536)
            yield b"x" * 65_536

    with pytest.raises(errors.TelnyxError):
        await ask(lambda _: httpx.Response(503, content=body()))  # type: ignore[arg-type]  # an async generator
    assert sum(sent) < 300_000


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (httpx.ConnectError("all failed"), errors.Unreachable, "cannot be reached"),
        (httpx.ConnectTimeout("slow"), errors.TimedOut, "did not respond in time"),
        (httpx.ReadTimeout("slow"), errors.TimedOut, "did not respond in time"),
        (httpx.ReadError("reset"), errors.Unreachable, "was lost"),
        (httpx.RemoteProtocolError("eof"), errors.Unreachable, "was lost"),
        (httpx.ProxyError("407"), errors.Unreachable, "proxy refused"),
        (caused_by(httpx.ConnectError("x"), ssl.SSLCertVerificationError("bad")), errors.TlsFailed, "failed"),
        (caused_by(httpx.ConnectError("x"), ssl.SSLError(1, "odd")), errors.TlsFailed, "handshake failed"),
    ],
)
async def test_network_failures(error: Exception, kind: type[errors.TelnyxError], said: str) -> None:
    """Each network failure says what failed and what to check, and never shows an address."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(kind, match=said):
        await ask(handler)


def test_a_tls_failure_gives_the_reason_of_openssl() -> None:
    """A TLS failure gives OpenSSL's reason in words."""
    untrusted = ssl.SSLCertVerificationError(1, "x")
    untrusted.verify_message = "self-signed certificate"
    assert "self-signed certificate" in str(transport_failure(caused_by(httpx.ConnectError("x"), untrusted)))  # type: ignore[arg-type]  # a ConnectError
    broken = ssl.SSLError(1, "x")
    broken.reason = "WRONG_VERSION_NUMBER"
    assert "wrong version number" in str(transport_failure(caused_by(httpx.ConnectError("x"), broken)))  # type: ignore[arg-type]  # a ConnectError


@pytest.mark.parametrize("code", [9, 10])
def test_a_certificate_out_of_date_leads_to_the_clock(code: int) -> None:
    """If it is not yet valid (9) or has expired (10), a wrong clock is likelier than a missing authority."""
    outdated = ssl.SSLCertVerificationError(1, "x")
    outdated.verify_code = code
    said = str(transport_failure(caused_by(httpx.ConnectError("x"), outdated)))  # type: ignore[arg-type]  # a ConnectError
    assert "is not valid now" in said
    assert "check this machine's clock" in said


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "GZIP", "x-gzip"])
async def test_content_encoding_names(encoding: str) -> None:
    """`x-gzip` means `gzip`, case is ignored (RFC 9110, 8.4.1.3), and an empty header means no encoding."""
    body = b'{"data": [{"id": "1"}]}'
    packed = gzip.compress(body) if "gzip" in encoding.lower() else body
    page = await ask(stream(packed, **{"content-encoding": encoding}))
    assert [connection.id for connection in page.items] == ["1"]


async def test_responses_are_parsed_one_at_a_time() -> None:
    """Responses that take far more memory once parsed are parsed one at a time, here in under 80 MB instead of 300."""
    rows = [{"id": "1", "new": [{"a": 1}] * 80_000}] + [{"id": "2"}] * 249
    content = json.dumps({"data": rows}, separators=(",", ":")).encode()
    network = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(content)))
    async with create_http_client(BASE, timeout=5, transport=network) as http, anyio.create_task_group() as tasks:
        client = TelnyxClient(http, KEY)
        tracemalloc.start()
        for _ in range(10):
            tasks.start_soon(client.list_connections, CONNECTIONS, None, PageRequest(), None, lambda row: row)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80_000_000
