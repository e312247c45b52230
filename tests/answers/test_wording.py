"""Phrases of summaries."""

from telnyx_connections_mcp.answers.wording import type_counts


def test_types_that_look_alike_are_counted_together() -> None:
    """What is cut away does not tell two types apart, and the sum decides where they stand."""
    long = "x" * 70
    words = type_counts(None, {"ip_connection": 5, f"{long}a": 4, f"{long}b": 2, None: 1})
    first, *others = words.split(", ")
    assert first.startswith("6 xxx")
    assert others == ["5 ip_connection", "1 unknown type"]
