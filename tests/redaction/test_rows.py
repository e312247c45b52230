"""Secrets in plain data other than the rows of an answer."""

import pytest

from telnyx_connections_mcp.redaction.values import secret_texts, without_secrets


def test_secrets_are_masked_at_any_depth() -> None:
    """Values are masked by their own name or the one beside them, at any depth; the rest stays."""
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
        ("key", "value"),
        ("type", "value"),
        ("setting", "content"),
        ("name", "new_value"),
        ("id", "data"),
    ],
)
def test_a_label_makes_its_value_secret(label: str, value: str) -> None:
    """A value is masked if its label names a secret, whatever the two are called."""
    assert without_secrets([{label: "apiKey", value: "s"}]) == [{label: "apiKey", value: "***"}]
    assert without_secrets({label: "codec", value: "s"}) == {label: "codec", value: "s"}
    assert without_secrets({"connection_name": "API key", value: "s"}) == {"connection_name": "API key", value: "s"}


def test_a_secret_beside_a_label_is_masked() -> None:
    """A value without a label says nothing about the fields beside it."""
    assert without_secrets({"password": "x", "value": "y"}) == {"password": "***", "value": "y"}
    assert without_secrets({"pin": "x", "key": "otp", "value": "y"}) == {"pin": "***", "key": "otp", "value": "***"}


def test_names_of_more_than_64_characters_are_no_labels() -> None:
    """A label and its value are paired up to 64 characters."""
    prefix = "x" * (64 - len("_value"))
    assert without_secrets({f"{prefix}_name": "pin", f"{prefix}_value": "s"})[f"{prefix}_value"] == "***"
    assert without_secrets({f"x{prefix}_name": "pin", f"x{prefix}_value": "s"})[f"x{prefix}_value"] == "s"


@pytest.mark.parametrize(
    ("data", "secrets"),
    [
        ({"password": "a", "note": "b", "pin": None}, ["a"]),
        ({"password": {"x": ["a", {"y": "b"}], "z": 5}}, ["a", "b"]),
        ({"env": {"API_KEY": "a", "REGION": "b"}}, ["a"]),
        ({"name": "Cookie", "value": "a"}, ["a"]),
        (["--token", "a", "--region", "b", "token", "c"], ["a"]),
        (["--token", ["a"], {"pin": "b", "c": "d"}], ["a", "b"]),
        (["Authorization", "a"], ["a"]),
        ([["Cookie", {"x": "a"}], ["codec", "b"]], ["a"]),
        ("a", []),
        (None, []),
    ],
)
def test_secret_texts_are_listed(data: object, secrets: list[str]) -> None:
    """A text is secret by its name, by the name beside it, or by the command option before it."""
    assert list(secret_texts(data)) == secrets
