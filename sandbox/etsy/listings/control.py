"""Owns what a test does to listings: ready-made ones, states that Etsy gives, answers that cannot be read."""

from typing import Any

import msgspec

from sandbox.etsy.control import shop_of
from sandbox.etsy.listings.records import Inventory, Listing, Offering, Picture, Product
from sandbox.etsy.listings.shapes import shown_listing
from sandbox.etsy.listings.states import LIFE_S, enter
from sandbox.etsy.money import mills_of
from sandbox.etsy.state import EtsySandbox
from sandbox.marketplaces.control import ControlRoute, takes

_MOST_AT_ONCE = 10_000


class _Ready(msgspec.Struct, forbid_unknown_fields=True):
    """`count` listings of that state, numbered where there are more than one."""

    shop: int | str
    count: int = 1
    sku: str = "READY"
    title: str = "Ready-made"
    price: str = "19.90"
    quantity: int = 3
    state: str = "active"
    should_auto_renew: bool = False


class _StateOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Any state, also one that nobody knows."""

    listing_id: int
    state: str


class _Spoil(msgspec.Struct, forbid_unknown_fields=True):
    listing_id: int
    fields: dict[str, Any]


def _make_ready(sandbox: EtsySandbox, body: _Ready) -> object:
    shop = shop_of(sandbox, body.shop)
    if not 1 <= body.count <= _MOST_AT_ONCE:
        raise ValueError(f"count is 1 to {_MOST_AT_ONCE}")
    made = []
    for place in range(body.count):
        mark = f"-{place + 1}" if body.count > 1 else ""
        given = {
            "title": body.title + mark.replace("-", " "),
            "description": "Made by the sandbox.",
            "taxonomy_id": 1064,
            "who_made": "i_did",
            "when_made": "made_to_order",
            "is_supply": False,
            "type": "physical",
            "should_auto_renew": body.should_auto_renew,
            "shipping_profile_id": next(iter(shop.shipping_profiles)),
            "return_policy_id": next(iter(shop.return_policies)),
        }
        readiness = next(iter(shop.readiness_states))
        offering = Offering(sandbox.number(), body.quantity, mills_of(body.price), readiness_state_id=readiness)
        inventory = Inventory([Product(sandbox.number(), body.sku + mark, [offering])])
        now_s = sandbox.now_s
        listing = Listing(sandbox.number(), body.state, given, inventory, now_s, now_s, now_s)
        if body.state != "draft":
            listing.ending_s = now_s + LIFE_S
        listing.images.append(Picture(sandbox.number(), 1_200, 900, "a08060", now_s))
        shop.listings[listing.listing_id] = listing
        made.append(shown_listing(sandbox, shop, listing, []))
    return {"listings": made}


def _set_state(sandbox: EtsySandbox, body: _StateOrder) -> None:
    enter(_listing(sandbox, body.listing_id), body.state, sandbox.now_s)


def _spoil(sandbox: EtsySandbox, body: _Spoil) -> None:
    _listing(sandbox, body.listing_id).shown = body.fields


def _listing(sandbox: EtsySandbox, listing_id: int) -> Listing:
    for shop in sandbox.book.shops.values():
        if listing_id in shop.listings:
            return shop.listings[listing_id]
    raise ValueError(f"there is no listing {listing_id}")


CONTROL = (
    ControlRoute("POST", "listings/ready", takes(_Ready, _make_ready)),
    ControlRoute("POST", "listings/state", takes(_StateOrder, _set_state)),
    ControlRoute("POST", "listings/spoil", takes(_Spoil, _spoil)),
)
