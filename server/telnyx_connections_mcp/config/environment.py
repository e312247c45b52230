"""What a setting is, and how its environment variable is read: one class per type of value.

`settings_table.py` lists the settings; a frozen dataclass takes one in as a field with `from_environment`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import nan
from typing import Any, Generic, TypeVar

T = TypeVar("T")
N = TypeVar("N", int, float)
GROUPS = ("everywhere", "team")
_WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on", "enabled", "enable"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off", "disabled", "disable"), False),
}
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_MAX_QUOTED = 80


class SettingsError(Exception):
    """An unusable setting; the text says what to set and where, in one sentence."""


class ValueType(ABC, Generic[T]):
    """A type of value. Types are plain classes: a dataclass takes half a millisecond of a cold start to define."""

    @abstractmethod
    def parse(self, text: str) -> T:
        """The value of `text`. Raises `ValueError`, whose text says what the variable must be."""

    def written(self, value: T) -> str:
        """`value` as one would set it; empty if that is by not setting it."""
        return str(value) if value else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Setting(Generic[T]):
    """A setting. Raises `TypeError` or `ValueError` if a part is missing or unusable."""

    variable: str
    """The environment variable."""
    meaning: str
    """What it means, with its unit, for the documentation and `serve --help`."""
    type: ValueType[T]
    """What values it takes."""
    default: T
    """The value if the variable is unset or empty."""
    group: str
    """Where it applies: "everywhere", or "team" for a server that several people share."""
    unset: str = ""
    """What applies by default, in words, where `default` does not show it."""
    flag: str = ""
    """The option of `serve` that sets the variable, if there is one."""
    metavar: str = ""
    """What the flag takes, as `serve --help` names it."""

    def __post_init__(self) -> None:
        """Check the parts; the default must be a value that the variable can have."""
        if not self.variable.isupper() or not self.meaning or self.group not in GROUPS:
            raise ValueError(f"The setting {self.variable!r} lacks its variable, meaning or group.")
        if not self.flag.startswith("--") and (self.flag or self.metavar):
            raise ValueError(f"The flag of {self.variable} must look like --name, not {self.flag!r}.")
        try:
            self.read({self.variable: self.default_text})
        except SettingsError as error:
            raise ValueError(f"The default of {self.variable} cannot be set: {error}") from None

    @property
    def default_text(self) -> str:
        """The default as written in the variable; empty if there is none."""
        return self.type.written(self.default)

    def read(self, environ: Mapping[str, str]) -> T:
        """The value in `environ`. Raises `SettingsError`."""
        text = environ.get(self.variable, "").strip()
        try:
            return self.type.parse(text) if text else self.default
        except ValueError as error:
            raise SettingsError(f"{self.variable} {error}") from None


def from_environment(setting: Setting[T]) -> T:
    """A dataclass field for this setting, for `read_fields`, with the setting's default."""
    return field(default=setting.default, metadata={"setting": setting})


def read_fields(cls: type[Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The values in `environ` of the fields that `from_environment` made, by name. Raises `SettingsError`."""
    return {each.name: each.metadata["setting"].read(environ) for each in fields(cls) if "setting" in each.metadata}


class Text(ValueType[str]):
    """Any text, without surrounding white space; validated where it is used."""

    def parse(self, text: str) -> str:
        """The text itself."""
        return text


class Switch(ValueType[bool]):
    """Yes or no."""

    def parse(self, text: str) -> bool:
        """Whether it is yes. Raises `ValueError` for anything but yes and no."""
        if text.lower() not in _WORDS:
            raise ValueError("must be yes or no (or 1 or 0, true or false, on or off).")
        return _WORDS[text.lower()]


class Bounded(ValueType[N]):
    """A number within bounds, both included."""

    _KIND = "number"

    def __init__(self, low: N, high: N, wanted: str = "a {kind} from {low:g} to {high:,}") -> None:
        """`wanted` is how errors describe the number; it may refer to the bounds."""
        self.low: N = low
        self.high: N = high
        self._wanted = wanted.format(kind=self._KIND, low=low, high=high)

    def _parse(self, text: str, *, whole: bool) -> float:
        found = float(text) if _NUMBER.fullmatch(text) else nan
        if not self.low <= found <= self.high or (whole and not found.is_integer()):
            raise ValueError(f"must be {self._wanted}, in digits and without a unit.")
        return found

    def written(self, value: N) -> str:
        """The number in digits."""
        return f"{value:.15g}"


class Number(Bounded[float]):
    """A decimal number within bounds, in digits and without a unit."""

    def parse(self, text: str) -> float:
        """The number. Raises `ValueError` for anything but a number within the bounds."""
        return self._parse(text, whole=False)


class WholeNumber(Bounded[int]):
    """A whole number within bounds, in digits and without a unit."""

    _KIND = "whole number"

    def parse(self, text: str) -> int:
        """The number. Raises `ValueError` for anything but a whole number within the bounds."""
        return int(self._parse(text, whole=True))


class Choice(ValueType[str]):
    """One of a few words, in any case; those here are all in upper case or all in lower case."""

    def __init__(self, *choices: str) -> None:
        """The words."""
        self.choices = choices

    def fold(self, text: str) -> str:
        """`text` in the case of the choices."""
        return text.upper() if self.choices[0].isupper() else text.lower()

    def parse(self, text: str) -> str:
        """The choice. Raises `ValueError` for any other word."""
        if self.fold(text) not in self.choices:
            raise ValueError(f"must be one of {', '.join(self.choices)}.")
        return self.fold(text)


class Listed(ValueType[tuple[str, ...]]):
    """Items separated by commas."""

    def __init__(self, item: Callable[[str], str | None], *, takes: str, example: str) -> None:
        """`item` normalizes an item, or returns None if it is not one; the rest is for errors."""
        self.item, self.takes, self.example = item, takes, example

    def parse(self, text: str) -> tuple[str, ...]:
        """The items. Raises `ValueError` for the first that is not one."""
        return tuple(self._checked(part.strip()) for part in text.split(",") if part.strip())

    def _checked(self, text: str) -> str:
        found = self.item(text)
        if found is None:
            raise ValueError(
                f"takes {self.takes}, separated by commas, as in {self.example}, not {text[:_MAX_QUOTED]!r}."
            )
        return found
