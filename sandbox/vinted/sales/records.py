"""Owns what is remembered of a sale; must not know how the site shows it."""

from typing import Any

import msgspec

Object = dict[str, Any]


class Stage(msgspec.Struct, frozen=True):
    """How far a sale is: the number and words of the site, and what the list of orders calls it for the seller.

    Of the numbers only 450 is known from a public report; the others are ours.
    """

    number: int
    title: str
    user_status: str
    group: str


STAGES = {
    "awaiting_payment": Stage(120, "Waiting for the payment", "waiting", "in_progress"),
    "paid": Stage(230, "Payment received: send the parcel", "needs_action", "in_progress"),
    "shipped": Stage(250, "The parcel is on its way", "waiting", "in_progress"),
    "delivered": Stage(400, "The parcel has arrived", "waiting", "in_progress"),
    "completed": Stage(450, "The order is completed", "completed", "completed"),
    "cancelled": Stage(510, "The order was cancelled", "failed", "cancelled"),
}


class SoldThing(msgspec.Struct):
    """As it was when it was bought. Several together are a bundle."""

    item_id: int
    title: str
    price: str


class PaidBack(msgspec.Struct):
    refund_id: int
    amount: str
    at_s: int


class Sale(msgspec.Struct):
    """`price` is of all things together, after offers; shipping and the fee are the buyer's."""

    transaction_id: int
    conversation_id: int
    buyer_id: int
    login: str
    country: str
    things: list[SoldThing]
    price: str
    shipping: str
    fee: str
    stage: str
    placed_s: int
    updated_s: int
    carrier: str | None = None
    tracking: str | None = None
    refunds: list[PaidBack] = []
    is_hole: bool = False
    shown: Object = {}
