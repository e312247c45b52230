"""The parameters of `GET /v2/connections`: the models of the tools' arguments, and their form in a URL.

Source: Telnyx API reference 2.0.0, "List connections". Parameters are `deepObject` with `explode: true`,
so `{"page": {"size": 25}}` becomes `page[size]=25`. A field that is not set is not sent.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from telnyx_connections_mcp.telnyx.cursors import LONGEST_CURSOR, read_cursor
from telnyx_connections_mcp.text.hosts import host_within


def _fqdn(text: str) -> str:
    """`text`, which Telnyx compares exactly. Raises `ValueError` for anything that is not an FQDN."""
    text = text.strip()
    if re.search(r"[\s:/@*?#,;]", text) is None:
        return text
    within = host_within(text)
    raise ValueError(f"must be an FQDN alone, such as {within or 'sip.example.com'}")


Fqdn = Annotated[str, AfterValidator(_fqdn)]
Digits = Annotated[str, Field(pattern="^[0-9]{1,19}$")]


class Parameters(BaseModel):
    """A group of parameters; an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NameFilter(Parameters):
    """`filter[connection_name]`."""

    contains: Annotated[
        str,
        Field(
            min_length=3,
            max_length=256,
            description="Part of the name, any case, 3 characters or more.",
        ),
    ]


class OutboundFilter(Parameters):
    """The older form of the voice profile filter, with a dot in its key."""

    outbound_voice_profile_id: Annotated[Digits, Field(description="The same id.")]


class ConnectionFilter(Parameters):
    """`filter` without the older form: every condition must hold."""

    connection_name: Annotated[NameFilter | None, Field(description="By part of the name.")] = None
    fqdn: Annotated[
        Fqdn | None,
        Field(
            min_length=1,
            max_length=255,
            description="Connections with exactly this FQDN; case counts.",
        ),
    ] = None
    outbound_voice_profile_id: Annotated[
        Digits | None,
        Field(description="Connections that use this outbound voice profile: its id, in digits."),
    ] = None


class ListFilter(ConnectionFilter):
    """`filter` with everything that the API accepts."""

    outbound: Annotated[OutboundFilter | None, Field(description="Older form of the same.")] = None


class PageRequest(Parameters):
    """`page`: which part of the list. Always sent, because Telnyx's documentation disagrees about the default size."""

    number: Annotated[int, Field(ge=1, description="Page to return, from 1, the default.")] = 1
    size: Annotated[int, Field(ge=1, le=250, description="Connections per page, up to 250; default 25.")] = 25


def connections_query(
    api_filter: ConnectionFilter | None, page: PageRequest, sort: str | None
) -> list[tuple[str, str]]:
    """The query of `GET /connections`. `sort` is only sent if given: without it Telnyx uses another order."""
    parameters: dict[str, Any] = {"filter": {}, "page": page.model_dump()}
    if api_filter is not None:
        parameters["filter"] = api_filter.model_dump(exclude_none=True)
        outbound = parameters["filter"].pop("outbound", None)
        if outbound is not None:
            parameters["filter"]["outbound.outbound_voice_profile_id"] = outbound["outbound_voice_profile_id"]
    if sort is not None:
        parameters["sort"] = sort
    return list(deep_object(parameters))


class CallsPage(Parameters):
    """`page` of active calls: `after` is the cursor from the previous page; or a number.

    A number is only sent if given, because Telnyx documents cursors alone.
    """

    number: Annotated[int | None, Field(ge=1, description="Page, from 1, if pages are numbered.")] = None
    size: Annotated[int, Field(ge=1, le=250, description="Calls per page, up to 250; default 10.")] = 10
    after: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=LONGEST_CURSOR,
            description="`page.after` of the previous answer, instead of a number.",
        ),
    ] = None


def calls_query(page: CallsPage) -> list[tuple[str, str]]:
    """The query of `GET /connections/{connection_id}/active_calls`. Raises `ValueError` if `after` is not a cursor."""
    where: dict[str, Any] = {"size": page.size}
    if page.number is not None:
        where["number"] = page.number
    else:  # `limit` belongs to cursors and `size` to numbers, and what an account has is not known
        where["limit"] = page.size
    if page.after is not None:
        where["after"] = read_cursor(page.after)
    return list(deep_object({"page": where}))


def deep_object(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """`values` as the key and value pairs of an OpenAPI `deepObject` query."""
    for name, value in values.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, Mapping):
            yield from deep_object(value, key)
        else:
            yield key, str(value)
