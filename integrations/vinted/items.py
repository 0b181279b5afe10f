"""Items of a member's wardrobe, as the extension tells them: `{id, title, price, status, url, photoUrl?, ...}`."""

from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType

from integrations.selling.records import ListingPage, RecordProblem, RemoteListing, RemoteStatus
from integrations.selling.sku_mark import mark_in, unmarked
from integrations.selling.values import Fields
from integrations.vinted.lists import ListAsk, read_whole_list
from integrations.vinted.markets import VENDOR, item_url
from integrations.vinted.relay import RelayOperation
from integrations.vinted.steps import Steps
from integrations.vinted.values import LONGEST_TEXT, address_in, id_in, money_in, text_in

# What is reserved is still there, and may be for sale again.
_STATUSES: Mapping[str, RemoteStatus] = MappingProxyType(
    {
        "LIVE": RemoteStatus.LIVE,
        "RESERVED": RemoteStatus.LIVE,
        "SOLD": RemoteStatus.SOLD,
        "HIDDEN": RemoteStatus.ENDED,
        "DRAFT": RemoteStatus.DRAFT,
    }
)
_ON_A_PAGE = 100
_UNREADABLE = f"An item at {VENDOR} has no id or no price."
_MOVING = f"The wardrobe at {VENDOR} changed each time it was read: what is missing is told by the next reading."


async def listing_pages(steps: Steps, market: str) -> AsyncGenerator[ListingPage, None]:
    """Every item of the wardrobe. One odd record costs no other one."""
    found = await read_whole_list(steps, ListAsk(RelayOperation.LIST_ITEMS, "items", "items"))
    rows, total = found.rows, len(found.rows)
    for start in range(0, max(total, 1), _ON_A_PAGE):
        listings, problems = list[RemoteListing](), list[RecordProblem]()
        for row in rows[start : start + _ON_A_PAGE]:
            listing = listing_of(row, market)
            if listing is None:
                problems.append(RecordProblem(_UNREADABLE, None, id_in(row, "id")))
            else:
                listings.append(listing)
        if not found.is_whole and start + _ON_A_PAGE >= total:
            problems.append(RecordProblem(_MOVING))
        yield ListingPage(listings, problems, total)


def listing_of(raw: Fields, market: str) -> RemoteListing | None:
    """None for an item without an id or a price. Each is one piece, until it is sold."""
    item_id, price = id_in(raw, "id"), money_in(raw, "price")
    if item_id is None or price is None:
        return None
    status = _STATUSES.get((raw.text("status") or "").upper())
    text = description_in(raw)
    return RemoteListing(
        external_id=item_id,
        title=text_in(raw, "title") or item_id,
        currency=price.currency,
        price=price.value,
        quantity=0 if status is RemoteStatus.SOLD else 1,
        status=status,
        sku=mark_in(text),
        url=address_in(raw, "url") or item_url(market, item_id),
        market=market,
        description=unmarked(text) if mark_in(text) else text,
        image_url=address_in(raw, "photoUrl"),
        views=raw.whole("views"),
        favourites=raw.whole("favourites"),
    )


def description_in(raw: Fields) -> str | None:
    return text_in(raw, "description", LONGEST_TEXT)
