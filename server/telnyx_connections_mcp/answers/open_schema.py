"""Schemas of parts of answers: they name what may be there, require nothing, and allow more."""

from typing import Any


def open_object(**types: str | list[str]) -> dict[str, Any]:
    """The JSON schema of an object with these optional properties."""
    return {"type": "object", "properties": {name: {"type": type_} for name, type_ in types.items()}}
