"""Keeping an answer within the tokens that it may cost, by showing less and saying so."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from telnyx_connections_mcp.views import Detail

A = TypeVar("A", bound=Mapping[str, Any])

# How the o200k tokenizer cuts ASCII text, roughly: words, three digits, a few marks. Measured on this server's answers
# it gives 4 to 17 % too much (tests/test_budget.py), never too little.
_PIECES = re.compile(r"[A-Za-z]{1,9}|[0-9]{1,3}|[!-/:-@\[-`{-~]{1,3}|[\x00-\x20]+")
_FEWEST_BYTES = 2
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact_json(value: object) -> str:
    """`value` as JSON without white space, non-ASCII text as it is: the fewest tokens."""
    return _encode(value)


def estimate_tokens(text: str) -> int:
    """About how many o200k tokens `text` is, without a tokenizer; more than it is rather than less."""
    return len(_PIECES.findall(text)) + len(text.encode()) - len(text)


def fits(answer: Mapping[str, Any], budget: int) -> bool:
    """Whether `answer` costs at most `budget` tokens."""
    text = compact_json(answer)
    return len(text.encode()) <= _FEWEST_BYTES * budget or estimate_tokens(text) <= budget


def within(budget: int, build: Callable[[Detail, int], A], detail: Detail, count: int) -> A:
    """The answer that `build` makes of `count` rows in `detail`, or of less when that costs over `budget` tokens.

    First the detail steps down to the summary, then rows are left out; `build` says in its answer what it lacks. One
    row in the least detail is shown whatever it costs.
    """
    answer = build(detail, count)
    if fits(answer, budget):
        return answer
    answer = build("summary", count)
    while count > 1 and not fits(answer, budget):
        count = max(1, min(count - 1, count * budget // max(1, estimate_tokens(compact_json(answer)))))
        answer = build("summary", count)
    return answer
