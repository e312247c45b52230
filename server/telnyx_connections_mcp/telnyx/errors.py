"""What can go wrong between this server and Telnyx. The sentences about its responses are in `_error_messages`."""

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

NO_SUCH_RESOURCE = "10005"
"""The code with which Telnyx says that there is no such object, rather than no such endpoint."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error as Telnyx describes it: code, detail and parameter, each empty if not stated."""

    code: str
    detail: str
    parameter: str


class TelnyxError(Exception):
    """A request without a usable response.

    `str(error)` is one sentence: what happened, how often it was tried, what to do next. It never holds a
    key, a raw body, a stack, or a URL other than the base URL.
    """

    in_short: ClassVar[str] = "no usable answer"
    """What happened in a few words, for probes."""
    reached: ClassVar[bool] = False
    """Whether Telnyx itself returned the error, and it is temporary or concerns a single request."""

    api_error: ApiError | None = None
    """Telnyx's own description, if the error is Telnyx's."""

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what, next_step)
        self.what = what
        self.next_step = next_step
        self.tries = 1

    def __str__(self) -> str:
        tried = f", tried {self.tries} times" if self.tries > 1 else ""
        return f"{self.what}{tried}: {self.next_step}."


class KeyRefused(TelnyxError):
    """401: the API key is missing, wrong, expired or revoked."""

    in_short = "key refused"


class Forbidden(TelnyxError):
    """403: the key is known but may not do this."""

    reached = True


class NotFound(TelnyxError):
    """404: no such resource in this account."""

    reached = True


class NoSuchObject(NotFound):
    """404: the list is there, but no object in it has that id."""


class InvalidRequest(TelnyxError):
    """400 or 422: Telnyx refused a parameter."""

    reached = True


class UnusableAnswer(TelnyxError):
    """A response that is not Telnyx's, or unusable: not JSON, truncated, of another shape, too large, a redirect."""


class NotTelnyx(UnusableAnswer):
    """Something between here and Telnyx responded instead: a proxy, a gateway, a block page, a login page."""

    in_short = "something else answers"


class TlsFailed(TelnyxError):
    """The server's certificate could not be trusted."""

    in_short = "certificate not trusted"


class TemporaryError(TelnyxError):
    """A temporary failure: the request may be retried, after `retry_after` seconds if set."""

    def __init__(self, what: str, next_step: str, retry_after: float | None = None) -> None:
        super().__init__(what, next_step)
        self.retry_after = retry_after


class Unavailable(TemporaryError):
    """408 or a 5xx that may pass: Telnyx, or a proxy in front of it, could not answer. Or a 429 of such a proxy."""

    in_short = "unavailable"


class TimedOut(TemporaryError):
    """No response within the request's timeout."""

    in_short = "no answer in time"


class Unreachable(TemporaryError):
    """No connection: network, name resolution, proxy, or a connection that broke off."""

    in_short = "unreachable"


class RateLimited(TemporaryError):
    """429."""

    reached = True


def in_seconds(wait: float) -> str:
    """`1 second`, `40 seconds`: a wait in words, rounded up."""
    seconds = max(1, ceil(wait))
    return f"{seconds} second{'' if seconds == 1 else 's'}"
