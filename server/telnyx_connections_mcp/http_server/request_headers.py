"""Request headers as ASGI passes them: lower-case names in a list, so that repeated ones are kept."""

from starlette.types import Scope


def all_headers(scope: Scope, name: bytes) -> list[str]:
    """The value of every header of that name."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def header(scope: Scope, name: bytes) -> str | None:
    """The value of the first header of that name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None
