"""Owns what a test does to items: ready-made ones, states, items that are late, missing or cannot be read."""

from typing import Any

import msgspec

from sandbox.marketplaces.control import ControlRoute, takes
from sandbox.vinted.control import MemberOrder, member_named
from sandbox.vinted.members import Member
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.wardrobe.lookup import find_item
from sandbox.vinted.wardrobe.records import STATES, Item, Photo
from sandbox.vinted.wardrobe.shapes import listed_item

_MOST_AT_ONCE = 5_000


class ReadyItems(MemberOrder, forbid_unknown_fields=True):
    """`count` items, numbered where there are more than one; `at_s` is when the newest was put up."""

    count: int = 1
    title: str = "Ready-made"
    description: str = "Made by the sandbox."
    price: str = "19.90"
    state: str = "live"
    catalog_id: int = 1936
    at_s: int | None = None
    between_s: int = 0
    photos: int = 1


class _ItemOrder(msgspec.Struct, forbid_unknown_fields=True):
    item_id: int


class _StateOrder(_ItemOrder, forbid_unknown_fields=True):
    state: str


class _Late(_ItemOrder, forbid_unknown_fields=True):
    """From now on, by the sandbox's clock."""

    seconds: float


class _Hole(_ItemOrder, forbid_unknown_fields=True):
    is_hole: bool = True


class _Spoil(_ItemOrder, forbid_unknown_fields=True):
    fields: dict[str, Any]


class _Liked(_ItemOrder, forbid_unknown_fields=True):
    views: int = 0
    favourites: int = 0


def make_ready(sandbox: VintedSandbox, body: ReadyItems) -> list[Item]:
    if not 1 <= body.count <= _MOST_AT_ONCE or body.state not in STATES:
        raise ValueError(f"count is 1 to {_MOST_AT_ONCE}, state one of {STATES}")
    member = member_named(sandbox, body.member)
    at_s = sandbox.now_s if body.at_s is None else body.at_s
    made = []
    for place in range(body.count):
        mark = f" {place + 1}" if body.count > 1 else ""
        made_s = at_s - place * body.between_s
        item = Item(sandbox.number(), _given(member, body, mark), [], made_s, made_s, listed_s=made_s)
        item.state = body.state
        _add_photos(sandbox, member, item, body.photos)
        member.items[item.item_id] = item
        made.append(item)
    return made


def _given(member: Member, body: ReadyItems, mark: str) -> dict[str, Any]:
    return {
        "title": body.title + mark,
        "description": body.description,
        "price": body.price,
        "currency": member.currency,
        "catalog_id": body.catalog_id,
        "condition_id": 2,
        "color_ids": [12],
        "material_ids": [],
        "package_size_id": 1,
        "is_unisex": False,
        "brand_id": 1,
        "brand": "Without a brand",
        "size_id": None,
    }


def _add_photos(sandbox: VintedSandbox, member: Member, item: Item, count: int) -> None:
    for _ in range(count):
        photo = Photo(sandbox.number(), "", 1_200, 1_600, "a08060", item.created_s, item.item_id)
        member.photos[photo.photo_id] = photo
        item.photo_ids.append(photo.photo_id)


def _ready(sandbox: VintedSandbox, body: ReadyItems) -> object:
    member = member_named(sandbox, body.member)
    return {"items": [listed_item(member, item, sandbox.url) for item in make_ready(sandbox, body)]}


def item_known(sandbox: VintedSandbox, item_id: int) -> Item:
    """Whoever's it is; raises ValueError."""
    item = find_item(sandbox, item_id)
    if item is None:
        raise ValueError(f"there is no item {item_id}")
    return item


def _set_state(sandbox: VintedSandbox, body: _StateOrder) -> None:
    if body.state not in STATES:
        raise ValueError(f"state is one of {STATES}")
    item_known(sandbox, body.item_id).state = body.state


def _be_late(sandbox: VintedSandbox, body: _Late) -> None:
    item_known(sandbox, body.item_id).listed_s = sandbox.now + body.seconds


def _make_hole(sandbox: VintedSandbox, body: _Hole) -> None:
    item_known(sandbox, body.item_id).is_hole = body.is_hole


def _spoil(sandbox: VintedSandbox, body: _Spoil) -> None:
    item_known(sandbox, body.item_id).shown = body.fields


def _be_liked(sandbox: VintedSandbox, body: _Liked) -> None:
    item = item_known(sandbox, body.item_id)
    item.views, item.favourites = body.views, body.favourites


CONTROL = (
    ControlRoute("POST", "items/ready", takes(ReadyItems, _ready)),
    ControlRoute("POST", "items/state", takes(_StateOrder, _set_state)),
    ControlRoute("POST", "items/late", takes(_Late, _be_late)),
    ControlRoute("POST", "items/hole", takes(_Hole, _make_hole)),
    ControlRoute("POST", "items/spoil", takes(_Spoil, _spoil)),
    ControlRoute("POST", "items/liked", takes(_Liked, _be_liked)),
)
