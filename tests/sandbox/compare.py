"""Compare every kind of answer of the sandbox with an OpenAPI description: `compare.py DESCRIPTION.json`.

Telnyx's own description belongs to Telnyx and is not in this repository: whoever has it names its file. The tests name
`shapes.json`, where the facts that we rely on stand in our words. Prints one line a difference; exit code 0 or 1.
"""

import asyncio
import json
import math
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.listing import Listing
from telnyx_connections_mcp.sandbox.listings import LISTINGS

FLEETS = ((0, 0), (1, 0), (55, 0), (412, 7), (1_500, 3))
LIST, COUNT, ONE = "/connections", "/connections/count", "/connections/{id}"
CALLS = "/connections/{connection_id}/active_calls"
REGISTRATION = "/sip_registration_status"
LARGE = 500  # of larger fleets, only connections are read to the end
CONNECTIONS_ASKED_ABOUT, OBJECTS_ASKED_ABOUT = 150, 40  # of each list
REFUSED = (401, 403, 404, 422, 429, 500, 503)  # by a fault of that name, where such a status is described
EXTRA = {
    # Of calls, where a page number is asked for: the official SDKs read them, though no description has them.
    CALLS: {f"/meta/{name}" for name in ("page_number", "page_size", "total_pages", "total_results")},
    # What `include_connection` and `include_tags` add: no description says where.
    "/phone_numbers/slim": {"/data/connection_name", "/data/tags"},
    # Errors have the same form everywhere, though the description of this list is shorter.
    "/audit_events": {"/errors/meta", "/errors/source"},
}
"""Fields that are not described."""
STATUSES = {
    # Every list refuses what it does not know, and every path a wrong key.
    "/v2/mobile_voice_connections": {400},
    "/v2/mobile_voice_connections/{id}": {400, 401},
}
"""Statuses that are not described."""
VALUES = {
    "int64": "1293384261075731499",
    "uuid": "550e8400-e29b-41d4-a716-446655440000",
    "date-time": "2026-11-24T12:00:00Z",
    "sort": "created_at",
}
"""A valid value by format, or name, where a description has no example."""

Answer = tuple[str, httpx.Response, bool]

FORMATS = FormatChecker(formats=())
for name, pattern in {
    "uri": r"[a-z][a-z0-9+.-]*:\S+",
    "int64": "[0-9]{1,19}",
    "json-pointer": "(/([^~/]|~[01])*)*",
    "integer": "[0-9]+",
    "uuid": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date-time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}([.][0-9]+)?Z",
}.items():
    FORMATS.checks(name)(lambda value, form=pattern: not isinstance(value, str) or bool(re.fullmatch(form, value)))


