"""Every setting is declared once, completely."""

from typing import Any

import pytest

from telnyx_connections_mcp.config.environment import (
    Choice,
    Listed,
    Number,
    Setting,
    SettingsError,
    Switch,
    Text,
    ValueType,
    WholeNumber,
)
from telnyx_connections_mcp.config.settings_table import VARIABLES, by_variable

WHOLE: dict[str, Any] = {
    "variable": "TELNYX_X",
    "meaning": "what it is",
    "type": WholeNumber(1, 9),
    "default": 5,
    "group": "team",
}


@pytest.mark.parametrize("part", WHOLE)
def test_an_incomplete_setting_cannot_be_declared(part: str) -> None:
    """A setting that lacks a part fails at import, not when a user sets it."""
    with pytest.raises(TypeError, match=part):
        Setting(**{name: value for name, value in WHOLE.items() if name != part})


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"variable": ""}, "lacks its variable"),
        ({"variable": "telnyx_x"}, "lacks its variable"),
        ({"meaning": ""}, "lacks its variable, meaning or group"),
        ({"group": "nobody"}, "lacks its variable, meaning or group"),
        ({"flag": "x"}, "must look like --name"),
        ({"flag": "-x"}, "must look like --name"),
        ({"metavar": "FILE"}, "must look like --name"),
        ({"default": 10}, "cannot be set: TELNYX_X must be a whole number from 1 to 9"),
        ({"default": 0}, "cannot be set"),
        ({"type": Choice("a", "b"), "default": "c"}, "cannot be set: TELNYX_X must be one of a, b"),
    ],
)
def test_an_inconsistent_setting_cannot_be_declared(parts: dict[str, Any], words: str) -> None:
    """A default out of bounds or a flag without dashes is an error."""
    with pytest.raises(ValueError, match=words):
        Setting(**(WHOLE | parts))


def test_no_variable_or_flag_is_declared_twice() -> None:
    """Every variable and every flag is unique, because a second one would hide the first."""
    one, flagged = Setting(**WHOLE), Setting(**(WHOLE | {"flag": "--x"}))
    other = Setting(**(WHOLE | {"variable": "TELNYX_Y", "flag": "--x"}))
    assert by_variable([one, other]) == {"TELNYX_X": one, "TELNYX_Y": other}
    for twice in ([one, one], [flagged, other]):
        with pytest.raises(ValueError, match="stated twice"):
            by_variable(twice)


@pytest.mark.parametrize("setting", VARIABLES.values(), ids=VARIABLES)
def test_setting_the_default_changes_nothing(setting: Setting[Any]) -> None:
    """Setting a variable to its documented default is the same as leaving it unset."""
    expected = setting.default
    for text in ("", "  ", setting.default_text, f" {setting.default_text}\n"):
        assert setting.read({setting.variable: text}) == expected
    assert type(setting.read({setting.variable: setting.default_text})) is type(expected)


@pytest.mark.parametrize(
    ("taken", "good", "bad"),
    [
        (
            Number(0, 10),
            {"0": 0, "10": 10, "0.5": 0.5, "10.0": 10},
            ["10.1", "-1", "1e1", "1_0", "٣", "+1", "nan", ".5"],
        ),
        (WholeNumber(0, 10), {"0": 0, "10": 10, "3.0": 3}, ["0.5", "11", "-1", "0x1", "1,0"]),
        (Switch(), {"Yes": True, "off": False, "ENABLED": True}, ["2", "yess", "maybe"]),
        (Choice("LOW", "HIGH"), {"low": "LOW", "High": "HIGH"}, ["", "lower"]),
        (Text(), {"any thing": "any thing"}, []),
        (
            Listed(lambda text: text.lower() if text.isalpha() else None, takes="words", example="a,b"),
            {"A, b,,c,": ("a", "b", "c"), ",": ()},
            ["a,1", "a b"],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_type_accepts_only_its_values(taken: ValueType[Any], good: dict[str, Any], bad: list[str]) -> None:
    """Bounds are inclusive, and Python's own spellings of numbers are rejected."""
    for text, value in good.items():
        assert taken.parse(text) == value
    for text in bad:
        with pytest.raises(ValueError, match=r"^(must be|takes) "):
            taken.parse(text)


def test_errors_quote_at_most_a_short_value() -> None:
    """An overlong list is cut in the error."""
    with pytest.raises(SettingsError) as error:
        VARIABLES["TELNYX_HTTP_TRUSTED_PROXIES"].read({"TELNYX_HTTP_TRUSTED_PROXIES": "x" * 1000})
    assert str(error.value) == (
        "TELNYX_HTTP_TRUSTED_PROXIES takes addresses or networks, separated by commas, as in "
        f"10.0.0.2,192.168.0.0/24, not '{'x' * 80}'."
    )


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("TELNYX_TOOL_TIMEOUT", "0", "a number of seconds above 0 and up to 3600"),
        ("TELNYX_SNAPSHOT_SECONDS", "3601", "a number from 0 to 3600"),
        ("TELNYX_MAX_ANSWER_TOKENS", "1999", "a number from 2000 to 1000000"),
        ("TELNYX_HTTP_MAX_BODY", "1023", "a whole number from 1024 to 67,108,864"),
        ("TELNYX_HTTP_QUEUE_SECONDS", "3601", "a number from 0 to 3,600"),
        ("TELNYX_HTTP_RECEIVE_SECONDS", "0.09", "a number from 0.1 to 3,600"),
    ],
)
def test_errors_name_the_bounds(name: str, text: str, sentence: str) -> None:
    """The error is a whole sentence with the bounds."""
    with pytest.raises(SettingsError) as error:
        VARIABLES[name].read({name: text})
    assert str(error.value) == f"{name} must be {sentence}, in digits and without a unit."
