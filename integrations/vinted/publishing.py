"""Offering, changing and ending items: whatever is cut off, there is one item of a SKU afterwards.

Making an item is the one step that must not happen twice. Where nobody knows how it ended, the wardrobe is looked
through for our mark before it is made again; the answers that are kept with the job lead each run the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from integrations.errors import Misshapen, ObjectMissing, Unavailable
from integrations.selling.marketplace import Tell
from integrations.selling.records import ListingChange, ListingDraft, ListingRef, RemoteListing, RemoteStatus
from integrations.selling.refusals import refused
from integrations.selling.sku_mark import marked, unmarked
from integrations.selling.values import Fields
from integrations.vinted.drafts import item_arguments, money
from integrations.vinted.lookup import SoughtItem, Wardrobe
from integrations.vinted.markets import VENDOR, item_url
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer, StepWish
from integrations.vinted.steps import Steps, failure_of
from integrations.vinted.values import LONGEST_TEXT, address_in, id_in, money_in, text_in

_MOST_TRIES = 5
_NO_ITEM = f"This listing has no item at {VENDOR}."
_TOO_OFTEN = f"{VENDOR} has not made the item, however often it was asked."
_NO_ID = f"{VENDOR} has made the item, and does not tell which it is: the next reading of listings finds it."
_NO_PHOTO = f"{VENDOR} did not take a picture."


@dataclass(frozen=True, slots=True)
class _Making:
    """What is made, and where; `photo_ids` are those of its pictures, already at the site."""

    draft: ListingDraft
    market: str
    photo_ids: Sequence[str] = ()


async def publish(steps: Steps, draft: ListingDraft, market: str, tell: Tell) -> RemoteListing:
    """The one item with the draft's SKU; one that is offered already is left as it is."""
    await tell(f"Looking for what {VENDOR} has of the product")
    before = await Wardrobe.of(steps, market, "look-0")
    found = await before.offered(SoughtItem(draft.sku, draft.title, draft.price))
    if found is not None:
        return replace(found, sku=draft.sku)
    await tell("Sending the pictures")
    making = _Making(draft, market, await _photo_ids(steps, draft))
    for number in range(1, _MOST_TRIES + 1):
        await tell("Making the item")
        answer = await _make(steps, making, number)
        listing = _made(answer, making)
        if listing is not None:
            return listing
        if answer.error is not None and not answer.is_unclear:
            raise failure_of(answer)
        await tell(f"Looking whether {VENDOR} has made the item")
        asked = answer.arguments or item_arguments(draft, making.photo_ids)
        wardrobe = await Wardrobe.of(steps, market, f"look-{number}")
        found = await wardrobe.made(SoughtItem.of_arguments(draft.sku, asked), before.by_id)
        if found is not None:
            return replace(found, sku=draft.sku)
        if not answer.is_unclear:
            # It was made. A second one would be offered beside it.
            raise Misshapen(_NO_ID)
    raise Unavailable(_TOO_OFTEN)


async def change_item(steps: Steps, listing: ListingRef, change: ListingChange) -> None:
    """Sets what is not None; the quantity is one as long as there is an item. The mark stays behind a new description.

    Raises ObjectMissing for one that is gone.
    """
    arguments: dict[str, object] = {}
    if change.title is not None:
        arguments["title"] = change.title
    if change.description is not None:
        arguments["description"] = marked(change.description, listing.sku) if listing.sku else change.description
    if change.price is not None:
        arguments["price"] = money(change.price, listing.currency)
    if listing.external_id is None:
        raise ObjectMissing(_NO_ITEM)
    if arguments:
        await steps.result(StepWish(RelayOperation.UPDATE_ITEM, {"id": listing.external_id, **arguments}, "update"))


async def end_item(steps: Steps, listing: ListingRef) -> None:
    """Deletes the item at the site, which keeps nothing that could be offered again. One that is gone is no error."""
    if listing.external_id is None:
        return
    wish = StepWish(RelayOperation.DELETE_ITEM, {"id": listing.external_id}, "delete")
    [answer] = await steps.answers([wish])
    if answer.error is not None and answer.error is not RelayErrorCode.NOT_FOUND:
        raise failure_of(answer)


async def _photo_ids(steps: Steps, draft: ListingDraft) -> list[str]:
    session = _session(draft)
    wishes = [
        StepWish(RelayOperation.UPLOAD_PHOTO, {"url": url, "session": session}, _photo_key(at, url))
        for at, url in enumerate(draft.image_urls, 1)
    ]
    found: list[str] = []
    for answer in await steps.answers(wishes):
        photo_id = id_in(Fields.of(answer.result), "id")
        if answer.error is not None:
            raise failure_of(answer, field="image_urls")
        if photo_id is None:
            raise refused(_NO_PHOTO, "image_urls")
        found.append(photo_id)
    return found


def _session(draft: ListingDraft) -> str:
    """What pictures and their item have in common at the site. A later run of the job may have other pictures."""
    return str(uuid5(NAMESPACE_URL, draft.sku))


def _photo_key(position: int, url: str) -> str:
    """The same for each run: a link's signature is made anew, its path is that of the picture."""
    return f"photo-{position}-{sha256(urlsplit(url).path.encode()).hexdigest()[:16]}"


async def _make(steps: Steps, making: _Making, number: int) -> StepAnswer:
    arguments = {**item_arguments(making.draft, making.photo_ids), "session": _session(making.draft)}
    [answer] = await steps.answers([StepWish(RelayOperation.CREATE_ITEM, arguments, f"create-{number}")])
    return answer


def _made(answer: StepAnswer, making: _Making) -> RemoteListing | None:
    """The item as it was asked for, which the draft of a later run may differ from; None where no id is told."""
    told, draft = Fields.of(answer.result), making.draft
    item_id = id_in(told, "id")
    if item_id is None or answer.error is not None or answer.is_unknown:
        return None
    asked = Fields.of(dict(answer.arguments or item_arguments(draft, making.photo_ids)))
    price = money_in(asked, "price")
    return RemoteListing(
        external_id=item_id,
        title=text_in(asked, "title") or draft.title,
        currency=price.currency if price else draft.currency,
        price=price.value if price else draft.price,
        quantity=1,
        status=RemoteStatus.LIVE,
        sku=draft.sku,
        url=address_in(told, "url") or item_url(making.market, item_id),
        market=making.market,
        description=unmarked(text_in(asked, "description", LONGEST_TEXT)),
    )
