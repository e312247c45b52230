"""Changes to a connection are looked for among the latest of the account, and the answer says how far back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from .account import Network, answer
from .test_include import TRUNK, get

pytestmark = pytest.mark.anyio
Connect = Callable[..., Any]
NOW = datetime.now(UTC).replace(microsecond=0)


def event(number: int, *, hours: float | None = None, resource: str = "other") -> dict[str, Any]:
    """The event with that number, from `hours` ago, or else from `number` minutes ago."""
    ago = timedelta(minutes=number) if hours is None else timedelta(hours=hours)
    at = (NOW - ago).isoformat().replace("+00:00", "Z")
    made = {"change_type": "update", "change_made_by": "account_owner", "changes": [{"field": "active"}]}
    return {"id": f"e{number}", "resource_id": resource, "created_at": at, **made}


class Events:
    """The audit events of an account, newest first unless sorted otherwise; some pages may fail."""

    def __init__(self, events: list[dict[str, Any]], total: int | None = None, **odd: Any) -> None:
        self.events, self.odd = events, odd
        self.total = len(events) if total is None else total
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = dict(request.url.params)
        self.asked.append(asked)
        number, size = int(asked["page[number]"]), self.odd.get("size", 250)
        if number == self.odd.get("fails"):
            return answer({"errors": [{"code": "10007"}]}, 500)
        shown = number if number != self.odd.get("repeats") else 1
        meta = {"total_results": self.total, "page_number": shown, "page_size": size}
        body = {"data": self.events[(shown - 1) * size : shown * size]}
        return answer(body if self.odd.get("without_meta") else body | {"meta": meta})


async def changes(connect: Connect, events: Events, **more: Any) -> tuple[str, dict[str, Any]]:
    """The sentence and the part."""
    said = await get(connect, Network({"audit_events": events}), id=TRUNK, include=["changes"], **more)
    return said["summary"], said["parts"]["changes"]


async def test_all_of_a_quiet_account_are_looked_through(connect: Connect) -> None:
    """The newest first, within the last 30 days, up to 250 in a page."""
    events = Events([event(1), event(2, resource=TRUNK), event(3), event(4, resource=TRUNK)])
    summary, part = await changes(connect, events)
    assert "2 changes in the last 30 days" in summary
    assert part["of"] == 2
    assert part["rows"][0] == f"{event(2)['created_at'][:16]}Z update of active by account_owner"
    (asked,) = events.asked
    assert asked.pop("filter[created_after]")
    assert asked == {"page[number]": "1", "page[size]": "250", "sort": "desc"}


async def test_of_a_busy_account_the_answer_says_how_far_back(connect: Connect) -> None:
    """Four pages at most, which come at once after the first."""
    events = Events([event(n) for n in range(1000)], total=5231)
    summary, part = await changes(connect, events)
    back_to = event(999)["created_at"]
    within = f"the latest 1000 of 5231 account changes in the last 30 days, back to {back_to}"
    assert part == {"within": within}
    assert f"no change in {within}" in summary
    assert sorted(asked["page[number]"] for asked in events.asked) == ["1", "2", "3", "4"]


async def test_smaller_pages_are_counted_as_they_are(connect: Connect) -> None:
    """An API that gives 100 rows a page is read for four of them."""
    events = Events([event(n, resource=TRUNK if n == 350 else "other") for n in range(390)], size=100)
    summary, part = await changes(connect, events)
    assert part["of"] == 1
    assert "1 change in the last 30 days" in summary
    assert len(events.asked) == 4


@pytest.mark.parametrize(("odd", "why"), [({"fails": 3}, "could not answer"), ({"repeats": 3}, "but page 1 came")])
async def test_what_comes_after_a_lost_page_proves_nothing(connect: Connect, odd: dict[str, int], why: str) -> None:
    """Up to it, the answer goes back as far as it was read."""
    events = Events([event(n, resource=TRUNK if n in (10, 800) else "other") for n in range(900)], **odd)
    _, part = await changes(connect, events)
    assert part["rows"] == [f"{event(10)['created_at'][:16]}Z update of active by account_owner"]
    assert part["within"].startswith("the latest 500 of 900 account changes")
    assert part["within"].endswith(f"back to {event(499)['created_at']}")
    assert why in part["note"]
    assert "of" not in part


async def test_changes_in_no_order_are_not_called_the_latest(connect: Connect) -> None:
    """If something ignored the order, any change may be missing."""
    events = Events([event(n) for n in reversed(range(1000))], total=2000)
    summary, part = await changes(connect, events)
    assert part["within"] == "1000 of 2000 account changes in the last 30 days"
    assert part["note"] == "they did not come newest first, so any may be missing"
    assert "no change in 1000 of 2000" in summary


async def test_without_a_count_nothing_is_complete(connect: Connect) -> None:
    """Without meta there is no telling how many there are."""
    _, part = await changes(connect, Events([event(1), event(2, resource=TRUNK)], without_meta=True))
    assert part["within"].startswith("the latest 2 of an unknown number of account changes")
    assert len(part["rows"]) == 1


@pytest.mark.parametrize(
    ("held", "total", "why"),
    [
        (250, 10, "Telnyx counts 10 account changes, but its first page holds 250"),
        (0, 10, "page 1 is empty, but Telnyx counts 10 account changes"),
    ],
)
async def test_a_count_that_cannot_be_right_counts_nothing(connect: Connect, held: int, total: int, why: str) -> None:
    """The first page has more than the count says, or too few: there may be others."""
    events = Events([event(n, resource=TRUNK if n in (1, 2, 3) else "other") for n in range(held)], total=total)
    summary, part = await changes(connect, events)
    assert "of" not in part
    assert why in part["note"]
    assert f"{held} of an unknown number of account changes in the last 30 days" in summary


async def test_older_changes_than_asked_for_are_not_counted(connect: Connect) -> None:
    """If something ignored the time, a change of last year is none of the last 30 days."""
    events = Events([event(1, resource=TRUNK), event(2, hours=24 * 40, resource=TRUNK)])
    _, part = await changes(connect, events)
    assert part["of"] == 1


async def test_values_are_never_shown(connect: Connect) -> None:
    """Of a change there are the names of the fields, each once, and neither the old values nor the new."""
    values = [{"field": "password", "from": "hunter2", "to": "hunter3"}, {"field": "password", "to": "hunter4"}]
    for detail in ("summary", "full"):
        _, part = await changes(connect, Events([event(1, resource=TRUNK) | {"changes": values}]), detail=detail)
        assert "hunter" not in str(part)
        assert "password" in str(part)
        assert str(part).count("password") == 1
