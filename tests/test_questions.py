"""Questions about an account of 412 connections are answered correctly and briefly by one request.

The expected answers are computed from the sandbox's data without this server's code.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import bpe_openai
import pytest

from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
SIZE, SEED, SEARCH = 412, 42, "search_connections"
ACCOUNT = create_fleet(size=SIZE, seed=SEED)
R = ACCOUNT.connections
O200K = bpe_openai.get_encoding("o200k_base")


def ago(years: int) -> str:
    now = datetime.now(UTC)
    return now.replace(year=now.year - years).strftime("%Y-%m-%dT%H:%M:%SZ")


def matches(answer: dict[str, Any]) -> Any:
    return answer["matches"]


def count(holds: Callable[[dict[str, Any]], Any]) -> int:
    return sum(1 for row in R if holds(row))


prof = Counter(r["outbound_voice_profile_id"] for r in R if r.get("outbound_voice_profile_id")).most_common(1)[0]
busy = max(ACCOUNT.calls, key=lambda id_: len(ACCOUNT.calls[id_]))
TRY = "search_connections with name_contains suggests similar names."
shared = {n: c for n, c in Counter(r["connection_name"].lower() for r in R).items() if c > 1}
fq = next(iter(ACCOUNT.fqdns.items()))

QUESTIONS: list[tuple[str, str, dict[str, Any], Any, Any]] = [
    (
        "active without failover webhook",
        SEARCH,
        {"where": {"active": True, "has_failover_webhook": False}, "limit": 5},
        matches,
        count(lambda r: r["active"] and not r["webhook_event_failover_url"]),
    ),
    (
        "how many per type",
        SEARCH,
        {"group_by": ["record_type"]},
        lambda a: {g["record_type"]: g["count"] for g in a["groups"]},
        dict(Counter(r["record_type"] for r in R)),
    ),
    ("what uses this voice profile", SEARCH, {"where": {"outbound_voice_profile_id": prof[0]}}, matches, prof[1]),
    (
        "untouched for two years",
        SEARCH,
        {"where": {"updated_before": "2y"}, "limit": 5},
        matches,
        count(lambda r: r["updated_at"] < ago(2)),
    ),
    ("inactive ones", SEARCH, {"where": {"active": False}, "limit": 3}, matches, count(lambda r: not r["active"])),
    (
        "tagged prod and eu",
        SEARCH,
        {"where": {"tags_all": ["prod", "eu"]}, "limit": 3},
        matches,
        count(lambda r: {"prod", "eu"} <= set(r.get("tags", []))),
    ),
    ("untagged", SEARCH, {"where": {"untagged": True}, "limit": 3}, matches, count(lambda r: not r.get("tags"))),
    (
        "acme but not staging",
        SEARCH,
        {"where": {"name_contains": "acme", "name_not_contains": "staging"}, "limit": 3},
        matches,
        count(lambda r: "acme" in r["connection_name"].lower() and "staging" not in r["connection_name"].lower()),
    ),
    (
        "names like acme-prod-*",
        SEARCH,
        {"where": {"name_glob": "acme-prod-*"}, "limit": 3},
        matches,
        count(lambda r: r["connection_name"].lower().startswith("acme-prod-")),
    ),
    (
        "webhooks at globex",
        SEARCH,
        {"where": {"webhook_host": "globex.example"}, "limit": 3},
        matches,
        count(lambda r: "globex.example" in (r["webhook_event_url"] or "")),
    ),
    (
        "per anchor site",
        SEARCH,
        {"group_by": ["anchorsite_override"]},
        lambda a: {g["anchorsite_override"]: g["count"] for g in a["groups"]},
        dict(Counter(r.get("anchorsite_override") for r in R)),
    ),
    (
        "created this year by type",
        SEARCH,
        {"where": {"created_after": "2026-01-01"}, "group_by": ["record_type"]},
        matches,
        count(lambda r: r["created_at"] >= "2026"),
    ),
    (
        "v1 webhooks",
        SEARCH,
        {"where": {"webhook_api_version": "1"}, "limit": 3},
        matches,
        count(lambda r: r.get("webhook_api_version") == "1"),
    ),
    (
        "active/inactive by type",
        SEARCH,
        {"group_by": ["record_type", "active"]},
        lambda a: sum(g["count"] for g in a["groups"]) + a.get("left", {}).get("count", 0),
        412,
    ),
    (
        "oldest connection",
        SEARCH,
        {"sort": "created_at", "limit": 1},
        lambda a: a["connections"][0]["created_at"],
        min(r["created_at"] for r in R)[:10],
    ),
    (
        "which is behind this FQDN",
        SEARCH,
        {"where": {"fqdn": fq[1][0]}},
        lambda a: [c["id"] for c in a["connections"]],
        [fq[0]],
    ),
    (
        "insecure webhooks",
        "audit_connections",
        {"checks": ["webhook_not_https"]},
        lambda a: a["findings"][0]["count"],
        count(lambda r: (r["webhook_event_url"] or "").startswith("http:")),
    ),
    (
        "duplicate names",
        "audit_connections",
        {"checks": ["duplicate_name"]},
        lambda a: a["findings"][0]["count"],
        sum(c for c in Counter(r["connection_name"].lower() for r in R).values() if c > 1),
    ),
    (
        "details of forgotten",
        "get_connection",
        {"connection_name": "forgotten"},
        lambda a: a["connection"]["updated_at"],
        "2021-02-03T04:05:06Z",
    ),
    (
        "live calls of the busiest",
        "list_active_calls",
        {"connection_id": busy, "page": {"size": 5}},
        lambda a: a["page"]["total_results"],
        len(ACCOUNT.calls[busy]),
    ),
    (
        "connections of a type that is misspelled",
        SEARCH,
        {"where": {"record_type": ["fqdn"]}},
        lambda a: (a["matches"], a["unknown"]["record_type"]),
        (0, {"values": ["fqdn"], "near": ["fqdn_connection"]}),
    ),
    (
        "everything but a type that is misspelled",
        SEARCH,
        {"where": {"record_type_not": ["call_control"]}, "limit": 3},
        lambda a: (a["matches"], a["unknown"]["record_type_not"]["near"][0]),
        (SIZE, "call_control_application"),
    ),
    (
        "everything but a tag that is misspelled",
        SEARCH,
        {"where": {"tags_none": ["prd"]}, "limit": 3},
        lambda a: (a["matches"], a["unknown"]["tags_none"]["near"][0]),
        (SIZE, "prod"),
    ),
    (
        "which names several connections share",
        "audit_connections",
        {"checks": ["duplicate_name"]},
        lambda a: (a["findings"][0]["names"], a["findings"][0]["all_by"]["limit"]),
        (len(shared), len(shared)),
    ),
    (
        "how many have each of those names",
        SEARCH,
        {"group_by": ["connection_name"], "limit": len(shared) + 1},
        lambda a: sorted(g["count"] for g in a["groups"])[1:],
        sorted(shared.values()),
    ),
    (
        "what is wrong at a company that is misspelled",
        "audit_connections",
        {"filter": {"connection_name": {"contains": "umbrela"}}},
        lambda a: (a["summary"], a["findings"]),
        (f'No connection has a name containing "umbrela": none was checked. {TRY}', []),
    ),
    (
        "secrets in webhook URLs",
        "audit_connections",
        {"checks": ["webhook_credentials"]},
        lambda a: a["findings"][0]["count"],
        count(lambda r: any(sign in (r["webhook_event_url"] or "") for sign in ("@", "token=", "/services/"))),
    ),
]


@pytest.mark.parametrize(
    ("tool", "arguments", "read", "right"), [q[1:] for q in QUESTIONS], ids=[q[0] for q in QUESTIONS]
)
async def test_one_request_gives_the_right_answer(
    connect: Callable[..., Any], tool: str, arguments: dict[str, Any], read: Any, right: Any
) -> None:
    """The answer is right and costs at most 3,000 tokens."""
    async with connect(size=SIZE, seed=SEED) as client:
        result = await client.call_tool(tool, arguments)
        assert read(result.structured_content) == right
        assert len(O200K.encode(result.content[0].text)) <= 3000
