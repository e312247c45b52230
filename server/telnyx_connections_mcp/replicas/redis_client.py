"""The connection to Redis: short timeouts, and a cooldown after a failure.

Nothing waits for a Redis that is unavailable: after a failure no command is sent for a while, then one caller retries.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import anyio
from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as ConnectionLostError

from telnyx_connections_mcp.config.replica_settings import RedisSettings
from telnyx_connections_mcp.observability.metrics import SHARED_ACCOUNTS

TRANSFER_TIMEOUT = 2.0
"""Longest that transferring a whole snapshot may take, in seconds."""
COOLDOWN = 2.0
"""Seconds without a command after a failure."""
MAX_CONNECTIONS = 16

_log = logging.getLogger(__name__)


T = TypeVar("T")


class RedisUnavailableError(Exception):
    """Redis gave no usable answer, or is cooling down after a failure: go on without it."""


@dataclass(frozen=True, slots=True)
class Script(Generic[T]):
    """A Lua script and the function that reads its result, which raises `ValueError` for anything it never returns."""

    lua: str
    read: Callable[[Any], T]


def done(answer: object) -> None:
    """Check the result of a script that returns 1."""
    if answer != 1:
        raise ValueError(answer)


@dataclass(frozen=True, slots=True)
class RedisStatus:
    """Whether replicas share anything now, and why not. `untried`: no command has been sent yet."""

    state: Literal["untried", "shared", "away"]
    why: str | None = None


class RedisClient:
    """Runs scripts in Redis. Logs one line when it becomes unavailable and one when it is back."""

    def __init__(self, settings: RedisSettings) -> None:
        pool = BlockingConnectionPool(
            max_connections=MAX_CONNECTIONS,
            timeout=TRANSFER_TIMEOUT,
            connection_class=SSLConnection if settings.tls else Connection,
            host=settings.host,
            port=settings.port,
            db=settings.database,
            username=settings.username,
            password=settings.password,
            socket_timeout=TRANSFER_TIMEOUT,
            socket_connect_timeout=TRANSFER_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
        )
        self.status = RedisStatus("untried")
        self._timeout = settings.timeout
        self._where = f"{settings.host}:{settings.port}"
        self._redis = Redis(connection_pool=pool)
        self._retry_at = 0.0
        self._retrying = False

    def __repr__(self) -> str:
        return f"RedisClient({self._where!r}, {self.status})"

    async def run(
        self, script: "Script[T]", keys: Sequence[str], *arguments: str | int | bytes, seconds: float | None = None
    ) -> T:
        """The result of the script, which may take `seconds`, or as long as the settings say.

        Raises `RedisUnavailableError`.
        """
        seconds = seconds or self._timeout
        retrying = self.status.state == "away"
        if retrying and (self._retrying or anyio.current_time() < self._retry_at):
            raise RedisUnavailableError
        self._retrying = retrying
        try:
            # A cancellation in the middle of a command leaves a half-closed connection in redis-py's pool, because
            # anyio cancels again at every await of the cleanup. So it is shielded, and bounded by the timeout.
            with anyio.CancelScope(shield=True):
                async with asyncio.timeout(seconds):
                    answer = script.read(await self._redis.register_script(script.lua)(keys, arguments))
        except Exception as error:  # noqa: BLE001  # malformed replies can make the parser raise anything
            if retrying or self.status.state != "away":  # else the command was sent before that, and says nothing new
                self._is_away(_why(error, seconds))
            raise RedisUnavailableError from None
        finally:
            self._retrying = self._retrying and not retrying
        if retrying or self.status.state == "untried":
            self._is_back()
        return answer

    def _is_away(self, why: str) -> None:
        self._retry_at = anyio.current_time() + COOLDOWN
        if self.status.state != "away":
            _log.warning(
                "Redis at %s %s: this replica reads for itself and keeps to its share of the rate limit until Redis "
                "is back",
                self._where,
                why,
            )
        self._note(RedisStatus("away", why))

    def _is_back(self) -> None:
        if self.status.state == "away":
            _log.warning(
                "Redis at %s is back: the replicas share the rate limit and their snapshots again", self._where
            )
        self._note(RedisStatus("shared"))

    def _note(self, status: RedisStatus) -> None:
        if self.status.state != status.state:
            if self.status.state != "untried":
                SHARED_ACCOUNTS.add(-1, {"state": self.status.state})
            SHARED_ACCOUNTS.add(1, {"state": status.state})
        self.status = status

    async def aclose(self) -> None:
        """Close the connections."""
        with suppress(Exception):  # it is gone in any case
            async with asyncio.timeout(self._timeout):
                await self._redis.aclose()
                await self._redis.connection_pool.disconnect()


def _why(error: Exception, seconds: float) -> str:
    """What happened, in our words: the library's may quote what was sent to it."""
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and isinstance(cause, Exception):
        causes.append(cause)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return f"cannot be trusted ({getattr(cause, 'verify_message', '') or 'TLS failed'})"
    if isinstance(error, AuthenticationError) or any("NOAUTH" in str(cause) for cause in causes):
        return "refused the password"
    if isinstance(error, ResponseError):
        return "refused a command"
    if isinstance(error, TimeoutError):
        return f"did not answer within {seconds:g} s"
    if isinstance(error, OSError | ConnectionLostError) or any(isinstance(cause, OSError) for cause in causes):
        return "cannot be reached"
    return "sent an unexpected response"
