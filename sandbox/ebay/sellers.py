"""Owns the sellers that a sandbox knows from its start, and what each one's shop holds; must not speak HTTP."""

from typing import Any

import msgspec

from sandbox.ebay.cases.records import BuyerCase
from sandbox.ebay.disputes.records import OpenedDispute
from sandbox.ebay.markets import MARKETS
from sandbox.ebay.orders.shelf import OrderShelf
from sandbox.meta.data.dice import throws

Object = dict[str, Any]
# Sellers there sign what moves money (docs: digital signatures).
_SIGNING = ("DE", "FR", "GB")
_WORDS = ("brass", "cedar", "linen", "amber", "willow", "copper", "velvet", "harbour")


class Seller(msgspec.Struct):
    """`user_id` never changes; `username` may. `marketplace` is where the seller is registered."""

    user_id: str
    username: str
    marketplace: str
    country: str
    currency: str
    language: str
    # Of the program SELLING_POLICY_MANAGEMENT, without which there are no policies.
    is_opted_in: bool = True

    @property
    def needs_signature(self) -> bool:
        return self.country in _SIGNING


class Shop(msgspec.Struct):
    """One seller's things by id, as the API shows them; names of our own in them begin with an underscore.

    `policies` by kind (fulfillment, payment, return) and id, `items` by SKU, `offers` and `listings` by id, `locations`
    by their key. `revisions` counts by listing and day. `cases` are returns, cancellations and inquiries by their id.
    """

    seller: Seller
    policies: dict[str, dict[str, Object]] = {}
    locations: dict[str, Object] = {}
    items: dict[str, Object] = {}
    offers: dict[str, Object] = {}
    listings: dict[str, Object] = {}
    revisions: dict[str, int] = {}
    orders: OrderShelf = msgspec.field(default_factory=OrderShelf)
    cases: dict[str, BuyerCase] = {}
    # How many of them are on a page.
    case_page: int = 20
    disputes: dict[str, OpenedDispute] = {}
    # Of the old Trading API, as control made them: not seen before they are migrated.
    old_listings: dict[str, Object] = {}


_SEEDED = ("EBAY_DE", "EBAY_US", "EBAY_GB")
# Where a seller has not said yet where goods are sent from.
_WITHOUT_LOCATION = "EBAY_GB"
_TOWNS = {"EBAY_DE": ("Berlin", "10115"), "EBAY_US": ("Portland, OR", "97201")}
# Of each kind, by the name that the API gives to its id.
POLICY_IDS = {"fulfillment": "fulfillmentPolicyId", "payment": "paymentPolicyId", "return": "returnPolicyId"}


def seeded_sellers(seed: int) -> list[Seller]:
    """One in Germany, one in the United States, one in Great Britain; the same for the same seed."""
    found = []
    for place, marketplace in enumerate(_SEEDED):
        market = MARKETS[marketplace]
        dice = throws("ebay-seller", seed, market.country)
        word = _WORDS[int(dice[0] * len(_WORDS))]
        found.append(
            Seller(
                user_id=f"SBX{market.country}{int(dice[1] * 10**9):09d}",
                username=f"{word}_{market.country.lower()}_{place}",
                marketplace=marketplace,
                country=market.country,
                currency=market.currency,
                language=market.language,
            )
        )
    return found


def seeded_policies(seller: Seller, first_number: int) -> dict[str, dict[str, Object]]:
    """Of each kind one for the seller's market, and a second way to ship; ids count up from `first_number`."""
    named = (("fulfillment", "Standard"), ("fulfillment", "Express"), ("payment", "Payment"), ("return", "30 days"))
    found: dict[str, dict[str, Object]] = {kind: {} for kind in POLICY_IDS}
    for place, (kind, name) in enumerate(named):
        policy_id = f"6{first_number + place:011d}"
        found[kind][policy_id] = {
            POLICY_IDS[kind]: policy_id,
            "name": name,
            "description": f"{name} of the sandbox",
            "marketplaceId": seller.marketplace,
            "categoryTypes": [{"name": "ALL_EXCLUDING_MOTORS_VEHICLES", "default": name != "Express"}],
        }
    return found


def seeded_locations(seller: Seller) -> dict[str, Object]:
    """One place that goods are sent from; none in the market where sellers have not made any."""
    if seller.marketplace == _WITHOUT_LOCATION:
        return {}
    town, postal_code = _TOWNS.get(seller.marketplace, ("Warehouse", "10000"))
    place = {
        "merchantLocationKey": "main",
        "name": town,
        "location": {"address": {"postalCode": postal_code, "country": seller.country}},
        "locationTypes": ["WAREHOUSE"],
        "merchantLocationStatus": "ENABLED",
    }
    return {"main": place}
