"""Keeps answers within a token budget, by showing less and saying so."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.text.cleaning import cut

# Roughly how the o200k tokenizer splits ASCII text: words, three digits, a few marks. On this server's answers it
# overestimates by 4 to 17 % (tests/answers/test_token_budget.py), and never underestimates.
_PIECES = re.compile(r"[A-Za-z]{1,9}|[0-9]{1,3}|[!-/:-@\[-`{-~]{1,3}|[\x00-\x20]+")
# So many letters and digits in a row are not a known word, and cost a token for each one or two of them.
_NO_WORDS = re.compile(r"[A-Za-z0-9+/]{20,}")
_FEWEST_BYTES = 2
_LONGEST_CHARACTER = 4
"""Most bytes of a character in UTF-8."""
_USUAL_BYTES = 4
_MAX_BYTES = 40
"""Most bytes per token: a longer text is over budget, whatever it contains."""
_SHORTER = ((256, 32), (64, 16), (32, 8), (16, 4))
"""Longest text and list at each step of shortening, in characters and items."""
_OURS = frozenset({"summary", "as_of", "coverage", "page"})
"""Our own words in an answer, which are bounded."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A tool's answer as plain data and as JSON, which is encoded once, then measured and sent."""

    data: Mapping[str, Any]
    text: str
    beside: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """What a page that shows the answer needs besides, and no model does."""

    @classmethod
    def of(cls, data: Mapping[str, Any], beside: Mapping[str, Sequence[Any]] | None = None) -> "Answer":
        """The answer with this `data`."""
        return cls(data, compact_json(data), beside or {})


def compact_json(value: object) -> str:
    """`value` as compact JSON with non-ASCII text unescaped: the fewest tokens."""
    return to_json(value).decode()


def estimate_tokens(text: str) -> int:
    """An estimate of the o200k tokens in `text`, high rather than low."""
    unusual = sum(map(len, _NO_WORDS.findall(text))) * 2 // 5
    return len(_PIECES.findall(text)) + unusual + len(text.encode()) - len(text)


def cost(text: str, budget: int) -> int:
    """An estimate of the tokens in `text`, only rough if that is far from `budget`."""
    if len(text) * _LONGEST_CHARACTER <= _FEWEST_BYTES * budget:
        return len(text)
    size = len(text.encode())
    if size <= _FEWEST_BYTES * budget:
        return size // _FEWEST_BYTES
    return size // _USUAL_BYTES if size > _MAX_BYTES * budget else estimate_tokens(text)


def fit_to_budget(budget: int, build: Callable[[Detail, int], Mapping[str, Any]], detail: Detail, count: int) -> Answer:
    """The answer that `build` makes of `count` rows in `detail`, or of less if that costs over `budget` tokens.

    First the detail steps down to the summary, then rows are left out; `build` says in its answer what it lacks. When
    one row in the least detail is still too much, the texts and lists in it are cut.
    """
    answer = Answer.of(build(detail, count))
    if detail != "summary" and cost(answer.text, budget) > budget:
        answer = Answer.of(build("summary", count))
    while (tokens := cost(answer.text, budget)) > budget and count > 1:
        count = max(1, min(count - 1, count * budget // tokens))
        answer = Answer.of(build("summary", count))
    return answer if tokens <= budget else _cut(answer, budget)


def _cut(answer: Answer, budget: int) -> Answer:
    """`answer` with texts and lists in its rows shortened until it costs at most `budget` tokens."""
    shortened = f"{answer.data.get('shortened', '')} Long texts and lists are cut to keep the answer short.".strip()
    for longest, most in _SHORTER:
        short = {
            name: value if name in _OURS else _shorter(value, longest, most) for name, value in answer.data.items()
        }
        answer = Answer.of(short | {"shortened": shortened})
        if cost(answer.text, budget) <= budget:
            break
    return answer


def _shorter(value: Any, longest: int, most: int) -> Any:
    if isinstance(value, str):
        return cut(value, longest)
    if isinstance(value, list):
        return [_shorter(item, longest, most) for item in value[:most]]
    if isinstance(value, dict):
        return {cut(name, longest): _shorter(item, longest, most) for name, item in list(value.items())[: 2 * most]}
    return value
