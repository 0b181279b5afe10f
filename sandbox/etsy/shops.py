"""Owns the shops that a sandbox knows from its start, and what each one holds; must not speak HTTP."""

from typing import Any

import msgspec

from sandbox.etsy.listings.records import Listing
from sandbox.etsy.money import Purse
from sandbox.etsy.receipts.records import ReceiptShelf
from sandbox.meta.data.dice import throws

Object = dict[str, Any]
_WORDS = ("Brass", "Cedar", "Linen", "Amber", "Willow", "Copper", "Velvet", "Harbour")
_CREATED_S = 1_600_000_000


class EtsySeller(msgspec.Struct):
    """A user with a shop: Etsy knows no user with two."""

    user_id: int
    shop_id: int
    shop_name: str
    country: str
    currency: str
    divisor: int = 100

    @property
    def purse(self) -> Purse:
        return Purse(self.currency, self.divisor)


class Fee(msgspec.Struct):
    """What Etsy takes for a listing: `publish`, or `renew` for another four months or after a sale."""

    listing_id: int
    kind: str
    at_s: int


class EtsyShop(msgspec.Struct):
    """Profiles, policies and sections by id, as the API shows them."""

    seller: EtsySeller
    shipping_profiles: dict[int, Object] = {}
    readiness_states: dict[int, Object] = {}
    return_policies: dict[int, Object] = {}
    sections: dict[int, Object] = {}
    listings: dict[int, Listing] = {}
    receipts: ReceiptShelf = msgspec.field(default_factory=ReceiptShelf)
    fees: list[Fee] = []

    @property
    def shop_id(self) -> int:
        return self.seller.shop_id

    @property
    def purse(self) -> Purse:
        return self.seller.purse


# Country, currency, divisor. The yen has no smaller part.
_SEEDED = (("DE", "EUR", 100), ("US", "USD", 100), ("JP", "JPY", 1))


def seeded_sellers(seed: int) -> list[EtsySeller]:
    """One in Germany, one in the United States, one in Japan; the same for the same seed."""
    found = []
    for country, currency, divisor in _SEEDED:
        dice = throws("etsy-seller", seed, country)
        found.append(
            EtsySeller(
                user_id=100_000_000 + int(dice[0] * 800_000_000),
                shop_id=10_000_000 + int(dice[1] * 40_000_000),
                shop_name=f"{_WORDS[int(dice[2] * len(_WORDS))]}Goods{country}",
                country=country,
                currency=currency,
                divisor=divisor,
            )
        )
    return found


def stocked(seller: EtsySeller, first: int) -> EtsyShop:
    """A shop with what publishing needs; ids count up from `first`."""
    ids = iter(range(first, first + 10))
    shop = EtsyShop(seller)
    for title in ("Standard shipping", "Express shipping"):
        profile_id = next(ids)
        shop.shipping_profiles[profile_id] = _shipping_profile(seller, profile_id, title)
    for state, days in (("ready_to_ship", (1, 2)), ("made_to_order", (5, 8))):
        state_id = next(ids)
        shop.readiness_states[state_id] = {
            "shop_id": seller.shop_id,
            "readiness_state_id": state_id,
            "readiness_state": state,
            "min_processing_days": days[0],
            "max_processing_days": days[1],
            "processing_days_display_label": f"{days[0]}-{days[1]} days",
        }
    for accepts, deadline in ((True, 30), (False, None)):
        policy_id = next(ids)
        shop.return_policies[policy_id] = {
            "return_policy_id": policy_id,
            "shop_id": seller.shop_id,
            "accepts_returns": accepts,
            "accepts_exchanges": accepts,
            "return_deadline": deadline,
        }
    section_id = next(ids)
    shop.sections[section_id] = {
        "shop_section_id": section_id,
        "title": "Pottery",
        "rank": 1,
        "user_id": seller.user_id,
        "active_listing_count": 0,
    }
    return shop


def shown_shop(shop: EtsyShop, url: str) -> Object:
    """As `GET /shops/{shop_id}` tells it."""
    seller = shop.seller
    active = sum(listing.state == "active" for listing in shop.listings.values())
    return {
        "shop_id": seller.shop_id,
        "user_id": seller.user_id,
        "shop_name": seller.shop_name,
        "create_date": _CREATED_S,
        "created_timestamp": _CREATED_S,
        "title": f"{seller.shop_name} of the sandbox",
        "announcement": None,
        "currency_code": seller.currency,
        "is_vacation": False,
        "vacation_message": None,
        "sale_message": None,
        "digital_sale_message": None,
        "update_date": _CREATED_S,
        "updated_timestamp": _CREATED_S,
        "listing_active_count": active,
        "digital_listing_count": 0,
        "login_name": seller.shop_name.lower(),
        "accepts_custom_requests": False,
        "url": f"{url}/shop/{seller.shop_name}",
        "image_url_760x100": None,
        "num_favorers": 0,
        "languages": ["en-US"],
        "icon_url_fullxfull": None,
        "is_using_structured_policies": True,
        "has_onboarded_structured_policies": True,
        "include_dispute_form_link": False,
        "is_direct_checkout_onboarded": True,
        "is_etsy_payments_onboarded": True,
        "is_calculated_eligible": False,
        "is_opted_in_to_buyer_promise": False,
        "is_shop_us_based": seller.country == "US",
        "transaction_sold_count": len(shop.receipts.made),
        "shipping_from_country_iso": seller.country,
        "shop_location_country_iso": seller.country,
        "review_count": None,
        "review_average": None,
    }


def _shipping_profile(seller: EtsySeller, profile_id: int, title: str) -> Object:
    """Without processing times, which are the readiness states' since 2026."""
    cost = seller.purse.shows(4_900)
    return {
        "shipping_profile_id": profile_id,
        "title": title,
        "user_id": seller.user_id,
        "origin_country_iso": seller.country,
        "is_deleted": False,
        "origin_postal_code": "10115",
        "profile_type": "manual",
        "domestic_handling_fee": 0.0,
        "international_handling_fee": 0.0,
        "shipping_profile_destinations": [
            {
                "shipping_profile_destination_id": profile_id * 10,
                "shipping_profile_id": profile_id,
                "origin_country_iso": seller.country,
                "destination_country_iso": seller.country,
                "destination_region": "none",
                "primary_cost": cost,
                "secondary_cost": seller.purse.shows(1_000),
                "shipping_carrier_id": 0,
                "mail_class": None,
                "min_delivery_days": 2,
                "max_delivery_days": 5,
            }
        ],
        "shipping_profile_upgrades": [],
    }
