"""What a hostile API, or the people of a hostile account, put into an answer that is right otherwise.

Each function gives the bytes of the answer in place of `answer`; `value` is what the fault was given.
"""

import json
import zlib
from typing import Any

TOO_MANY_TAGS = 300_000
LONG_NAME = 1_000_000
LONG_TIME = 20_000
TOO_MANY_FIELDS = 4_096
LONG_NUMBER = 400
MIB = 1024 * 1024
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

Answer = dict[str, Any]


def total_pages(answer: Answer, value: float) -> bytes:
    """A number of pages that the number of connections does not need."""
    return _bytes(_with_meta(answer, total_pages=int(value)))


def total_results(answer: Answer, value: float) -> bytes:
    """A wrong number of connections."""
    return _bytes(_with_meta(answer, total_results=int(value)))


def long_total(answer: Answer, _: float) -> bytes:
    """A number of connections of 400 digits."""
    return _bytes(_with_meta(answer, total_results=10**LONG_NUMBER))


def big_row(answer: Answer, _: float) -> bytes:
    """One connection that is larger than any may be, in every way."""
    return _bytes(
        _with_first(
            answer,
            **{f"junk_{number}": number for number in range(TOO_MANY_FIELDS)},
            connection_name="n" * LONG_NAME,
            tags=[f"t{number}" for number in range(TOO_MANY_TAGS)],
            created_at="2" * LONG_TIME,
            updated_at="3" * LONG_TIME,
            number=10**LONG_NUMBER,
        )
    )


def deep(answer: Answer, value: float) -> bytes:
    """A connection with a deeply nested field."""
    levels = int(value)
    nested = '{"d":' * levels + "1" + "}" * levels
    return _bytes(_with_first(answer, deep="(here)")).replace(b'"(here)"', nested.encode(), 1)


def no_numbers(answer: Answer, _: float) -> bytes:
    """Numbers that JSON has not, or that no double holds."""
    row = _bytes(_with_first(answer, nan="(nan)", infinity="(inf)", large="(large)"))
    for mark, number in (("(nan)", "NaN"), ("(inf)", "-Infinity"), ("(large)", "1e400")):
        row = row.replace(f'"{mark}"'.encode(), number.encode(), 1)
    return row


def half_surrogate(answer: Answer, _: float) -> bytes:
    """One half of a surrogate pair at the end of a name."""
    return _bytes(_with_first(answer, connection_name="smile (here)")).replace(b"(here)", rb"\ud83d", 1)


def latin_1(answer: Answer, _: float) -> bytes:
    """A name in Latin-1 amid UTF-8."""
    return _bytes(_with_first(answer, connection_name="caf(here)")).replace(b"(here)", b"\xe9", 1)


def big_pages(answer: Answer, value: float) -> bytes:
    """A response of that many MiB: every connection has a long new field."""
    rows = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    filling = "f" * (int(value * MIB) // max(1, len(rows)))
    for row in rows:
        row["filling"] = filling
    return _bytes(answer)


def _with_meta(answer: Answer, **numbers: int) -> Answer:
    return answer | ({"meta": answer["meta"] | numbers} if "meta" in answer else {})


def _with_first(answer: Answer, **fields: Any) -> Answer:
    data = answer["data"]
    if isinstance(data, dict):
        return answer | {"data": data | fields}
    return answer | {"data": [data[0] | fields, *data[1:]] if data else data}


def _bytes(answer: Answer) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def bomb(mebibytes: int) -> bytes:
    """So many MiB of spaces as gzip (RFC 1952), made in a moment: one compressed MiB again and again."""
    spaces = b" " * MIB
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(mebibytes):
        check = zlib.crc32(spaces, check)
    end = zlib.compressobj(wbits=-zlib.MAX_WBITS).flush() + check.to_bytes(4, "little")
    return _GZIP_HEADER + packed * mebibytes + end + (mebibytes * MIB).to_bytes(4, "little")
