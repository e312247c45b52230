"""Conditions, orders and groups, compared with naive ones over generated fleets."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.times import in_words, instant_of, read_instant
from telnyx_connections_mcp.query.choices import where_model
from telnyx_connections_mcp.query.counting import MOST_LISTED, Tally, list_rows
from telnyx_connections_mcp.query.group_by_sql import Groups, count_groups
from telnyx_connections_mcp.query.sql_expression import EVERYTHING, Sql
from telnyx_connections_mcp.query.where_sql import Rows, Slice, read_where
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.text.cleaning import fold

from .naive import Connection, read_connection

Where = where_model(CONNECTIONS)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FLEET = [read_connection(row) for row in create_fleet(size=412, seed=7).connections]

URLS = [
    *("https://hooks.acme.example/x", "https://acme.example.", "http://acme.example/X?v=2", "HTTP://b.example/büro"),
    *("https://u:pw@acme.example/y?token=s3cret", "acme.example", "ftp://acme.example/a  b", "", None),
]
rows = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(1, 60).map(str),
        "connection_name": st.sampled_from(
            [
                "acme-prod",
                "ACME-x-prod",
                "Büro",
                "Bu\u0308ro",
                "BURO",
                "buro 2",
                "a*b",
                "[x]",
                "a?b[x]",
                "",
                "  ",
                "\u200b",
            ]
        ),
        "record_type": st.sampled_from(["ip_connection", "texml_application", None]),
        "active": st.sampled_from([True, False, None, "sometimes"]),
        "tags": st.lists(st.sampled_from(["prod", "EU", "eu", "x"]), max_size=3),
        "anchorsite_override": st.sampled_from(["Latency", "Chicago, IL", None]),
        "outbound_voice_profile_id": st.sampled_from(["1", "22", "", None]),
        "webhook_event_url": st.sampled_from(URLS),
        "webhook_event_failover_url": st.sampled_from(
            ["https://b.example", "Http://B.example/Büro", "b.example", "", None]
        ),
        "webhook_api_version": st.sampled_from(["1", "2"]),
        "created_at": st.sampled_from(["2024-02-29T00:00:00Z", "2026-01-01T00:00:00", "nonsense", None]),
        "updated_at": st.sampled_from(["2026-11-01T00:00:00+02:00", "2020-01-01T00:00:00Z", None]),
    },
)
fleets = st.lists(rows.map(read_connection), max_size=12)
ALL = Slice(1000, 0)


def loaded(fleet: list[Connection]) -> Database:
    database = Database(CONNECTIONS)
    database.load(0, [record(CONNECTIONS, connection.raw) for connection in fleet])
    return database


def list_of(database: Database, matching: Sql, sort: str, part: Slice) -> tuple[Tally, list[int]]:
    return database.query(lambda handle: list_rows(Rows(handle, CONNECTIONS, database.listings, matching), sort, part))


def ask(fleet: list[Connection], work: Callable[[Rows], Any], matching: Sql = EVERYTHING) -> Any:
    """What `work` returns for the matching rows of a snapshot of `fleet`."""
    database = loaded(fleet)
    return database.query(lambda handle: work(Rows(handle, CONNECTIONS, database.listings, matching)))


def select(fleet: list[Connection], **where: Any) -> list[Connection]:
    """The connections that match."""
    matching = read_where(CONNECTIONS, Where(**where), NOW).matching
    numbers = ask(fleet, lambda rows: [number for (number,) in rows.select("n", "ORDER BY n")], matching)
    return [fleet[number] for number in numbers]


def groups(fleet: list[Connection], *keys: str) -> list[tuple[tuple[Any, ...], int]]:
    """All groups by these keys."""
    found: Groups = ask(fleet, lambda rows: count_groups(rows, keys, ALL))
    assert len(found.some) == found.number
    assert sum(count for _, count in found.some) == found.counted
    return found.some


def low(text: str | None) -> str:
    return (text or "").lower().replace("ü", "u").replace("\u0308", "")


def host(url: str | None) -> str:
    found = re.match("[a-z]+://(?:[^/]*@)?([^/]*)", (url or "").lower())
    return found[1].rstrip(".") if found else ""


def shown(url: str | None) -> str:
    """A URL of those above, as an answer shows it and a search compares it."""
    if url and "://" not in url:
        return "***(not an absolute url)"
    url = " ".join((url or "").split())
    return low(re.sub(r"u:pw@|(?<==).*", lambda found: "***:***@" if "@" in found[0] else "***", url or ""))


def at(text: str | None) -> datetime | None:
    return None if not text or text == "nonsense" else instant_of(text)


NAIVE: list[tuple[dict[str, Any], Any]] = [
    ({"name_contains": "BURO"}, lambda c: "buro" in low(c.connection_name)),
    ({"name_not_contains": "prod"}, lambda c: "prod" not in low(c.connection_name)),
    ({"name_glob": "acme-*prod"}, lambda c: re.fullmatch("acme-.*prod", low(c.connection_name))),
    ({"name_glob": "[x]"}, lambda c: c.connection_name == "[x]"),
    ({"name_glob": "a?b*"}, lambda c: low(c.connection_name).startswith("a?b")),
    ({"name_exact": "BURO"}, lambda c: c.connection_name == "BURO"),
    ({"name_exact": "Büro"}, lambda c: c.connection_name in ("Büro", "Bu\u0308ro")),
    ({"name_exact": "Bu\u0308ro"}, lambda c: c.connection_name in ("Büro", "Bu\u0308ro")),
    ({"unnamed": True}, lambda c: not (c.connection_name or "").strip(" \u200b")),
    ({"unnamed": False}, lambda c: (c.connection_name or "").strip(" \u200b")),
    ({"ids": ["3", "4"]}, lambda c: c.id in ("3", "4")),
    ({"record_type": ["IP_connection"]}, lambda c: c.record_type == "ip_connection"),
    ({"record_type_not": ["ip_connection"]}, lambda c: c.record_type != "ip_connection"),
    ({"active": True}, lambda c: c.active is True),
    ({"active": False}, lambda c: c.active is False),
    ({"tags_any": ["eu", "x"]}, lambda c: {"eu", "x"} & {t.lower() for t in c.tags or ()}),
    ({"tags_all": ["eu", "x"]}, lambda c: {"eu", "x"} <= {t.lower() for t in c.tags or ()}),
    ({"tags_none": ["eu", "x"]}, lambda c: not {"eu", "x"} & {t.lower() for t in c.tags or ()}),
    ({"tag_exact": "eu"}, lambda c: "eu" in (c.tags or ())),
    ({"tag_exact": "EU"}, lambda c: "EU" in (c.tags or ())),
    ({"untagged": True}, lambda c: not c.tags),
    ({"untagged": False}, lambda c: c.tags),
    ({"anchorsite_override": "chicago"}, lambda c: c.anchorsite_override == "Chicago, IL"),
    ({"anchorsite_override": "Latency"}, lambda c: c.anchorsite_override == "Latency"),
    ({"outbound_voice_profile_id": "22"}, lambda c: c.outbound_voice_profile_id == "22"),
    ({"has_outbound_voice_profile": False}, lambda c: not c.outbound_voice_profile_id),
    ({"has_webhook": True}, lambda c: c.webhook_event_url),
    ({"has_failover_webhook": False}, lambda c: not c.webhook_event_failover_url),
    ({"webhook_host": "https://ACME.example/a"}, lambda c: host(c.webhook_event_url).endswith("acme.example")),
    ({"webhook_host": "hooks.acme.example"}, lambda c: host(c.webhook_event_url) == "hooks.acme.example"),
    ({"webhook_host": "b.example"}, lambda c: host(c.webhook_event_url) == "b.example"),
    ({"webhook_scheme": "HTTP"}, lambda c: low(c.webhook_event_url).startswith("http:")),
    ({"webhook_scheme": "https://"}, lambda c: low(c.webhook_event_url).startswith("https:")),
    ({"webhook_scheme": "ftp"}, lambda c: low(c.webhook_event_url).startswith("ftp:")),
    ({"webhook_url_contains": "/X"}, lambda c: "/x" in shown(c.webhook_event_url)),
    ({"webhook_url_contains": "BURO"}, lambda c: "buro" in shown(c.webhook_event_url)),
    ({"webhook_url_contains": "a b"}, lambda c: "a b" in shown(c.webhook_event_url)),
    ({"webhook_url_contains": "token="}, lambda c: "token=" in shown(c.webhook_event_url)),
    ({"webhook_url_contains": "s3cret"}, lambda _: False),
    ({"webhook_url_contains": "***"}, lambda c: "***" in shown(c.webhook_event_url)),
    ({"webhook_failover_host": "b.EXAMPLE"}, lambda c: host(c.webhook_event_failover_url) == "b.example"),
    ({"webhook_failover_scheme": "http"}, lambda c: low(c.webhook_event_failover_url).startswith("http:")),
    ({"webhook_failover_url_contains": "büro"}, lambda c: "buro" in low(c.webhook_event_failover_url)),
    ({"webhook_api_version": "1"}, lambda c: c.webhook_api_version == "1"),
    ({"created_after": "2024-02-29"}, lambda c: (t := at(c.created_at)) and t >= datetime(2024, 2, 29, tzinfo=UTC)),
    ({"created_before": "2024-03-01"}, lambda c: (t := at(c.created_at)) and t < datetime(2024, 3, 1, tzinfo=UTC)),
    ({"updated_after": "90d"}, lambda c: (t := at(c.updated_at)) and (NOW - t).days < 90),
    ({"updated_before": "2y"}, lambda c: (t := at(c.updated_at)) and t < datetime(2024, 11, 24, 12, tzinfo=UTC)),
]


@pytest.mark.parametrize(("where", "naive"), NAIVE, ids=[f"{next(iter(where.items()))}" for where, _ in NAIVE])
@settings(max_examples=30)  # each of up to twelve rows
@given(fleet=fleets)
def test_each_condition_equals_a_naive_one(where: dict[str, Any], naive: Any, fleet: list[Connection]) -> None:
    """A condition selects what a naive filter does, over any fleet and the sandbox's."""
    assert select(fleet, **where) == [connection for connection in fleet if naive(connection)]


