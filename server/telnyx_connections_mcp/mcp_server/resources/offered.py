"""The resources. Those about the account are answers of tools, so that both agree."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import FunctionResource, Resource
from mcp_types import Annotations

from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.current_account import current_account
from telnyx_connections_mcp.mcp_server.tool import ReadTool, too_late
from telnyx_connections_mcp.mcp_server.tools import audit_connections, get_connection, search_connections
from telnyx_connections_mcp.mcp_server.uris import AUDIT, CONNECTION, FLEET, JSON, REFERENCE
from telnyx_connections_mcp.observability.request_record import set_failure
from telnyx_connections_mcp.telnyx.errors import NotFound, TelnyxError


def resources() -> list[Resource]:
    """The fixed resources: the account in numbers, its audit, the reference."""
    return [
        FunctionResource(
            uri=FLEET,
            name="fleet",
            title="The account in numbers",
            description="How many connections of each type are active or inactive, and whether all were counted.",
            mime_type=JSON,
            annotations=Annotations(audience=["user", "assistant"], priority=0.8),
            fn=partial(_read, search_connections.TOOL, {"group_by": ["record_type", "active"], "limit": 250}),
        ),
        FunctionResource(
            uri=AUDIT,
            name="audit",
            title="What is wrong",
            description="The findings of audit_connections for the whole account, worst first, with what to do.",
            mime_type=JSON,
            annotations=Annotations(audience=["user", "assistant"], priority=0.6),
            fn=partial(_read, audit_connections.TOOL, {}),
        ),
        FunctionResource(
            uri=REFERENCE,
            name="reference",
            title="Filters, sorts and fields explained",
            description="What each argument, condition, sort, field and check means; the same for every account.",
            mime_type="text/markdown",
            annotations=Annotations(audience=["assistant", "user"], priority=0.4),
            fn=_reference,
        ),
    ]


def add_connections(server: MCPServer[AccountContexts]) -> None:
    """Offer each connection by its id."""

    @server.resource(
        CONNECTION,
        name="connection",
        title="One connection",
        description="Every field of one connection, secrets masked, and what the audit says about it.",
        mime_type=JSON,
        annotations=Annotations(audience=["user", "assistant"], priority=0.8),
    )
    async def connection(id: str) -> str:  # noqa: A002  # the variable of the template
        return await _read(get_connection.TOOL, {"id": id})


async def _read(tool: ReadTool, arguments: Mapping[str, Any]) -> str:
    try:
        account = current_account()
    except SettingsError as error:  # the caller must not, or cannot without naming an account
        set_failure(error)
        raise ResourceError(str(error)) from error
    try:
        return (await tool.answer(arguments, account, _ignore_progress)).text
    except (ArgumentError, SettingsError, TelnyxError) as error:
        set_failure(error)
        # Only the id is a caller's: without one, what was not found is the API, and the resource is there.
        missing = isinstance(error, NotFound | ArgumentError) and "id" in arguments
        raise (ResourceNotFoundError if missing else ResourceError)(str(error)) from error
    except TimeoutError as error:
        set_failure(error)
        raise ResourceError(too_late(account)) from error


async def _reference() -> str:
    from telnyx_connections_mcp.mcp_server.resources.reference import reference  # imported only when it is read

    return reference()


async def _ignore_progress(_done: int, _known: int | None) -> None:
    """Clients do not show the progress of resource reads."""
