"""Formats the line about one request from its facts alone: `logging` would take three times as long."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from time import localtime, strftime, time

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

from telnyx_connections_mcp.redaction.own_keys import OwnSecrets

REQUEST_LOGGER = "telnyx_connections_mcp.calls"
"""Name of the logger with one line per request, at INFO."""
Facts = Mapping[str, object]
"""Texts and numbers by name; text lines leave out None."""
_PLAIN = re.compile(r'[^\s="]*')
_encode = json.JSONEncoder(ensure_ascii=False).encode


def as_text(own: OwnSecrets, facts: Facts) -> str:
    """A line of text, with the prefix of our other lines."""
    return own.redact(f"{_now()} INFO {REQUEST_LOGGER}: {text_of(facts)}")


def as_json(own: OwnSecrets, facts: Facts) -> str:
    """The line as a JSON object."""
    line_facts = {
        "time": _now(),
        "level": "INFO",
        "logger": REQUEST_LOGGER,
        "message": text_of(facts),
        **facts,
        **trace_ids(),
    }
    line = _encode(line_facts)
    return _encode(own.redacted(line_facts)) if own.found_in(line) else line


def text_of(facts: Facts) -> str:
    """The facts as `name=value`, quoted unless plain, so that no value can pass for another fact."""
    words = {name: str(fact) for name, fact in facts.items() if fact is not None}
    if _PLAIN.fullmatch("".join(words.values())) is None:
        words = {name: _quoted(word) for name, word in words.items()}
    return " ".join([f"{name}={word}" for name, word in words.items()])


def trace_ids() -> dict[str, str]:
    """The current trace and span, if there is one."""
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
