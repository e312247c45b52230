"""What can go wrong between this server and Telnyx, each with a sentence fit for a model or a person to read."""


class TelnyxError(Exception):
    """A request that brought no usable answer.

    `str(error)` is one sentence: what happened, how often it was tried, what to do next. It never holds a
    key, a raw body, a URL or a stack.
    """

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


class Forbidden(TelnyxError):
    """403: the key is known but may not do this."""


class NotFound(TelnyxError):
    """404: no such resource in this account."""


class InvalidRequest(TelnyxError):
    """400 or 422: Telnyx refused a parameter."""


class UnusableAnswer(TelnyxError):
    """An answer that is no Telnyx answer: not JSON, truncated, of another shape, too large, a redirect."""


class TlsFailed(TelnyxError):
    """The server's certificate could not be trusted."""


class TemporaryError(TelnyxError):
    """A failure that may pass by itself: the request may be sent again."""


class Unavailable(TemporaryError):
    """408, 500, 502, 503 or 504: Telnyx, or a proxy before it, could not answer."""


class TimedOut(TemporaryError):
    """No answer within the request's time limit."""


class Unreachable(TemporaryError):
    """No connection: network, name resolution, proxy, or a connection that broke off."""


class RateLimited(TemporaryError):
    """429. `retry_after` is the number of seconds to wait, when Telnyx gave one."""

    def __init__(self, what: str, next_step: str, retry_after: float | None = None) -> None:
        super().__init__(what, next_step)
        self.retry_after = retry_after