class Description:
    """The GET operations of an OpenAPI description."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.validators: dict[tuple[str, int], tuple[Mapping[str, Any], Draft202012Validator] | None] = {}

    def at(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """`schema`, with its reference resolved."""
        while "$ref" in schema:
            found: Any = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def parameters(self, path: str) -> Iterator[tuple[str, Any]]:
        """The query parameters of an operation, each with a valid value."""
        for parameter in map(self.at, self.document["paths"][path]["get"].get("parameters", ())):
            if parameter["in"] == "query":
                yield from self._values(parameter["name"], self.at(parameter["schema"]))

    def _values(self, name: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        if "properties" in schema:
            for key, inner in schema["properties"].items():
                yield from self._values(f"{name}[{key}]", self.at(inner))
        elif "oneOf" in schema:
            for one in schema["oneOf"]:
                yield from self._values(name, self.at(one))
        else:
            given = [schema.get("default"), schema.get("example"), schema.get("maximum")]
            for value in {*schema.get("enum", ()), *(value for value in given if not isinstance(value, list))}:
                if value is not None:
                    yield name, str(value).lower() if isinstance(value, bool) else value
            if schema["type"] == "string" and not {"enum", "default", "example"} & set(schema):
                yield name, VALUES.get(schema.get("format", name), "example")

    def validator(self, path: str, status: int) -> tuple[Mapping[str, Any], Draft202012Validator] | None:
        """The schema of a response and its validator; None if no such status is described."""
        if (path, status) not in self.validators:
            self.validators[path, status] = self._validator(path, status)
        return self.validators[path, status]

    def _validator(self, path: str, status: int) -> tuple[Mapping[str, Any], Draft202012Validator] | None:
        responses = self.document["paths"][path]["get"]["responses"]
        response = responses.get(str(status)) or responses.get("default")
        if response is None:
            return None
        content = self.at(response).get("content")
        if content is None:
            return {}, Draft202012Validator({})
        schema = content["application/json"]["schema"]
        whole = {**self.document, "$ref": "#/schema", "schema": schema}
        return schema, Draft202012Validator(whole, format_checker=FORMATS)

    def differences(self, path: str, answer: httpx.Response) -> Iterator[str]:
        """How a response differs from the description."""
        found = self.validator(path, answer.status_code)
        if found is None and answer.status_code in STATUSES.get(path, ()):
            return
        if found is None:
            yield f"status {answer.status_code} is not described"
        elif answer.headers.get("content-type") != "application/json":
            yield f"{answer.status_code}: content type {answer.headers.get('content-type')}"
        else:
            schema, validator = found
            for error in validator.iter_errors(answer.json()):
                if not is_default(error):
                    yield f"{answer.status_code}: {re.sub('[0-9]+', 'N', error.json_path)}: {error.message[:200]}"
            for field in set(self._undescribed(schema, answer.json())) - EXTRA.get(path, set()):
                yield f"{answer.status_code}: {field} is not described"

    def _undescribed(self, schema: Mapping[str, Any], value: object, where: str = "") -> Iterator[str]:
        """The fields that the schema lacks; an object without properties may hold anything."""
        schema = self.at(schema)
        if "anyOf" in schema:
            yield from min((list(self._undescribed(one, value, where)) for one in schema["anyOf"]), key=len)
        elif isinstance(value, dict) and schema.get("properties"):
            for name, inner in value.items():
                if name in schema["properties"]:
                    yield from self._undescribed(schema["properties"][name], inner, f"{where}/{name}")
                else:
                    yield f"{where}/{name}"
        elif isinstance(value, list) and "items" in schema:
            for inner in value:
                yield from self._undescribed(schema["items"], inner, where)


def is_default(error: ValidationError) -> bool:
    """Whether the value is the schema's own default, which some formats do not allow."""
    return error.validator == "format" and error.instance == error.schema.get("default", error)


