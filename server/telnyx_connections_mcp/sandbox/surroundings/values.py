"""Values that several kinds of rows are made of."""

from datetime import UTC, datetime
from random import Random

FIRST_ID = 1_700_000_000_000_000_000
USER = "0b2d6f0e-5d1c-4c53-9c1e-1f1f7a5f2a10"
ORGANIZATION = "7c2f4a1e-0a35-4d5e-8a6e-3b0a9d1c6f42"


def generator(seed: int, *names: str) -> Random:
    """The source of chance of one kind of object: other kinds neither disturb it nor repeat it."""
    return Random(" ".join((str(seed), *names)))  # noqa: S311  # repeatable on purpose, and no secret


def secret(name: str, owner: str) -> str:
    """A value of the field `name` of `owner` that must never be seen."""
    return f"SECRET-{name}-{owner[-9:]}"


def id_of(kind: int, number: int) -> str:
    """The id of the object `number` of a kind; `kind` is a digit that keeps the ids of kinds apart."""
    return str(FIRST_ID + kind * 10_000_000_000_000 + number * 1_000_003)


def uuid(random: Random) -> str:
    """A UUID, version 4 (RFC 9562)."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def stamp(moment: datetime) -> str:
    """A time as the API writes it, with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