def test_every_condition_has_a_naive_one() -> None:
    """Every condition has a naive counterpart, except FQDN, which only Telnyx knows, and those on other kinds."""
    around = {condition.name for field in CONNECTIONS.around for condition in field.conditions}
    assert {next(iter(where)) for where, _ in NAIVE} == set(Where.model_fields) - {"fqdn", "finding"} - around


def test_conditions_must_all_hold() -> None:
    """Two conditions select what both select."""
    assert select(FLEET, active=False, has_webhook=True) == [
        c for c in FLEET if c.active is False and c.webhook_event_url
    ]


def test_only_equivalent_conditions_are_sent_to_the_api() -> None:
    """FQDN and voice profile are sent; a name is compared here, ignoring accents."""
    where = Where(fqdn="a.example", outbound_voice_profile_id="5", name_contains="acme")
    conditions = read_where(CONNECTIONS, where, NOW)
    assert conditions.sent == {"fqdn": "a.example", "outbound_voice_profile_id": "5"}
    assert list(conditions.tests) == ["name_contains", "outbound_voice_profile_id"]
    assert list(conditions.own_tests) == ["name_contains"]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-03-01", "2024-03-01T00:00:00Z"),
        ("2024-03-01T10:00:00+02:00", "2024-03-01T08:00:00Z"),
        (" 90d ", "2026-08-26T12:00:00Z"),
        ("36h", "2026-11-23T00:00:00Z"),
        ("2w ago", "2026-11-10T12:00:00Z"),
        ("9m", "2026-02-24T12:00:00Z"),
        ("12mo", "2025-11-24T12:00:00Z"),
        ("2Y", "2024-11-24T12:00:00Z"),
        ("90 days ago", "2026-08-26T12:00:00Z"),
        ("1 Month", "2026-10-24T12:00:00Z"),
        ("0d", "2026-11-24T12:00:00Z"),
        ("2026-03-01+02:00", "2026-02-28T22:00:00Z"),
        ("2026-03-01Z", "2026-03-01T00:00:00Z"),
        ("2026-03-01 09:30", "2026-03-01T09:30:00Z"),
        ("2026-03-01t09:30:15z", "2026-03-01T09:30:15Z"),
        ("2026-03-01T09:30:15.123456789-0330", "2026-03-01T13:00:15Z"),
        ("2026-03-01 09:30:15,5 +05", "2026-03-01T04:30:15Z"),
        ("2024-02-29T23:59:59+14:00", "2024-02-29T09:59:59Z"),
    ],
)
def test_instants(text: str, instant: str) -> None:
    """A date means its first moment in UTC, and an age counts back from now."""
    assert in_words(read_instant(text, NOW)) == instant