@dataclass(frozen=True)
class Account:
    """An account of the sandbox, asked as `description` allows, and otherwise.

    Its answers come with the path and with whether the request was one that must not be refused.
    """

    description: Description
    http: httpx.AsyncClient

    async def get(self, url: str, root: str = "/v2", **query: Any) -> httpx.Response:
        """The sandbox's response."""
        return await self.http.get(root + url, **({"params": query} if query else {}))

    async def answers(self, size: int) -> AsyncIterator[Answer]:
        """Every response."""
        served = {listing.path: listing for listing in LISTINGS if listing.path in self.description.document["paths"]}
        for listing in served.values():
            async for answer in self._list(listing, math.inf if listing.path == LIST or size <= LARGE else 1):
                yield answer
            async for answer in self._filtered(listing):
                yield answer
        if COUNT in self.description.document["paths"]:
            yield COUNT, await self.get(COUNT), True
        if REGISTRATION in self.description.document["paths"]:
            async for answer in self._registrations():
                yield answer
        async for answer in self._refusals(served):
            yield answer

    async def _list(self, listing: Listing, most_pages: float) -> AsyncIterator[Answer]:
        """The pages, and many of their objects one by one."""
        rows: list[Mapping[str, Any]] = []
        number, last = 1, 1.0
        while number <= last:
            page = await self.get(listing.path, **{"page[number]": number, "page[size]": 250})
            yield listing.path, page, True
            rows += page.json()["data"]
            number, last = number + 1, min(most_pages, page.json()["meta"]["total_pages"])
        asked_about = CONNECTIONS_ASKED_ABOUT if listing.path == LIST else OBJECTS_ASKED_ABOUT
        for row in rows[:asked_about] if listing.by_id else ():
            yield f"{listing.path}/{{id}}", await self.get(f"{listing.path}/{row['id']}"), True
            if listing.path == LIST:
                async for answer in self._calls(f"{LIST}/{row['id']}/active_calls"):
                    yield answer

    async def _filtered(self, listing: Listing) -> AsyncIterator[Answer]:
        """The list with each parameter that is described."""
        for name, value in self.description.parameters(listing.path):
            needed = listing.filters[name].needs if name in listing.filters else ""
            others = ({needed: "true"} if needed else {}) | ({} if name.startswith("page") else {"page[size]": "5"})
            yield listing.path, await self.get(listing.path, **others | {name: value}), True

    async def _registrations(self) -> AsyncIterator[Answer]:
        for row in (await self.get("/credential_connections")).json()["data"]:
            query = {"credential_type": "sip_credential_connection", "username": row["user_name"]}
            yield REGISTRATION, await self.get(REGISTRATION, **query), True
        for row in (await self.get("/uac_connections")).json()["data"]:
            query = {"credential_type": "uac_external_credential", "connection_id": row["id"]}
            yield REGISTRATION, await self.get(REGISTRATION, **query), True

    async def _calls(self, url: str) -> AsyncIterator[Answer]:
        has_list = (await self.get(url)).status_code == 200
        page = await self.get(url, **{"page[limit]": 3})
        yield CALLS, page, has_list
        while page.status_code == 200 and (after := page.json()["meta"]["cursors"].get("after")):
            page = await self.get(url, **{"page[limit]": 3, "page[after]": after})
            yield CALLS, page, True
        for name, value in self.description.parameters(CALLS):
            yield CALLS, await self.get(url, **{name: value}), has_list

    async def _refusals(self, served: Collection[str]) -> AsyncIterator[Answer]:
        for path in self.description.document["paths"]:
            if path.removesuffix("/{id}") not in (*served, COUNT, CALLS, REGISTRATION):
                continue
            url = re.sub("{.*}", "1", path)
            yield path, await self.get(url), "{" not in path and path != REGISTRATION
            for odd in ("nothing", "a/b~c", "page[size]", "page[number]", "sort", "filter[connection_name][contains]"):
                yield path, await self.get(url, **{odd: "?"}), False
            yield path, await self.http.get(f"/v2{url}", headers={"authorization": "Bearer other"}), False
            for status in REFUSED:
                if self.description.validator(path, status):
                    yield path, await self.get(url, f"/fault/{status}/v2"), False


async def compare(document: Mapping[str, Any]) -> int:
    """Print the differences and return their number."""
    description, seen, differences = Description(document), 0, Counter[str]()
    key = {"authorization": f"Bearer {SANDBOX_KEY}"}
    for size, seed in FLEETS:
        network = httpx.ASGITransport(create_app(size=size, seed=seed))
        async with httpx.AsyncClient(transport=network, base_url="http://sandbox", headers=key) as http:
            async for path, answer, must_be_answered in Account(description, http).answers(size):
                seen += 1
                differences.update(f"{path} {difference}" for difference in description.differences(path, answer))
                if must_be_answered and answer.status_code != 200:
                    differences[f"{path}?{answer.request.url.query.decode()} is refused: {answer.text[:300]}"] += 1
    sys.stdout.writelines(f"{difference} ({count} times)\n" for difference, count in differences.items())
    sys.stdout.write(f"{seen} answers compared, {len(differences)} differences\n")
    return len(differences)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(bool(asyncio.run(compare(json.loads(Path(sys.argv[1]).read_text("utf-8"))))))
