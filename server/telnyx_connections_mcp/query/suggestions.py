"""Where something is missed: which texts are near, and which condition is to blame."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from telnyx_connections_mcp.query.conditions import Test
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.text.cleaning import fold

_SHOWN = 5
_NEAR = 60
_TOGETHER = 100


def nearest_texts(wanted: str, texts: Iterable[str | None]) -> list[str]:
    """The texts most like `wanted`, at most five, the nearest first; none when nothing is near."""
    from rapidfuzz import fuzz, process  # only a miss pays for it

    wanted = fold(wanted)
    choices = {text: fold(text) for text in texts if text}
    found: list[tuple[str, float]] = []
    for some in _pieces(list(choices.items())):  # no other thread runs while rapidfuzz compares
        near = process.extract(wanted, dict(some), scorer=fuzz.WRatio, limit=_SHOWN, score_cutoff=_NEAR)
        found += [(text, score) for _, score, text in near]
    return [text for text, _ in sorted(found, key=lambda each: -each[1])[:_SHOWN]]


def _pieces(choices: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for first in range(0, len(choices), _TOGETHER):
        yield choices[first : first + _TOGETHER]


def strictest(tests: Mapping[str, Test], connections: Sequence[Connection]) -> tuple[str, int, int]:
    """The condition that excludes most, how many it excludes, and how many match without it. Needs a test."""
    excluded = {name: sum(not test(connection) for connection in connections) for name, test in tests.items()}
    name = max(excluded, key=lambda name: excluded[name])
    others = [test for other, test in tests.items() if other != name]
    return name, excluded[name], sum(all(test(connection) for test in others) for connection in connections)
