"""Where the sandbox, or this server, knowingly differs from the description, and why.

`amend` makes the description say what we do. It must change something, and the sandbox must respond as stated, or the
entry is not needed any more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from telnyx_connections_mcp.sandbox.cases import has_calls
from telnyx_connections_mcp.sandbox.fleet import create_fleet

Document = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A difference: the reason, an amendment, and a request with the sandbox's response that shows it."""

    reason: str
    amend: Callable[[Document], None]
    shown_by: str
    status: int
    says: str = ""
    """What the response contains."""


def schemas(document: Document, *names: str) -> Iterator[tuple[str, Document]]:
    """The schemas of query parameters, and those within: all, or those of the dotted `names`."""
    for operation in document["paths"].values():
        for parameter in map(partial(at, document), operation["get"].get("parameters", ())):
            if parameter["in"] == "query":
                for name, schema in _within(document, parameter["name"], parameter["schema"]):
                    if not names or name in names:
                        yield name, schema


def _within(document: Document, name: str, schema: Document) -> Iterator[tuple[str, Document]]:
    schema = at(document, schema)
    yield name, schema
    for key, inner in schema.get("properties", {}).items():
        yield from _within(document, f"{name}/{key}", inner)


def at(document: Document, schema: Document) -> Document:
    """`schema`, with its reference resolved."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def saying(*names: str, **facts: Any) -> Callable[[Document], None]:
    """Add facts to the schemas of these parameters."""

    def amend(document: Document) -> None:
        for _, schema in schemas(document, *names):
            schema.update(facts)

    return amend


def _close(document: Document) -> None:
    for _, schema in schemas(document):
        if "properties" in schema:
            schema.update(additionalProperties=False, minProperties=1)


def _descending(document: Document) -> None:
    for _, schema in schemas(document, "sort"):
        if "created_at" in schema.get("enum", ()) and "-created_at" not in schema["enum"]:
            schema["enum"] = [*schema["enum"], *(f"-{name}" for name in schema["enum"])]


def _digits(document: Document) -> None:
    for _, schema in schemas(document):
        if schema.get("format") == "int64" and schema.get("type") == "string":
            schema["pattern"] = "^[0-9]{1,18}$"


def _without_other_paths(document: Document) -> None:
    for path in (
        "/phone_numbers/voice",
        "/external_connections/{id}/phone_numbers",
        "/external_connections/log_messages",
        "/telephony_credentials",
    ):
        document["paths"].pop(path, None)


def _without_dependent_filters(document: Document) -> None:
    (parameter,) = (
        one
        for one in map(partial(at, document), document["paths"]["/phone_numbers/slim"]["get"]["parameters"])
        if one["name"] == "filter"
    )
    for name in ("tag", "voice.connection_name"):
        at(document, parameter["schema"])["properties"].pop(name, None)


def _one_time(document: Document) -> None:
    for _, schema in schemas(document, "filter/occurred_at"):
        schema["maxProperties"] = 1


def _both_keys(document: Document) -> None:
    for parameter in document["paths"]["/sip_registration_status"]["get"]["parameters"]:
        at(document, parameter)["required"] = True


def _with_calls(document: Document) -> None:
    operation = document["paths"]["/connections/{connection_id}/active_calls"]["get"]
    (parameter,) = (one for one in map(partial(at, document), operation["parameters"]) if one["in"] == "path")
    parameter["schema"] = {"type": "string", "enum": list(create_fleet().calls)}


def _mobile(document: Document) -> None:
    described = at(document, document["paths"]["/connections"]["get"]["responses"]["400"])
    listed = document["paths"]["/v2/mobile_voice_connections"]["get"]
    listed["responses"]["400"] = described
    one = document["paths"]["/v2/mobile_voice_connections/{id}"]["get"]["responses"]
    one["401"] = one["400"] = described
    facts = {
        "page[number]": {"minimum": 1},
        "page[size]": {"minimum": 1, "maximum": 250},
        "sort": {"enum": ["created_at", "connection_name", "active", "-created_at", "-connection_name", "-active"]},
    }
    for parameter in map(partial(at, document), listed["parameters"]):
        parameter["schema"].update(facts.get(parameter["name"], {}))


def _empty_failover(document: Document) -> None:
    for schema in document["components"]["schemas"].values():
        own = at(document, schema.get("properties", {}).get("webhook_event_failover_url", {}))
        if own.get("default") == "":
            own.pop("format", None)


_CONTAINS = ("connection_name", "application_name", "voice.connection_name")
DESCENDING = Difference(
    "The text about `sort` allows a leading - that its list of values lacks, and the official SDKs send it.",
    _descending,
    "/ip_connections?sort=-created_at",
    200,
)
DIFFERENCES = (
    DESCENDING,
    Difference(
        "Objects of parameters leave open what else they hold; a mistyped filter is refused, or it would go unnoticed.",
        _close,
        "/ips?filter[conection_id]=1",
        400,
    ),
    Difference(
        "Only the text says that a name to look for has at least three characters.",
        saying(
            *(f"filter/{name}/{way}" for name in _CONTAINS for way in ("contains", "starts_with", "ends_with")),
            minLength=3,
        ),
        "/connections?filter[connection_name][contains]=ab",
        400,
    ),
    Difference(
        "Only the text says that part of a number has at least three digits; whatever else a text holds, it is valid.",
        saying("filter/phone_number", pattern="^[0-9]{3,}$|[^0-9]"),
        "/phone_numbers?filter[phone_number]=12",
        400,
    ),
    Difference(
        "Only the text says which filters of numbers depend on another parameter.",
        _without_dependent_filters,
        "/phone_numbers/slim?filter[tag]=sales",
        400,
    ),
    Difference(
        "Only the text says that events have one condition on their time.",
        _one_time,
        "/call_events?filter[occurred_at][gt]=2026-11-24T12:00:00Z&filter[occurred_at][lt]=2026-11-24T13:00:00Z",
        422,
    ),
    Difference(
        "Only the text says that a cursor comes from a page before; these lists give none.",
        saying("page/after", "page/before", enum=["null"]),
        "/call_events?page[after]=c2",
        422,
    ),
    Difference(
        "Only the text says which types of credentials are asked for by user name, which by connection.",
        _both_keys,
        "/sip_registration_status?credential_type=telephony_credential",
        400,
    ),
    Difference(
        "Only the text says that these are times.",
        saying(
            *(f"filter/occurred_at/{way}" for way in ("eq", "gt", "gte", "lt", "lte")),
            *(f"filter/{name}/{way}" for name in ("started_at", "finished_at") for way in ("gte", "lte")),
            format="date-time",
        ),
        "/webhook_deliveries?filter[started_at][gte]=yesterday",
        422,
    ),
    Difference(
        "Only the text says that this is a date.",
        saying("filter/created_at", format="date"),
        "/external_connections?filter[created_at]=yesterday",
        400,
    ),
    Difference(
        "The format int64 of a text says nothing to a validator.",
        _digits,
        "/connections?filter[outbound_voice_profile_id]=x",
        400,
    ),
    Difference(
        "Pages of changes have no bounds; the sandbox keeps those of all other lists.",
        saying("page/size", minimum=1, maximum=250),
        "/audit_events?page[size]=251",
        400,
    ),
    Difference(
        "Pages are numbered from 1 to what an int64 holds, also where that is not said.",
        saying("page/number", minimum=1, maximum=2**63 - 1),
        "/audit_events?page[number]=0",
        400,
    ),
    Difference(
        "Only the text says that some connections have no list of calls.",
        _with_calls,
        f"/connections/{next(row['id'] for row in create_fleet().connections if not has_calls(row))}/active_calls",
        422,
    ),
    Difference(
        "Mobile connections describe neither bounds nor refusals; the sandbox treats them as other connections.",
        _mobile,
        "/v2/mobile_voice_connections?page[size]=0",
        400,
    ),
    Difference(
        "The default of the failover URL is empty, which the format of a URI does not allow.",
        _empty_failover,
        "/connections",
        200,
        '"webhook_event_failover_url":""',
    ),
    Difference(
        "This server reads none of these, so the sandbox does not serve them.",
        _without_other_paths,
        "/telephony_credentials",
        404,
    ),
)