def test_a_month_before_its_last_day() -> None:
    """A month before 31 March is the last day of February."""
    assert in_words(read_instant("1m", datetime(2024, 3, 31, tzinfo=UTC))) == "2024-02-29T00:00:00Z"


NO_INSTANTS = [
    *("soon", "9999y", "2024-13-01", "", "5", "-3d", "90", "3 fortnights", "P90D", "today", "now", "٩d"),
    *("1770121500000", "1770121500", "1.77e9", "@1770121500", "20240301", "2024", "24-03-01", "2024-03", "2024/03/01"),
    *("2024-W09-5", "2024W095", "2024-061", "01.03.2024", "March 2024", "T10:00", "10:00", "2024-03-01T10", "2024-3-1"),
    *("2024-03-01T1000", "20240301T100000Z", "2024-03-01T24:00", "2024-03-01T10:00:60", "2024-03-01T10:00+25:00"),
    *(
        "2024-03-01T10:00:00 02:00",
        "2024-03-01T10:00 UTC",
        "2024-03-01T10:00[Europe/Berlin]",
        "2023-02-29",
        "0000-01-01",
    ),
    *("0001-01-01T00:00+01:00", "2024-03-01T10:00+02:00:30", "２０２４-03-01", "2024-03-01/2024-04-01", "2024-03-01T"),
]


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_an_invalid_instant_is_refused(text: str) -> None:
    """The error shows the valid forms."""
    with pytest.raises(ValueError, match='such as "2024-03-01"'):
        read_instant(text, NOW)


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_times_of_the_api_are_read_by_the_same_rule(text: str) -> None:
    """A time of the API that a condition would refuse counts as none: it sorts last and is in no period."""
    assert instant_of(text) is None


