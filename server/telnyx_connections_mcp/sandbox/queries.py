"""What is common to the queries of all lists: parameters given once, and pages."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

NUMBER, SIZE, LIMIT, SORT = "page[number]", "page[size]", "page[limit]", "sort"
LARGEST_PAGE = 250
LARGEST_INT64 = 2**63 - 1


class BadParameterError(Exception):
    """A parameter that is unknown, repeated or malformed: `parameter` is its key, the text says why."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(why)
        self.parameter = parameter


def page_number(parameters: Mapping[str, str]) -> int:
    """Which page, from 1. Raises `BadParameterError`."""
    return _integer(parameters, NUMBER, LARGEST_INT64, 1)


def page_size(parameters: Mapping[str, str], name: str, default: int) -> int:
    """How many items a page has at most: the parameter `name`. Raises `BadParameterError`."""
    return _integer(parameters, name, LARGEST_PAGE, default)


def once(pairs: Iterable[tuple[str, str]], known: Container[str], repeatable: Container[str] = ()) -> dict[str, str]:
    """The parameters by name; the values of a `repeatable` one are joined by commas.

    Raises `BadParameterError` for one that is unknown or wrongly given twice.
    """
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise BadParameterError(name, "is not a parameter of this request")
        if name in parameters and name not in repeatable:
            raise BadParameterError(name, "is given more than once")
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _integer(parameters: Mapping[str, str], name: str, high: int, default: int) -> int:
    text = parameters.get(name, str(default))
    if not re.fullmatch("[0-9]{1,19}", text) or not 1 <= int(text) <= high:
        raise BadParameterError(name, f"must be an integer from 1 to {high}")
    return int(text)


def page_of(items: Sequence[Any], number: int, size: int) -> tuple[list[Any], dict[str, int]]:
    """One page of `items` and the `meta` that Telnyx sends with it."""
    meta = {
        "total_pages": -(-len(items) // size),
        "total_results": len(items),
        "page_number": number,
        "page_size": size,
    }
    return list(items[(number - 1) * size : number * size]), meta
