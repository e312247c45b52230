"""The sandbox as an HTTP server of its own, for curl, the official SDKs and other tools."""

import os
import socket
import sys
from contextlib import suppress
from typing import Any

import uvicorn

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app


def run_sandbox(*, host: str, port: int, size: int, **account: Any) -> int:
    """Serve until interrupted, and return 0. `account` is passed to `create_app`.

    If the address is in use, or the size, fault or limit is invalid, print why and return 2.
    """
    try:
        app = create_app(size=size, **account)
        listener = _listen(host, port)
    except ValueError as error:
        print(f"telnyx-connections-mcp sandbox: {error}.", file=sys.stderr)  # noqa: T201  # a person reads it
        return 2
    url = f"http://{host}:{listener.getsockname()[1]}/v2"
    print(  # noqa: T201  # a person reads it
        f"Sandbox Telnyx API with {size} connections at {url} (press Ctrl-C to stop). Try:\n"
        f"  curl -H 'Authorization: Bearer {SANDBOX_KEY}' '{url}/connections?page[size]=3' --globoff",
        flush=True,
    )
    with suppress(KeyboardInterrupt):  # the way to stop it
        uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)).run(
            sockets=[listener]
        )
    return 0


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ValueError(f"a port must be a number from 0 to 65535, not {port}")
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        # The codes of name resolution are below 0.
        reason = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else "no such name"
        raise ValueError(
            f"cannot listen on {host} port {port} ({reason}): choose another address with --host and --port"
        ) from None
    # Inherited by what it accepts. asyncio does this only for sockets of a named protocol, and without it the kernel
    # holds back the second packet of an answer until the first is acknowledged, 40 ms later.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
