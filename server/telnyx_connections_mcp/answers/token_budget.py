"""Keeping an answer within the tokens that it may cost, by showing less and saying so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from telnyx_connections_mcp.answers.views import Detail
from telnyx_connections_mcp.text.cleaning import cut

# How the o200k tokenizer cuts ASCII text, roughly: words, three digits, a few marks. Measured on this server's answers
# it gives 4 to 17 % too much (tests/answers/test_token_budget.py), never too little.
_PIECES = re.compile(r"[A-Za-z]{1,9}|[0-9]{1,3}|[!-/:-@\[-`{-~]{1,3}|[\x00-\x20]+")
# So many letters and digits in a row are no word that it knows, and cost a token for each one or two of them.
_NO_WORDS = re.compile(r"[A-Za-z0-9+/]{20,}")
_FEWEST_BYTES = 2
_USUAL_BYTES = 4
_MAX_BYTES = 40
"""Of a token; what is longer than that is too long, whatever it holds."""
_SHORTER = ((256, 32), (64, 16), (32, 8), (16, 4))
"""Characters of a text and items of a list, step by step."""
_OURS = frozenset({"summary", "as_of", "coverage", "page"})
"""What an answer says itself, in bounded words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answers, as plain data and as JSON text: it is encoded once, and measured and sent as that."""

    data: Mapping[str, Any]
    text: str

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Answer":
        """The answer that says `data`."""
        return cls(data, compact_json(data))


def compact_json(value: object) -> str:
    """`value` as JSON without white space, non-ASCII text as it is: the fewest tokens."""
    return to_json(value).decode()


def estimate_tokens(text: str) -> int:
    """About how many o200k tokens `text` is, without a tokenizer; more than it is rather than less."""
    unusual = sum(map(len, _NO_WORDS.findall(text))) * 2 // 5
    return len(_PIECES.findall(text)) + unusual + len(text.encode()) - len(text)


def cost(text: str, budget: int) -> int:
    """About how many tokens `text` is; roughly only, where that is far below `budget` or far above."""
    size = len(text.encode())
    if size <= _FEWEST_BYTES * budget:
        return size // _FEWEST_BYTES
    return size // _USUAL_BYTES if size > _MAX_BYTES * budget else estimate_tokens(text)


def within(budget: int, build: Callable[[Detail, int], Mapping[str, Any]], detail: Detail, count: int) -> Answer:
    """The answer that `build` makes of `count` rows in `detail`, or of less when that costs over `budget` tokens.

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
    """`answer` with shorter texts and lists in its rows, until it costs at most `budget` tokens."""
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
