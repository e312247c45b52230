"""Headers of a request as ASGI hands them on: names in lower case, in a list, so that none of several is lost."""

from starlette.types import Scope


def values_of(scope: Scope, name: bytes) -> list[str]:
    """What each header of that name holds."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def value_of(scope: Scope, name: bytes) -> str | None:
    """What the first header of that name holds."""
    values = values_of(scope, name)
    return values[0] if values else None
