"""The connection to Redis: a short time limit on everything, and a rest after a failure.

Nobody waits for a Redis that is away: after a failure nothing is asked of it for a while, then one caller tries.
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

LIMIT = 0.25
"""Seconds that an exchange with Redis may take."""
LIMIT_FOR_FLEETS = 2.0
"""Seconds that moving a whole fleet may take."""
REST = 2.0
"""Seconds without a question after a failure."""
MOST_CONNECTIONS = 16

_log = logging.getLogger(__name__)


T = TypeVar("T")


class RedisUnavailableError(Exception):
    """Redis gave no answer that can be used, or rests after it did not: go on without it."""


@dataclass(frozen=True, slots=True)
class Script(Generic[T]):
    """A script in Lua, and how to read its answer: `read` raises `ValueError` for what the script never returns."""

    lua: str
    read: Callable[[Any], T]


def done(answer: object) -> None:
    """Read the answer of a script that returns 1."""
    if answer != 1:
        raise ValueError(answer)


@dataclass(frozen=True, slots=True)
class Status:
    """Whether replicas share anything now, and why not. `untried`: nothing was asked of Redis yet."""

    state: Literal["untried", "shared", "away"]
    why: str | None = None


class RedisClient:
    """Runs scripts in Redis. One log line when it goes away, one when it is back."""

    def __init__(self, settings: RedisSettings) -> None:
        pool = BlockingConnectionPool(
            max_connections=MOST_CONNECTIONS,
            timeout=LIMIT_FOR_FLEETS,
            connection_class=SSLConnection if settings.tls else Connection,
            host=settings.host,
            port=settings.port,
            db=settings.database,
            username=settings.username,
            password=settings.password,
            socket_timeout=LIMIT_FOR_FLEETS,
            socket_connect_timeout=LIMIT_FOR_FLEETS,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
        )
        self.status = Status("untried")
        self._where = f"{settings.host}:{settings.port}"
        self._redis = Redis(connection_pool=pool)
        self._rests_until = 0.0
        self._trying = False

    def __repr__(self) -> str:
        return f"Link({self._where!r}, {self.status})"

    async def run(
        self, script: "Script[T]", keys: Sequence[str], *arguments: str | int | bytes, seconds: float = LIMIT
    ) -> T:
        """What the script answers. Raises `RedisUnavailableError`."""
        tries = self.status.state == "away"
        if tries and (self._trying or anyio.current_time() < self._rests_until):
            raise RedisUnavailableError
        self._trying = tries
        try:
            # A cancellation that reaches redis-py in the middle of an exchange leaves a connection in its pool that
            # is half closed (anyio cancels again at every await of the cleaning up), so it waits for the time limit.
            with anyio.CancelScope(shield=True):
                async with asyncio.timeout(seconds):
                    answer = script.read(await self._redis.register_script(script.lua)(keys, arguments))
        except Exception as error:  # noqa: BLE001  # who sends wrong bytes may bring a parser to any error
            if tries or self.status.state != "away":  # else it had begun before, and tells nothing new
                self._is_away(_why(error, seconds))
            raise RedisUnavailableError from None
        finally:
            self._trying = self._trying and not tries
        if tries or self.status.state == "untried":
            self._is_back()
        return answer

    def _is_away(self, why: str) -> None:
        self._rests_until = anyio.current_time() + REST
        if self.status.state != "away":
            _log.warning(
                "Redis at %s %s: this replica reads for itself and keeps to its part of the rate limit until Redis "
                "is back",
                self._where,
                why,
            )
        self._note(Status("away", why))

    def _is_back(self) -> None:
        if self.status.state == "away":
            _log.warning("Redis at %s is back: the replicas share the rate limit and their fleets again", self._where)
        self._note(Status("shared"))

    def _note(self, status: Status) -> None:
        if self.status.state != status.state:
            if self.status.state != "untried":
                SHARED_ACCOUNTS.add(-1, {"state": self.status.state})
            SHARED_ACCOUNTS.add(1, {"state": status.state})
        self.status = status

    async def aclose(self) -> None:
        """Close the connections."""
        with suppress(Exception):  # it is gone either way
            async with asyncio.timeout(LIMIT):
                await self._redis.aclose()
                await self._redis.connection_pool.disconnect()


def _why(error: Exception, seconds: float) -> str:
    """What happened, in our words: the library's may quote what was sent."""
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
    return "answered what was not asked"
