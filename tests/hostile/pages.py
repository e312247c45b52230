"""An API whose pages contradict themselves or each other."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx


class Api(httpx.AsyncBaseTransport):
    """An API of `size` connections whose pages are changed by `odd`; counts its requests."""

    def __init__(self, size: int, odd: Callable[[int, dict[str, Any]], Any], per_page: int = 250) -> None:
        self.size, self.odd, self.per_page = size, odd, per_page
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        number = int(request.url.params["page[number]"])
        rows = [{"id": str(row)} for row in range(self.size)][(number - 1) * self.per_page : number * self.per_page]
        meta = {
            "total_pages": -(-self.size // self.per_page),
            "total_results": self.size,
            "page_number": number,
            "page_size": self.per_page,
        }
        answer = {"data": rows, "meta": meta}
        body = json.dumps(self.odd(number, answer) or answer).encode()
        return httpx.Response(200, stream=httpx.ByteStream(body))


def meta(**said: Any) -> Callable[[int, dict[str, Any]], None]:
    """Pages whose meta has these values; None removes one."""

    def odd(_: int, answer: dict[str, Any]) -> None:
        answer["meta"] = {name: value for name, value in (answer["meta"] | said).items() if value is not None}

    return odd


def without_meta(_: int, answer: dict[str, Any]) -> None:
    del answer["meta"]


def always_the_first(_: int, answer: dict[str, Any]) -> None:
    answer["data"] = [{"id": str(row)} for row in range(250)]


def always_the_first_page(number: int, answer: dict[str, Any]) -> None:
    always_the_first(number, answer)
    answer["meta"]["page_number"] = 1


def turned(number: int, answer: dict[str, Any]) -> None:
    answer["data"] = [{"id": str((row + number) % 250)} for row in range(250)]


def turned_without_meta(number: int, answer: dict[str, Any]) -> None:
    turned(number, answer)
    without_meta(number, answer)


def always_new(number: int, answer: dict[str, Any]) -> None:
    without_meta(number, answer)
    answer["data"] = [{"id": f"{number}-{row}"} for row in range(250)]


def shrunk(_: int, answer: dict[str, Any]) -> None:
    del answer["data"][5:]


def empty(_: int, answer: dict[str, Any]) -> None:
    answer["data"] = []


def swollen(_: int, answer: dict[str, Any]) -> None:
    answer["data"] = [{"id": str(row)} for row in range(250)]


def without_ids(number: int, answer: dict[str, Any]) -> None:
    without_meta(number, answer)
    answer["data"] = [{"connection_name": "x"}] * 250


def with_gaps(*positions: int) -> Callable[[int, dict[str, Any]], None]:
    """Pages that have something other than an object at these positions of the list."""

    def odd(number: int, answer: dict[str, Any]) -> None:
        for position in positions:
            at = position - (number - 1) * answer["meta"]["page_size"]
            if 0 <= at < len(answer["data"]):
                answer["data"][at] = (None, "x", 7, [{}], True)[position % 5]

    return odd


def gaps_without_meta(number: int, answer: dict[str, Any]) -> None:
    with_gaps(0, 300)(number, answer)
    without_meta(number, answer)


def another_total_each_time(number: int, answer: dict[str, Any]) -> None:
    answer["meta"]["total_results"] = 10 ** (number % 9 + 3)


def no_end(number: int, answer: dict[str, Any]) -> None:
    always_new(number, answer)
    answer["meta"] = {"total_results": 10**12, "total_pages": 4 * 10**9, "page_number": number, "page_size": 250}
