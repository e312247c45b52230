"""Encodes each result once: the SDK would copy it twice and encode it in Python."""

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ENCODED = "encoded_result"
"""Key for the encoded result in the `state` of the request's ASGI scope."""
_NAME, _EMPTY = b'"result":', b"{}"
_STRUCTURED = "structuredContent"


async def encode_result(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that encodes a result and returns an empty one for `EncodedResults` to replace; the outermost."""
    result = await call_next(ctx)
    if not isinstance(result, dict) or ctx.request is None:
        return result
    ctx.request.scope["state"][_ENCODED] = _encoded(result)
    return {}


class EncodedResults:
    """Replaces the empty result in the SDK's response, which is JSON or the last event of a stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        state = scope["state"]
        held: Message | None = None

        async def replace(message: Message) -> None:
            nonlocal held
            if _ENCODED in state:
                if message["type"] == "http.response.start":
                    held = message  # it may have a length
                    return
                # Within a JSON text the quotes would be escaped.
                before, found, after = message["body"].partition(_NAME + _EMPTY)
                if found:
                    message["body"] = b"".join((before, _NAME, state.pop(_ENCODED), after))
                elif not message.get("more_body"):
                    raise RuntimeError("the SDK's response has no place for the result")  # rather than an empty one
            if held is not None:
                held["headers"] = _of_length(held["headers"], len(message["body"]))
                await send(held)
                held = None
            await send(message)

        await self._app(scope, receive, replace)


def _encoded(result: dict[str, Any]) -> bytes:
    """`result` as JSON. The text of a tool's answer is its structured content as JSON, so this is encoded already."""
    if _STRUCTURED not in result:
        return to_json(result)
    (block,) = result["content"]
    others = {name: part for name, part in result.items() if name != _STRUCTURED}
    return b'%b,"%b":%b}' % (to_json(others)[:-1], _STRUCTURED.encode(), block["text"].encode())


def _of_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    """The headers of a response, with another length if they have one."""
    return [(name, b"%d" % length if name == b"content-length" else value) for name, value in headers]
