"""How many pieces of one thing listings can offer, by the kinds of their channels."""

from collections.abc import Mapping
from types import MappingProxyType

# Where there is such a number.
MOST_PIECES: Mapping[str, int] = MappingProxyType({"ETSY": 999, "VINTED": 1})


def offered_pieces(channel_kind: str, there_are: int) -> int:
    """How many of a product a listing offers that offers all it can."""
    return min(there_are, MOST_PIECES.get(channel_kind, there_are))
