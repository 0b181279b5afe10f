"""Owns what an offer and its item need before they can be a listing; says everything that is wrong at once."""

import re
from collections.abc import Iterator

from sandbox.ebay.errors import EbayProblem, shown_problem
from sandbox.ebay.inventory import problems
from sandbox.ebay.markets import MARKETS, EbayMarket
from sandbox.ebay.sellers import POLICY_IDS, Object, Shop
from sandbox.ebay.taxonomy.catalogue import CATEGORIES, SELECTION_ONLY, EbayAspect, is_leaf, spoken

_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
_POLICY_PROBLEMS: dict[str, EbayProblem] = {
    "fulfillment": problems.INVALID_FULFILLMENT,
    "payment": problems.INVALID_PAYMENT,
    "return": problems.INVALID_RETURN,
}


def quantity_for_sale(item: Object, offer: Object) -> int:
    """What the item has, and no more than the offer gives."""
    stock: int = ((item.get("availability") or {}).get("shipToLocationAvailability") or {}).get("quantity") or 0
    offered = offer.get("availableQuantity")
    return stock if offered is None else min(stock, int(offered))


def listing_problems(shop: Shop, offer: Object, item: Object, *, is_live: bool) -> list[Object]:
    """In eBay's shape, without those of the pictures. What is live may be sold out."""
    market = MARKETS[offer["marketplaceId"]]
    return [
        *_of_price(offer, market),
        *_of_quantity(offer, item, is_live=is_live),
        *_of_category(offer),
        *_of_policies(shop, offer),
        *_of_location(shop, offer),
        *_of_product(offer, item),
        *_of_aspects(offer, item, market.language),
    ]


def _of_price(offer: Object, market: EbayMarket) -> Iterator[Object]:
    price = (offer.get("pricingSummary") or {}).get("price") or {}
    value, currency = price.get("value") or "", price.get("currency")
    if not _AMOUNT.fullmatch(value) or float(value) <= 0:
        yield shown_problem(problems.INVALID_PRICE, "The price is missing or no amount above 0.")
    elif currency != market.currency:
        yield shown_problem(problems.INVALID_PRICE, f"Prices are in {market.currency} on this marketplace.")


def _of_quantity(offer: Object, item: Object, *, is_live: bool) -> Iterator[Object]:
    if not is_live and quantity_for_sale(item, offer) < 1:
        yield shown_problem(problems.INVALID_QUANTITY, "The quantity to sell is at least 1.")


def _of_category(offer: Object) -> Iterator[Object]:
    category_id = offer.get("categoryId") or ""
    if not is_leaf(category_id):
        said = "The category is no leaf of the tree." if category_id in CATEGORIES else "There is no such category."
        yield shown_problem(problems.INVALID_CATEGORY, said, parameters={"categoryId": category_id})


def _of_policies(shop: Shop, offer: Object) -> Iterator[Object]:
    chosen = offer.get("listingPolicies") or {}
    for kind, name in POLICY_IDS.items():
        policy = shop.policies[kind].get(chosen.get(name) or "")
        is_usable = shop.seller.is_opted_in and policy is not None
        if not is_usable or (policy or {}).get("marketplaceId") != offer["marketplaceId"]:
            yield shown_problem(
                _POLICY_PROBLEMS[kind], f"{name} names none of the seller's policies of this marketplace."
            )


def _of_location(shop: Shop, offer: Object) -> Iterator[Object]:
    key = offer.get("merchantLocationKey")
    if not key:
        said = "No <Item.Country> exists or <Item.Country> is specified as an empty tag in the request."
        yield shown_problem(problems.USER_ERROR, said)
    elif shop.locations.get(key, {}).get("merchantLocationStatus") != "ENABLED":
        yield shown_problem(problems.INVALID_LOCATION, "Location information not found.", parameters={"key": key})


def _of_product(offer: Object, item: Object) -> Iterator[Object]:
    product = item.get("product") or {}
    needed = {
        "title": product.get("title"),
        "description": offer.get("listingDescription") or product.get("description"),
    }
    for name, value in needed.items():
        if not (value or "").strip():
            yield shown_problem(problems.MISSING_FIELD, f"{name} is missing.", parameters={"fieldName": name})
    if not item.get("condition"):
        yield shown_problem(problems.INVALID_CONDITION, "The condition is missing.")
    if product.get("mpn") and not product.get("brand"):
        said = "Input data for tag <BrandMPN> is invalid or missing. Please check API documentation."
        yield shown_problem(problems.USER_ERROR, said)


def _of_aspects(offer: Object, item: Object, language: str) -> Iterator[Object]:
    category = CATEGORIES.get(offer.get("categoryId") or "")
    product = item.get("product") or {}
    given = {name.lower(): values for name, values in (product.get("aspects") or {}).items()}
    for aspect in category.aspects if category else ():
        name = spoken(aspect.names, language)
        values = [value for value in given.get(name.lower()) or [] if value.strip()]
        if not values and aspect.names[0] == "Brand" and product.get("brand"):
            values = [product["brand"]]
        yield from _of_aspect(aspect, name, values, language=language)


def _of_aspect(aspect: EbayAspect, name: str, values: list[str], *, language: str) -> Iterator[Object]:
    allowed = {spoken(value, language) for value in aspect.values}
    said = ""
    if aspect.is_required and not values:
        said = (
            f"The item specific {name} is missing. Add {name} to this listing, enter a valid value, and then try again."
        )
    elif len(values) > 1 and not aspect.is_multiple:
        said = f"The item specific {name} has more than one value."
    elif aspect.mode == SELECTION_ONLY and not set(values) <= allowed:
        said = f"The item specific {name} has a value that is not among those of this category."
    if said:
        yield shown_problem(problems.USER_ERROR, said, parameters={"0": said, "1": said, "2": name})
