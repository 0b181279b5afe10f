"""What Vinted would refuse of a draft, as far as it can be seen without asking it, and the arguments made of one; pure.

The limits are those that public programs tell of: Vinted publishes none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from integrations.selling.records import ListingDraft, RecordProblem
from integrations.selling.refusals import missing_policy
from integrations.selling.sku_mark import marked
from integrations.selling.values import written
from integrations.vinted.markets import CURRENCIES, VENDOR

SHORTEST_TITLE, LONGEST_TITLE = 5, 100
LONGEST_DESCRIPTION = 2_000
MOST_IMAGES = 20
_MOST_OF: Mapping[str, int] = {"BRAND": 1, "SIZE": 1, "COLOUR": 2, "MATERIAL": 3}
_HIGHEST_PRICE = Decimal(10_000_000)
_ID = re.compile("[0-9]{1,20}")
_LONGEST_BRAND = 200
# The size of a parcel is chosen as a policy of the channel: it says how things are sent, and not what they are.
PARCEL = "SHIPPING"


def problems_of(draft: ListingDraft) -> list[RecordProblem]:
    """Without what only the category asks for."""
    return [*_of_words(draft), *_of_numbers(draft), *_of_choices(draft), *_of_aspects(draft), *_of_images(draft)]


def item_arguments(draft: ListingDraft, photo_ids: Sequence[str]) -> dict[str, Any]:
    """What the extension makes an item of."""
    brand, size = _first(draft, "BRAND"), _first(draft, "SIZE")
    found = {
        "title": draft.title,
        "description": marked(draft.description, draft.sku),
        "price": money(draft.price, draft.currency),
        "categoryId": draft.category_id,
        "conditionId": draft.condition,
        "brandId": brand if brand and is_id(brand) else None,
        "brandName": brand if brand and not is_id(brand) else None,
        "sizeId": size,
        "colourIds": [*draft.aspects.get("COLOUR", ())],
        "materialIds": [*draft.aspects.get("MATERIAL", ())],
        "packageSizeId": draft.policies.get(PARCEL),
        "photoIds": [*photo_ids],
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": written(amount), "currency": currency}


def is_id(text: str | None) -> bool:
    return text is not None and _ID.fullmatch(text) is not None


def _first(draft: ListingDraft, kind: str) -> str | None:
    return next(iter(draft.aspects.get(kind, ())), None)


def _of_words(draft: ListingDraft) -> Iterator[RecordProblem]:
    if not draft.sku.strip() or len(draft.sku.splitlines()) != 1:
        yield RecordProblem(f"{VENDOR}'s items are found by their SKU, which is one line.", "sku")
    if not draft.title.strip():
        yield RecordProblem("The title is missing.", "title")
    elif not SHORTEST_TITLE <= len(draft.title) <= LONGEST_TITLE:
        reason = f"{VENDOR}'s titles have {SHORTEST_TITLE} to {LONGEST_TITLE} characters."
        yield RecordProblem(reason, "title")
    room = LONGEST_DESCRIPTION - len(marked("", draft.sku))
    if not draft.description.strip():
        yield RecordProblem("The description is missing.", "description")
    elif len(draft.description.rstrip()) > room:
        reason = (
            f"{VENDOR}'s descriptions have at most {LONGEST_DESCRIPTION:,} characters, and the last line is the SKU:"
            f" {room:,} are left."
        )
        yield RecordProblem(reason, "description")


def _of_numbers(draft: ListingDraft) -> Iterator[RecordProblem]:
    if draft.price <= 0:
        yield RecordProblem("The price has to be above 0.", "price")
    elif draft.price != round(draft.price, 2):
        yield RecordProblem(f"{VENDOR}'s prices have at most two decimals.", "price")
    elif draft.price >= _HIGHEST_PRICE:
        yield RecordProblem(f"{VENDOR}'s prices are below {_HIGHEST_PRICE:,}.", "price")
    sold_in = CURRENCIES.get(draft.market)
    if sold_in is not None and sold_in != draft.currency:
        yield RecordProblem(f"{draft.market} sells in {sold_in}, not in {draft.currency}.", "currency")
    if draft.quantity < 1:
        yield RecordProblem("There is nothing to sell: the quantity is 0.", "quantity")
    elif draft.quantity > 1:
        reason = f"An item at {VENDOR} is a single piece: offer one at a time."
        yield RecordProblem(reason, "quantity")


def _of_choices(draft: ListingDraft) -> Iterator[RecordProblem]:
    if not draft.category_id:
        yield RecordProblem("The product has no category.", "category_id")
    elif not is_id(draft.category_id):
        yield RecordProblem(f"{VENDOR}'s categories have numbers for ids.", "category_id")
    if not draft.condition:
        yield RecordProblem("The product has no condition.", "condition")
    elif not is_id(draft.condition):
        yield RecordProblem(f"{VENDOR}'s conditions have numbers for ids.", "condition")
    parcel = draft.policies.get(PARCEL)
    if parcel is None and PARCEL in draft.policy_kinds:
        yield missing_policy(draft, PARCEL, "size of parcels", VENDOR)
    elif parcel is not None and not is_id(parcel):
        yield RecordProblem(f"{VENDOR}'s sizes of parcels have numbers for ids.", f"policies.{PARCEL}")


def _of_aspects(draft: ListingDraft) -> Iterator[RecordProblem]:
    """Of kinds that Vinted does not ask for nothing is said, nor sent."""
    for kind, most in _MOST_OF.items():
        values, noun = draft.aspects.get(kind, ()), kind.lower()
        if len(values) > most:
            yield RecordProblem(f"{VENDOR} takes at most {most} of the kind {noun}.", f"attributes.{kind}")
        odd = [value for value in values if not is_id(value)]
        if odd and kind != "BRAND":
            yield RecordProblem(f"{VENDOR} has numbers for each {noun}, unlike {odd[0]!r}.", f"attributes.{kind}")
        elif odd and not 0 < len(odd[0].strip()) <= _LONGEST_BRAND:
            yield RecordProblem(f"A brand has 1 to {_LONGEST_BRAND} characters.", "attributes.BRAND")


def _of_images(draft: ListingDraft) -> Iterator[RecordProblem]:
    if not draft.image_urls:
        yield RecordProblem(f"{VENDOR} wants at least one picture.", "image_urls")
    elif len(draft.image_urls) > MOST_IMAGES:
        yield RecordProblem(f"{VENDOR} takes at most {MOST_IMAGES} pictures.", "image_urls")
