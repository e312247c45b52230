"""How a fetch tells its callers how far it is. This imports nothing else: tools do not wait for the code of a fetch."""

from collections.abc import Awaitable, Callable

ReportProgress = Callable[[int, int | None], Awaitable[None]]
"""Called with the number of pages fetched, and of all pages if known."""
