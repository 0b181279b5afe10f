"""What is sent to a channel to offer a product, and what stands in the way; pure.

The mappings of the vocabulary decide: which category, condition and values a channel is told is written there, and what
has no mapping for the channel is a problem, never a guess.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from errors import UserErrorCode
from integrations.selling.records import ListingDraft, RecordProblem
from models.channels.channel import Channel, ChannelKind
from models.channels.policy import ChannelPolicy
from models.listings.listing import ChannelListing
from models.listings.pieces import offered_pieces
from models.products.attribute import AttributeKind
from models.products.product import Product, ProductStatus
from models.products.vocabulary import Attribute
from services.listings.wishes import MOST_PROBLEMS, OfferWish

_CATEGORY, _CONDITION = AttributeKind.CATEGORY, AttributeKind.CONDITION
# A draft that is published becomes PUBLISHED with its first listing.
OFFERABLE = (ProductStatus.DRAFT, ProductStatus.PUBLISHED)
# What a marketplace calls the parts of a draft, as people look for them: a path from the product or the channel.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "category_id": ("attributes", _CATEGORY.value),
    "condition": ("attributes", _CONDITION.value),
    "aspects": ("attributes",),
    "image_urls": ("images",),
}


@dataclass(frozen=True, slots=True)
class Goods:
    """A product with all that a listing of it is made of."""

    product: Product
    attributes: Sequence[Attribute]
    image_urls: Sequence[str]


@dataclass(frozen=True, slots=True)
class OfferPlace:
    """Where a product is to be offered. `sku` is the one that it has there."""

    channel: Channel
    market: str
    policies: Sequence[ChannelPolicy]
    sku: str


def draft_of(goods: Goods, place: OfferPlace, wish: OfferWish) -> tuple[ListingDraft, list[RecordProblem]]:
    """The draft, and every value of the product that has no mapping for the channel."""
    product, kind = goods.product, place.channel.kind
    terms: dict[AttributeKind, list[str]] = {}
    problems: list[RecordProblem] = []
    for attribute in goods.attributes:
        term = _mapped(attribute, kind, place.market)
        if term is None:
            problems.append(RecordProblem(_unmapped(attribute, kind), f"attributes.{attribute.kind.value}"))
        else:
            terms.setdefault(attribute.kind, []).append(term)
    draft = ListingDraft(
        sku=place.sku,
        market=place.market,
        title=(wish.title or product.title).strip(),
        description=wish.description or product.description,
        price=product.price if wish.price is None else wish.price,
        currency=wish.currency or product.currency,
        quantity=offered_pieces(kind, product.quantity) if wish.quantity is None else wish.quantity,
        category_id=next(iter(terms.get(_CATEGORY, ())), None),
        condition=next(iter(terms.get(_CONDITION, ())), None),
        aspects={each.value: found for each, found in terms.items() if each not in (_CATEGORY, _CONDITION)},
        image_urls=goods.image_urls,
        policies=_chosen(place.policies, place.market),
        policy_kinds={each.kind.value for each in place.policies if each.market in (place.market, "")},
    )
    return draft, problems


def changed_draft(listing: ChannelListing, wish: OfferWish) -> ListingDraft:
    """What a listing becomes by a change. What no change touches is left empty."""
    return ListingDraft(
        sku=listing.sku or "",
        market=listing.market or "",
        title=(wish.title or listing.title).strip(),
        description=wish.description or listing.description or "",
        price=listing.price if wish.price is None else wish.price,
        currency=listing.currency,
        quantity=listing.quantity if wish.quantity is None else wish.quantity,
        category_id=None,
        condition=None,
        aspects={},
        image_urls=(),
        policies={},
    )


def product_problems(product: Product, draft: ListingDraft) -> Iterator[RecordProblem]:
    """Why a product that is neither deleted nor frozen is not offered, whatever the channel."""
    if product.status not in OFFERABLE:
        yield RecordProblem(f"A product that is {product.status.value} is not offered.", "status")
    if product.quantity < 1:
        yield RecordProblem("There is none of this product: raise its quantity.", "quantity")
    elif draft.quantity > product.quantity:
        yield RecordProblem(f"There are only {product.quantity} of this product.", "quantity")


def told(problems: Sequence[RecordProblem]) -> list[dict[str, Any]]:
    """The problems as they are kept with a listing: user errors, one of each field, at most MOST_PROBLEMS."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for problem in problems:
        path = _PLACES.get(problem.field or "") or tuple((problem.field or "").split(".")) if problem.field else ()
        # Of a field that is named twice the first says most: ours name the value, those of marketplaces the lack of it.
        found.setdefault(
            path,
            {"code": UserErrorCode.INVALID.value, "message": problem.message, "field": list(path) or None},
        )
    return list(found.values())[:MOST_PROBLEMS]


def _unmapped(attribute: Attribute, kind: ChannelKind) -> str:
    """A shared value is mapped by staff alone: whoever is none makes a value of their own."""
    noun = attribute.kind.value.lower()
    lacks = f"The {noun} {attribute.label!r} has no mapping for {kind.shown}"
    if attribute.shared:
        return (
            f"{lacks}, and it is shared: make a {noun} of your own with one by saveAttribute, and give the product that"
            " one instead."
        )
    return f"{lacks}: add one to it."


def _mapped(attribute: Attribute, kind: ChannelKind, market: str) -> str | None:
    """What the channel calls the value: in this market, else in all of them."""
    found = {
        each.get("market"): each.get("external_id") for each in attribute.mappings if each.get("channel_kind") == kind
    }
    term = found.get(market) or found.get(None)
    return None if term is None else str(term)


def _chosen(policies: Sequence[ChannelPolicy], market: str) -> dict[str, str]:
    """Of each kind the one that is chosen for the market; the only one of its kind is chosen without a word."""
    found: dict[str, str] = {}
    for kind in dict.fromkeys(each.kind for each in policies):
        fitting = [each for each in policies if each.kind is kind and each.market in (market, "")]
        chosen = [each for each in fitting if each.is_default] or (fitting if len(fitting) == 1 else [])
        if chosen:
            found[kind.value] = chosen[0].external_id
    return found
