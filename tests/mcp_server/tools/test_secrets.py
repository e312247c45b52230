"""Secret or hidden text of an account, through the tools: masked in rows, found by the audit."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio

T = "abcdEFGH1234567890abcdEF"


def account(*rows: dict[str, Any]) -> httpx.MockTransport:
    data = [{"id": str(number), "record_type": "ip_connection"} | row for number, row in enumerate(rows)]
    body = json.dumps({"data": data, "meta": {"total_results": len(data), "total_pages": 1}}).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        status, answered = (404, b"") if request.url.path.endswith("count") else (200, body)
        return httpx.Response(status, stream=httpx.ByteStream(answered))

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    "url",
    [
        f"https://h.example/in/{T}%3D%3D",
        f"https://h.example/in/{T},v1",
        "https://h.example/in/a;sig=hunter2",
        "https://h.example/in/token=hunter2",
        f"https://h.example/?{T}=",
        f"https://{T}＠h.example/",
        f"https://h.example/{'x' * 4096}/{T}",
        "https://h.example/hook;token=s3cr3tvalue12345678901",
        "https://h.example/abcdEFGH1234567890abcd%3D%3D",
    ],
)
async def test_a_secret_of_a_webhook_url_is_masked_and_found(connect: Callable[..., Any], url: str) -> None:
    """The secret is masked in rows, groups and findings, and found in both URLs."""
    row = {"connection_name": "a", "webhook_event_url": url, "webhook_event_failover_url": url}
    async with connect(transport=account(row)) as client:
        shown = [
            (await client.call_tool(name, arguments)).structured_content
            for name, arguments in (
                ("list_connections", {"detail": "full"}),
                ("list_connections", {}),
                ("search_connections", {"group_by": ["webhook_host"]}),
                ("audit_connections", {}),
            )
        ]
    assert shown[1]["connections"][0]["webhook_host"] == "h.example"
    for secret in (T[:8], "hunter2", "s3cr3t"):
        assert secret not in str(shown)
    assert "webhook_credentials" in {finding["check"] for finding in shown[3]["findings"]}


async def test_hidden_text_is_removed_and_found(connect: Callable[..., Any]) -> None:
    """Bytes encoded in invisible characters are removed and reported, while an emoji is neither."""
    hidden = [f"n{byte}" + "".join("\ufe0e\ufe0f"[byte >> bit & 1] for bit in range(8)) for byte in range(207)]
    rows = [{"connection_name": name} for name in hidden]
    async with connect(transport=account(*rows, {"connection_name": "Support ☎\ufe0f 1\ufe0f\u20e3"})) as client:
        listed = (await client.call_tool("search_connections", {"limit": 250})).structured_content
        audited = (await client.call_tool("audit_connections", {"checks": ["suspicious_text"]})).structured_content
    assert listed["changed"] == (
        f"{listed['matches'] - 1} texts lost invisible or control characters "
        "(id 0, id 1, id 2, id 3, id 4 and 202 more)"
    )
    names = {row["connection_name"] for row in listed["connections"]}
    assert names == {f"n{byte}" for byte in range(207)} | {"Support ☎\ufe0f 1\ufe0f\u20e3"}
    assert audited["findings"][0]["count"] == 207
