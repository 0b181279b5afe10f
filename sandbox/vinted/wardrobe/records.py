"""Owns what is remembered of an item and of its photos; must not know how the site shows them."""

from typing import Any

import msgspec

Object = dict[str, Any]
STATES = ("live", "reserved", "sold", "hidden", "draft")


class Photo(msgspec.Struct):
    """A picture that was sent: its size and its mean colour are kept. With an item it is that item's for good."""

    photo_id: int
    temp_uuid: str
    width: int
    height: int
    color: str
    at_s: int
    item_id: int | None = None


class Item(msgspec.Struct):
    """`given` is what its owner said of it, checked; the price is a text with two decimals.

    `listed_s`: from when on lists have it. `is_hole`: lists leave it out and count it. `shown` takes the place of what
    answers would say, in lists and alone.
    """

    item_id: int
    given: Object
    photo_ids: list[int]
    created_s: int
    updated_s: int
    listed_s: float
    state: str = "live"
    views: int = 0
    favourites: int = 0
    is_hole: bool = False
    shown: Object = {}
