"""Ids that an answer of the API names and that may be part of a URL."""

import re

_USABLE = re.compile("[0-9A-Za-z-]{1,64}")


def is_usable(id_: str) -> bool:
    """Whether an object with this id can be asked for."""
    return _USABLE.fullmatch(id_) is not None