def test_a_year_is_that_of_utc() -> None:
    """Half past midnight on 1 January at UTC+2 still belongs to the year before."""
    fleet = [read_connection({"id": "1", "created_at": "2026-01-01T00:30:00+02:00"})]
    assert groups(fleet, "created_year") == [((2025,), 1)]


@given(fleet=fleets, sort=st.sampled_from(["created_at", "-created_at", "connection_name", "active", "-updated_at"]))
def test_an_order_loses_nothing(fleet: list[Connection], sort: Any) -> None:
    """Sorting keeps every connection, and those without the field come last."""
    ordered = [fleet[number] for number in ask(fleet, lambda rows: list_rows(rows, sort, ALL)[1])]
    assert Counter(map(id, ordered)) == Counter(map(id, fleet))
    if sort == "-updated_at":
        times = [instant_of(connection.updated_at or "") for connection in ordered]
        known = [time for time in times if time is not None]
        assert known == sorted(known, reverse=True)
        assert times[: len(known)] == known


@given(
    fleet=fleets.filter(bool),
    sort=st.sampled_from(["-created_at", "connection_name"]),
    of=st.sampled_from(["few", "many", "few of many"]),
)
@settings(deadline=None)
def test_counts_and_slices_are_those_of_the_ordered_rows(fleet: list[Connection], sort: Any, of: str) -> None:
    """Counts and slices are right for few rows and for many, and ties keep the order of rows."""
    database = loaded(fleet if of == "few" else fleet * (MOST_LISTED // len(fleet) + 1))
    matching = Sql("n < ?", (len(fleet),)) if of == "few of many" else EVERYTHING
    fleet = fleet * (MOST_LISTED // len(fleet) + 1) if of == "many" else fleet
    tally, numbers = list_of(database, matching, sort, ALL)
    ordered = [fleet[number] for number in numbers]
    states = Counter(connection.raw.get("active") for connection in ordered)
    assert list(tally.types.items()) == Counter(connection.record_type for connection in ordered).most_common()
    assert tally.states == {True: states[True], False: states[False], None: len(fleet) - states[True] - states[False]}
    assert tally.count == len(numbers) == len(fleet)
    for part in (Slice(2, 0), Slice(5, 3), Slice(9, len(fleet) - 1), Slice(1, len(fleet)), Slice(1, 2**40)):
        assert list_of(database, matching, sort, part) == (tally, numbers[part.offset :][: part.limit])


@given(fleet=fleets)
def test_groups_cover_everything(fleet: list[Connection]) -> None:
    """Every connection is in one group for each pair of keys, largest first; tags count each tag."""
    for keys in (["record_type"], ["active", "webhook_host"], ["created_year"], ["connection_name"]):
        counts = [count for _, count in groups(fleet, *keys)]
        assert sum(counts) == len(fleet)
        assert counts == sorted(counts, reverse=True)
    tags = dict(groups(fleet, "tag"))
    assert sum(tags.values()) == sum(len(set(map(fold, connection.tags or ()))) or 1 for connection in fleet)


@settings(max_examples=200)  # so that spellings tie
@given(fleet=fleets, key=st.sampled_from(["connection_name", "tag"]))
def test_groups_are_shown_as_most_rows_spell_them(fleet: list[Connection], key: str) -> None:
    """A group shows the most frequent spelling, and the alphabetically first of a tie."""
    if key == "tag":
        spelled = [[*{fold(tag): tag for tag in each.tags or ()}.values()] or [None] for each in fleet]
        texts = [text for each in spelled for text in each]
    else:
        texts = [connection.connection_name or None for connection in fleet]
    expected: dict[str | None, Counter[str]] = {}
    for text in texts:
        expected.setdefault((text and fold(text)) or None, Counter())[text or ""] += 1
    shown = [
        (None if folded is None else min(counts, key=lambda text: (-counts[text], text)), counts.total())
        for folded, counts in expected.items()
    ]
    assert groups(fleet, key) == [((text,), n) for text, n in sorted(shown, key=lambda each: (-each[1], str(each[0])))]


@settings(max_examples=100)
@given(fleet=fleets)
def test_every_spelling_is_counted(fleet: list[Connection]) -> None:
    """Each name with several spellings has them all, with the number of rows of each."""
    names = [(each.connection_name or "").replace("\u200b", "") for each in fleet]
    counts = Counter(name for name in names if fold(name))
    found: Groups = ask(fleet, lambda rows: count_groups(rows, ["connection_name"], ALL))
    assert found.exactly == (sum(n > 1 for n in counts.values()), sum(n for n in counts.values() if n > 1))
    alike: dict[str, dict[str, int]] = {}
    for text, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        alike.setdefault(fold(text), {})[text] = count
    assert {value: list(spelled.counts.items()) for value, spelled in found.spellings.items()} == {
        next(iter(spelled)): list(spelled.items()) for spelled in alike.values() if len(spelled) > 1
    }


@pytest.mark.parametrize("where", [{"tags_any": ["prod"]}, {"untagged": False}, {"tag_exact": "prod"}])
def test_conditions_on_tags_go_with_groups_by_tag(where: dict[str, Any]) -> None:
    """Conditions on tags work with groups by tag, alone and beside another key."""
    fleet = [read_connection({"active": True, "tags": ["prod", "eu"]}), read_connection({"active": True, "tags": []})]
    matching = read_where(CONNECTIONS, Where(**where), NOW).matching
    for keys in (["tag"], ["active", "tag"]):
        found: Groups = ask(fleet, lambda rows, keys=keys: count_groups(rows, keys, ALL), matching)
        assert [values[-1] for values, _ in found.some] == ["eu", "prod"]


def test_at_most_five_spellings_are_shown() -> None:
    """The most frequent spellings are shown, with the number of all."""
    names = ["Acme", "acme", "ACME", "aCme", "acMe", "acmE", "ACme", "acme", "ACme"]
    fleet = [read_connection({"connection_name": name}) for name in names]
    found: Groups = ask(fleet, lambda rows: count_groups(rows, ["connection_name"], ALL))
    assert found.spellings == {"ACme": ({"ACme": 2, "acme": 2, "ACME": 1, "Acme": 1, "aCme": 1}, 7)}
