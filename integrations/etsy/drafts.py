"""What Etsy would refuse of a draft, as far as it can be seen without asking Etsy; pure."""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from analytics.currencies import decimals_of
from integrations.etsy.app import VENDOR
from integrations.etsy.made import made_of
from integrations.etsy.values import is_id
from integrations.selling.records import ListingDraft, RecordProblem
from integrations.selling.refusals import missing_policy

POLICIES: tuple[str, ...] = ("SHIPPING", "RETURN", "PROCESSING")
LONGEST_TITLE = 140
_LONGEST_DESCRIPTION = 100_000
_LONGEST_SKU = 32
MOST_PIECES = 999
# Unconfirmed for others than US dollars; currencies without cents have larger numbers.
_LEAST_PRICE, _HIGHEST_PRICE = Decimal("0.20"), Decimal(50_000)
# Unconfirmed: Etsy's pages take 20, its reference still speaks of 10.
_MOST_IMAGES = 20
# What Etsy's reference takes in titles: letters, digits, punctuation, signs of mathematics, spaces and these.
_OTHER_SIGNS = "™©®"
_ONCE_ONLY = "%:&+"
_NEVER_IN_SKU = "$^`"


def problems_of(draft: ListingDraft, year: int) -> list[RecordProblem]:
    """Without what the category asks for."""
    return [*_of_words(draft), *_of_numbers(draft), *_of_choices(draft, year), *_of_images(draft)]


def _of_words(draft: ListingDraft) -> Iterator[RecordProblem]:
    if not 0 < len(draft.sku) <= _LONGEST_SKU or any(sign in _NEVER_IN_SKU for sign in draft.sku):
        reason = f"Etsy's SKU has 1 to {_LONGEST_SKU} characters, without {' '.join(_NEVER_IN_SKU)}."
        yield RecordProblem(reason, "sku")
    yield from _of_title(draft.title)
    if not draft.description.strip():
        yield RecordProblem("The description is missing.", "description")
    elif len(draft.description) > _LONGEST_DESCRIPTION:
        yield RecordProblem("The description is longer than Etsy takes.", "description")


def _of_title(title: str) -> Iterator[RecordProblem]:
    odd = [sign for sign in title if not _may_be_in_title(sign)]
    often = [sign for sign in _ONCE_ONLY if title.count(sign) > 1]
    reasons = [f"Etsy's titles have at most {LONGEST_TITLE} characters."] * (len(title) > LONGEST_TITLE)
    reasons += [f"Etsy takes no {sign!r} in titles." for sign in odd[:1]]
    reasons += [f"Etsy takes {sign!r} once in a title." for sign in often[:1]]
    if not title.strip():
        yield RecordProblem("The title is missing.", "title")
    elif reasons:
        yield RecordProblem(" ".join(reasons), "title")


def _may_be_in_title(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LP" or category in ("Nd", "Sm", "Zs", "Mn", "Mc") or sign in _OTHER_SIGNS


def _of_numbers(draft: ListingDraft) -> Iterator[RecordProblem]:
    if draft.price <= 0:
        yield RecordProblem("The price has to be above 0.", "price")
    elif draft.price != round(draft.price, 2):
        yield RecordProblem("Etsy's prices have at most two decimals.", "price")
    elif draft.price < _LEAST_PRICE:
        yield RecordProblem(f"Etsy's lowest price is {_LEAST_PRICE}.", "price")
    elif draft.price > _HIGHEST_PRICE and decimals_of(draft.currency):
        yield RecordProblem(f"Etsy's highest price is {_HIGHEST_PRICE:,}.", "price")
    if draft.quantity < 1:
        yield RecordProblem("There is nothing to sell: the quantity is 0.", "quantity")
    elif draft.quantity > MOST_PIECES:
        yield RecordProblem(f"Etsy lists at most {MOST_PIECES} pieces.", "quantity")


def _of_choices(draft: ListingDraft, year: int) -> Iterator[RecordProblem]:
    if not draft.category_id:
        yield RecordProblem("The product has no category.", "category_id")
    elif not is_id(draft.category_id):
        yield RecordProblem("Etsy's categories have numbers for ids.", "category_id")
    if made_of(draft.condition, year, is_to_order=False) is None:
        reason = f"Etsy does not know {draft.condition!r}: map the condition to who made it and when."
        yield RecordProblem(reason, "condition")
    for kind in POLICIES:
        policy_id = draft.policies.get(kind)
        if not policy_id:
            what = "processing profile" if kind == "PROCESSING" else f"{kind.lower()} policy"
            yield missing_policy(draft, kind, what, VENDOR)
        elif not is_id(policy_id):
            yield RecordProblem("Etsy's policies have numbers for ids.", f"policies.{kind}")


def _of_images(draft: ListingDraft) -> Iterator[RecordProblem]:
    if not draft.image_urls:
        yield RecordProblem("Etsy wants at least one picture.", "image_urls")
    elif len(draft.image_urls) > _MOST_IMAGES:
        yield RecordProblem(f"Etsy takes at most {_MOST_IMAGES} pictures.", "image_urls")
