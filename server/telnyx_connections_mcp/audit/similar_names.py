"""What the names of connections that belong together have in common: `acme prod` of `acme-prod-eu-01`."""

import re
from itertools import chain

from telnyx_connections_mcp.inventory.kinds.connections import SITES
from telnyx_connections_mcp.text.cleaning import fold

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_SHORTEST = 3
"""Characters of a word that counts: shorter ones are mostly regions, such as `eu`, `us` and `de`."""
_REGIONS = ("east", "west", "north", "south", "central", "emea", "apac", "latam", "europe", "asia", "america")
_PLACES = frozenset(chain(_REGIONS, *(_WORD.findall(fold(site)) for site in SITES)))


def similar_name(name: str) -> str:
    """The words of `name` without digits, short words, regions and Telnyx's sites; empty if none is left."""
    words = (_DIGITS.sub("", word) for word in _WORD.findall(fold(name)))
    return " ".join(word for word in words if len(word) >= _SHORTEST and word not in _PLACES)
