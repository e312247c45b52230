"""The private parts of other packages that we use exist, and the next minor releases of those are excluded.

If one of these tests fails after an upgrade: find out what replaced the part, change our code, then raise the bound.
"""

import asyncio
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from mcp.server import MCPServer
from mcp.server._otel import OpenTelemetryMiddleware
from packaging.requirements import Requirement
from packaging.version import Version
from sse_starlette.sse import AppStatus
from starlette.routing import Route
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

PROJECT: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
LEANED_ON = ["mcp", "mcp-types", "uvicorn"]


def lacks(of: object, *names: str) -> list[str]:
    """The names that `of` does not have."""
    return [name for name in names if not hasattr(of, name)]


@pytest.mark.parametrize("name", LEANED_ON)
def test_minor_releases_are_allowed_one_by_one(name: str) -> None:
    """The upper bounds keep out a minor release, which may change such a part, until it has been tested."""
    [bounds] = [each for each in map(Requirement, PROJECT["project"]["dependencies"]) if each.name == name]
    [bound] = [Version(each.version) for each in bounds.specifier if each.operator == "<"]
    installed = Version(version(name))
    assert installed in bounds.specifier
    assert (bound.major, len(bound.release)) == (installed.major, 2)


@pytest.mark.anyio
async def test_the_connection_of_uvicorn_has_what_ours_adds_to() -> None:
    """`http_connection.py` reads its state and calls its clock; `run.py` starts and stops the server around it."""
    config = Config(lambda: None, http=H11Protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    connection = H11Protocol(config, ServerState(), {}, asyncio.get_running_loop())
    assert not lacks(connection, "loop", "transport", "conn", "cycle", "app_state", "_unset_keepalive_if_required")
    assert not lacks(connection, "connection_made", "data_received", "connection_lost", "on_response_complete")
    assert not lacks(connection, "shutdown", "pause_writing", "resume_writing")
    assert not lacks(connection.conn, "our_state", "their_state", "trailing_data")
    assert not lacks(Server(config), "server_state", "handle_exit", "startup", "shutdown", "should_exit")
    assert not lacks(ServerState(), "connections", "tasks", "default_headers")
    assert not lacks(AppStatus, "disable_automatic_graceful_drain")


def test_the_server_of_the_sdk_has_what_ours_sets() -> None:
    """`http_server/app.py` limits what reaches the protocol; `stdio.py` runs it over its own streams."""
    server = MCPServer("x")
    assert not lacks(server, "_lowlevel_server", "middleware", "settings")
    assert any(isinstance(each, OpenTelemetryMiddleware) for each in server.middleware)  # see seen_spans.py
    assert not lacks(server._lowlevel_server, "run", "create_initialization_options")  # noqa: SLF001  # what this is about
    app = server.streamable_http_app(streamable_http_path="/mcp", stateless_http=True)
    assert not lacks(server.session_manager, "asgi_app", "app", "json_response")
    assert not lacks(server.session_manager.asgi_app, "app")
    assert not lacks(server.session_manager.app, "get_tool_input_schema")
    assert not lacks(app, "routes", "user_middleware", "router")
    assert any(isinstance(route, Route) and route.path == "/mcp" for route in app.routes)
