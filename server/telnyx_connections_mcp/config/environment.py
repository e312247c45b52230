"""Reads booleans and numbers from environment variables, in the same way for all settings."""

import re
from collections.abc import Mapping
from math import nan

_WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on", "enabled", "enable"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off", "disabled", "disable"), False),
}
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")


class SettingsError(Exception):
    """An unusable setting; the text says what to set and where, in one sentence."""


def switch(environ: Mapping[str, str], name: str) -> bool:
    """Whether the variable says yes; unset means no. Raises `SettingsError` for anything else."""
    text = environ.get(name, "").strip().lower()
    if text and text not in _WORDS:
        raise SettingsError(f"{name} must be yes or no (or 1 or 0, true or false, on or off).")
    return bool(text) and _WORDS[text]


def number(environ: Mapping[str, str], name: str, default: float, bounds: tuple[float, float], wanted: str) -> float:
    """The number in the variable, or `default` if unset; an integer if `default` is one.

    Raises `SettingsError`, which says what is `wanted`, for anything but a decimal number within `bounds`.
    """
    text = environ.get(name, "").strip()
    if not text:
        return default
    found = float(text) if _NUMBER.fullmatch(text) else nan
    if not bounds[0] <= found <= bounds[1] or (isinstance(default, int) and not found.is_integer()):
        raise SettingsError(f"{name} must be {wanted}, in digits and without a unit.")
    return type(default)(found)
