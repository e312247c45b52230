"""Plain data without its secrets, for what is no row of an answer."""

import pytest

from telnyx_connections_mcp.redaction.values import without_secrets


def test_secrets_are_masked_at_any_depth() -> None:
    """By their own name or by the one beside them; all else stays as it is."""
    given = {"a": [{"apiKey": [1], "b": 5}, {"name": "Cookie", "value": "s"}], "password": None, "c": ("x",)}
    shown = {"a": [{"apiKey": "***", "b": 5}, {"name": "Cookie", "value": "***"}], "password": None, "c": ("x",)}
    assert without_secrets(given) == shown


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("name", "value"),
        ("Name", "VALUE"),
        ("header_name", "header_value"),
        ("headerName", "headerValue"),
        ("k", "v"),
        ("type", "value"),
        ("setting", "content"),
        ("name", "new_value"),
        ("id", "data"),
    ],
)
def test_a_label_says_what_its_value_is(label: str, value: str) -> None:
    """However the two are called; a label of something else says nothing about it."""
    assert without_secrets([{label: "apiKey", value: "s"}]) == [{label: "apiKey", value: "***"}]
    assert without_secrets({label: "codec", value: "s"}) == {label: "codec", value: "s"}
    assert without_secrets({"connection_name": "API key", value: "s"}) == {"connection_name": "API key", value: "s"}
