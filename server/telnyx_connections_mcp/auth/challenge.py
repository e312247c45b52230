"""Responses to refused callers according to RFC 6750 and RFC 9728, which the SDK's 401 and 403 do not fully follow.

Their words are in `error_messages.py`.
"""

from mcp.server.auth.settings import AuthSettings
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.auth import error_messages
from telnyx_connections_mcp.auth.bearer_verifier import REFUSAL
from telnyx_connections_mcp.auth.error_messages import IssuerUnavailable

RETRY_AFTER = 5
"""Seconds after which to retry while the issuer's keys are unavailable."""


class ChallengeMiddleware:
    """Replaces the refusals of the SDK's application, which must use our verifier.

    - Without credentials, the challenge has no error (RFC 6750, section 3.1).
    - For a refused token it says why; every 401 and 403 names the required scopes (MCP 2025-11-25, "Protected Resource
      Metadata Discovery Requirements" and "Scope Challenge Handling").
    - Several Authorization headers get a 400 (RFC 6750, section 3.1, invalid_request): it is unclear which is meant.
    - While the issuer's keys are unavailable, a token is neither valid nor invalid: 503, not 401, lest clients discard
    it.
    """

    def __init__(self, app: ASGIApp, auth: AuthSettings) -> None:
        self._app = app
        self._scopes = " ".join(auth.required_scopes or [])
        self._metadata = _metadata_url(auth)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        authorization = Headers(scope=scope).getlist("authorization")
        if len(authorization) > 1:
            refusal = self._challenge(400, "invalid_request", error_messages.TWO_HEADERS)
            await refusal(scope, receive, send)
            return
        bearer = authorization[0].lower().startswith("bearer ") if authorization else False
        REFUSAL.set(None)
        refused = False

        async def replace_refusal(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = _challenges(message)
                if refused:
                    await self._refusal(message["status"], bearer=bearer)(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, replace_refusal)

    def _refusal(self, status: int, *, bearer: bool) -> JSONResponse:
        if status == 403:
            return self._challenge(403, "insufficient_scope", error_messages.SCOPES.format(scopes=self._scopes))
        reason = REFUSAL.get()
        if isinstance(reason, IssuerUnavailable):
            return _answer(503, "temporarily_unavailable", str(reason), {"retry-after": str(RETRY_AFTER)})
        if bearer:
            return self._challenge(401, "invalid_token", str(reason))
        return self._challenge(401, None, error_messages.MISSING)

    def _challenge(self, status: int, error: str | None, description: str) -> JSONResponse:
        """The response; without an `error`, the description is only in the body."""
        parameters = {"error": error, "error_description": error and description}
        parameters |= {"scope": self._scopes, "resource_metadata": self._metadata}
        challenge = ", ".join(f'{name}="{value}"' for name, value in parameters.items() if value)
        headers = {"www-authenticate": f"Bearer {challenge}" if challenge else "Bearer"}
        return _answer(status, error or "unauthorized", description, headers)


def _answer(status: int, error: str, description: str, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status, headers)


def _challenges(start: Message) -> bool:
    """Whether a response that starts like this is one of the SDK's refusals."""
    challenge = Headers(raw=start["headers"]).get("www-authenticate", "")
    return start["status"] in (401, 403) and challenge.startswith("Bearer ")


def _metadata_url(auth: AuthSettings) -> str | None:
    """The URL of this server's metadata (RFC 9728, section 3.1); None without an issuer."""
    if auth.resource_server_url is None:
        return None
    from mcp.server.auth.routes import build_resource_metadata_url

    return str(build_resource_metadata_url(auth.resource_server_url))
