"""Faults of some paths alone: refused, missing, or in another place."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.sandbox.changed_faults import Serve


def only_at(answer: Response) -> Callable[[str], Serve]:
    """Respond with this to requests for the paths named, as in `ips,phone_numbers/slim`, and what is below them."""

    def reads(names: str) -> Serve:
        paths = [f"/{name.strip('/')}/" for name in names.split(",")]

        async def serve(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
            met = any(path in f"{scope['path']}/" for path in paths)
            await (answer if met else api)(scope, receive, send)

        return serve

    return reads


async def moved_mobile(api: ASGIApp, _: float, scope: Scope, receive: Receive, send: Send) -> None:
    """Swap the two places at which the list of mobile connections may be, below the base URL."""
    base, here, rest = scope["path"].rpartition("/mobile_voice_connections")
    if here:
        base = base.removesuffix("/v2") if base.endswith("/v2/v2") else f"{base}/v2"
        scope = dict(scope) | {"path": base + here + rest}
    await api(scope, receive, send)
