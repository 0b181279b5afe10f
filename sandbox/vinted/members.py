"""Owns the members that a sandbox knows from its start, and what each one holds; must not speak HTTP."""

from typing import Any

import msgspec

from sandbox.meta.data.dice import throws
from sandbox.vinted.sales.records import Sale
from sandbox.vinted.talks.records import Talk
from sandbox.vinted.wardrobe.records import Item, Photo

Object = dict[str, Any]
_WORDS = ("amber", "cedar", "linen", "copper", "willow", "velvet", "harbour", "brass")


class Member(msgspec.Struct):
    """Who sells. `is_restricted`: may sign in and read, and publishes and changes nothing for now."""

    member_id: int
    login: str
    country: str = "DE"
    currency: str = "EUR"
    is_restricted: bool = False
    items: dict[int, Item] = {}
    photos: dict[int, Photo] = {}
    sales: dict[int, Sale] = {}
    talks: dict[int, Talk] = {}

    def talk_with(self, login: str, item_id: int | None) -> Talk | None:
        """The site has one conversation for a buyer and an item."""
        return next((talk for talk in self.talks.values() if (talk.login, talk.item_id) == (login, item_id)), None)


class Session(msgspec.Struct):
    """A browser that is signed in. Its CSRF token stands in the pages that it loads.

    Stale: calls are refused until a page is loaded, which renews the session.
    """

    member_id: int
    csrf_token: str
    is_stale: bool = False


def seeded_members(seed: int) -> list[Member]:
    """Two of them, the same for the same seed."""
    found = []
    for place in range(2):
        dice = throws("vinted-member", seed, place)
        word = _WORDS[int(dice[0] * len(_WORDS))]
        found.append(Member(100_000_000 + int(dice[1] * 150_000_000), f"{word}_{place + 1}"))
    return found
