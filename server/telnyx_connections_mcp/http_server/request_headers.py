"""Request headers as ASGI passes them: lower-case names in a list, so that repeated ones are kept."""

from starlette.types import Scope


def all_headers(scope: Scope, name: bytes) -> list[str]:
    """The value of every header of that name."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def header(scope: Scope, name: bytes) -> str | None:
    """The value of the first header of that name."""
    values = all_headers(scope, name)
    return values[0] if values else None
