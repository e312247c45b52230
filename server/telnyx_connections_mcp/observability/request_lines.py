"""The line about one request of a client, made of its facts alone: `logging` would take three times as long."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from time import localtime, strftime, time

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

from telnyx_connections_mcp.redaction.own_keys import OwnSecrets

CALLS = "telnyx_connections_mcp.calls"
"""The logger with one line for each request of a client, at level INFO."""
Facts = Mapping[str, object]
"""Texts and numbers by their names; None is left out of a line of text."""
_PLAIN = re.compile(r'[^\s="]*')
_encode = json.JSONEncoder(ensure_ascii=False).encode


def as_text(own: OwnSecrets, facts: Facts) -> str:
    """A line of text, as `logging` begins it."""
    return own.blot(f"{_now()} INFO {CALLS}: {text_of(facts)}")


def as_json(own: OwnSecrets, facts: Facts) -> str:
    """A line that is a JSON object."""
    said = {"time": _now(), "level": "INFO", "logger": CALLS, "message": text_of(facts), **facts, **trace_ids()}
    line = _encode(said)
    return _encode(own.blotted(said)) if own.held_in(line) else line


def text_of(facts: Facts) -> str:
    """The facts as words: in quotes unless they are plain, so that no name can pass for a fact beside it."""
    words = {name: str(fact) for name, fact in facts.items() if fact is not None}
    if _PLAIN.fullmatch("".join(words.values())) is None:
        words = {name: _quoted(word) for name, word in words.items()}
    return " ".join([f"{name}={word}" for name, word in words.items()])


def trace_ids() -> dict[str, str]:
    """The trace and the span that are under way; nothing where none is."""
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}


def _quoted(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else json.dumps(word, ensure_ascii=False)


def _now() -> str:
    now = time()
    return f"{_until_second(int(now))},{int(now % 1 * 1000):03d}"


@lru_cache(1)
def _until_second(seconds: int) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))
