"""What the page and the server tell each other in the `_meta` of requests and results, which no model is shown."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from telnyx_connections_mcp.answers.token_budget import compact_json

VIEW_KEY = "telnyx-connections-mcp/view"
PAGE_TOKENS = 40_000
"""Most tokens in an answer that the page asks for: 250 rows, which no model reads."""
MOST_BYTES = 65_536
"""Most bytes, as JSON, of what a result tells the page."""
_asked_by_page: ContextVar[bool] = ContextVar("asked by the page", default=False)


def note_request(meta: Mapping[str, Any] | None) -> None:
    """Note whether the page sent the current request, whose `_meta` then has `{"page": true}` under our key."""
    said = (meta or {}).get(VIEW_KEY)
    _asked_by_page.set(isinstance(said, dict) and said.get("page") is True)


def answer_tokens(most: int) -> int:
    """Most tokens in the answer to the current request; `most` are allowed for a model."""
    return max(most, PAGE_TOKENS) if _asked_by_page.get() else most


def result_meta(tool: str, arguments: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The `_meta` of a result: how to ask for the rest of it, and `more`, such as lists with a part for each group.

    The arguments are as they were understood, not cleaned: another text would be another question. Empty if they are
    too long to be repeated; of lists, what would be too long is None.
    """
    left = MOST_BYTES - len(compact_json(arguments).encode())
    if left < 0:
        return {}
    return {
        VIEW_KEY: {"tool": tool, "arguments": dict(arguments)} | {name: _fitting(more[name], left) for name in more}
    }


def _fitting(parts: Iterable[Any], left: int) -> list[Any]:
    fitting = []
    for part in parts:
        left -= len(compact_json(part).encode())
        fitting.append(part if left >= 0 else None)
    return fitting
