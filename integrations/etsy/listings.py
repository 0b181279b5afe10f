"""The shop's listings: all of them in every state, one by its id, and the one that has a SKU."""

from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType

from integrations.errors import ObjectMissing, Rejected
from integrations.etsy.calls import PAGE, EtsyRest
from integrations.etsy.values import is_id, left_in, money_in, words_in
from integrations.selling.records import ListingPage, RecordProblem, RemoteListing, RemoteStatus
from integrations.selling.sku_mark import mark_in, unmarked
from integrations.selling.values import Fields

# What Etsy's lists are asked for, one after the other.
STATES: tuple[str, ...] = ("active", "inactive", "draft", "sold_out", "expired")
# `edit` is what Etsy calls an inactive listing at times.
INACTIVE = ("inactive", "edit")
_STATUSES: Mapping[str, RemoteStatus] = MappingProxyType(
    {
        "active": RemoteStatus.LIVE,
        "inactive": RemoteStatus.ENDED,
        "edit": RemoteStatus.ENDED,
        "draft": RemoteStatus.DRAFT,
        "sold_out": RemoteStatus.SOLD,
        "expired": RemoteStatus.ENDED,
        "removed": RemoteStatus.ENDED,
        "unavailable": RemoteStatus.ENDED,
    }
)
_MOST_READINGS = 2
_TOO_MANY = (
    "The shop has {counted:,} listings that are {state}, and Etsy does not show all of them: whether this product is"
    " among them cannot be told."
)


async def listing_pages(rest: EtsyRest, shop_id: str) -> AsyncGenerator[ListingPage, None]:
    """Every listing of every state. One odd record costs no other one, and what Etsy counts and does not show is told.

    One that changes its state meanwhile may come twice.
    """
    before = 0
    for state in STATES:
        shown, nameless, counted = set[str](), 0, 0
        async for page in _pages(rest, shop_id, state, "Images,Inventory"):
            listings: list[RemoteListing] = []
            problems: list[RecordProblem] = []
            for each in page.parts("results"):
                found, listing_id = listing_of(each), each.text("listing_id")
                if listing_id is None:
                    nameless += 1
                else:
                    shown.add(listing_id)
                if found is None:
                    reason = "A listing at Etsy has no id or no price."
                    problems.append(RecordProblem(reason, None, listing_id))
                else:
                    listings.append(found)
            counted = page.whole("count") or 0
            yield ListingPage(listings, problems, before + counted)
        # By their ids: a list that moves while it is read shows one twice, and another one not at all.
        if len(shown) + nameless < counted:
            reason = f"Etsy counts {counted:,} listings that are {state}, and shows {len(shown):,} of them."
            yield ListingPage([], [RecordProblem(reason)], before + counted)
        before += counted


async def listing_by_id(rest: EtsyRest, shop_id: str, listing_id: str) -> Fields | None:
    """None for one that is gone, or is of another shop."""
    if not is_id(listing_id):
        return None
    try:
        raw = await rest.get(f"/listings/{listing_id}")
    except ObjectMissing:
        return None
    return raw if raw.text("shop_id") in (shop_id, None) else None


async def listings_by_sku(rest: EtsyRest, shop_id: str, sku: str, state: str) -> list[Fields]:
    """Those in the state that have the SKU, or, without any, were marked with it as they were made: a seller may have
    made such a draft active meanwhile.

    Raises Rejected where Etsy does not show all of them, so that nobody can tell.
    """
    found: list[Fields] = []
    read, counted = 0, 0
    for _ in range(_MOST_READINGS):
        read, shown = 0, set[str | None]()
        async for page in _pages(rest, shop_id, state, "Inventory"):
            rows = page.parts("results")
            found += [each for each in rows if sku in skus_of(each)]
            shown |= {each.text("listing_id") for each in rows}
            read, counted = read + PAGE, page.whole("count") or 0
        # A list that moves while it is read shows one twice, and another one not at all.
        if found or len(shown) >= counted or read < counted:
            break
    if read < counted and not found:
        raise Rejected(_TOO_MANY.format(counted=counted, state=state.replace("_", " ")))
    return found


def listing_of(raw: Fields) -> RemoteListing | None:
    """None for a listing without an id or a price."""
    listing_id, price = raw.text("listing_id"), money_in(raw, "price")
    if listing_id is None or price is None or price.value < 0:
        return None
    skus = skus_of(raw)
    return RemoteListing(
        external_id=listing_id,
        title=words_in(raw, "title") or listing_id,
        currency=price.currency,
        price=price.value,
        quantity=raw.whole("quantity") or 0,
        status=_STATUSES.get(state_of(raw)),
        # Which of several variations a listing is meant for cannot be told.
        sku=skus[0] if len(skus) == 1 else None,
        url=listing_url(raw, listing_id),
        description=_description(raw, skus),
        image_url=_first_image(raw),
        views=raw.whole("views"),
        favourites=raw.whole("num_favorers"),
    )


def state_of(raw: Fields) -> str:
    return (raw.text("state") or "").casefold().replace(" ", "_")


def skus_of(raw: Fields) -> list[str]:
    """The different SKUs of a listing's variations, or its only one; without any that of its mark."""
    parts = left_in(raw.part("inventory"), "products")
    parts += [Fields({"sku": each}) for each in raw.texts("skus")]
    told = [sku for each in parts if (sku := words_in(each, "sku")) is not None]
    mark = marked_sku(raw)
    return list(dict.fromkeys(told)) or ([mark] if mark else [])


def listing_url(raw: Fields, listing_id: str) -> str:
    """The page of the listing, without what Etsy adds to count visits."""
    told = (raw.text("url") or "").partition("?")[0]
    return told if told.startswith("https://") else f"https://www.etsy.com/listing/{listing_id}"


def marked_sku(raw: Fields) -> str | None:
    """The SKU of a draft that is being made, by which it is found again: Etsy's drafts have none at first."""
    return mark_in(words_in(raw, "description"))


def _description(raw: Fields, skus: list[str]) -> str | None:
    """Without our mark; a last line of the seller's own that names another SKU stays."""
    text = words_in(raw, "description")
    return unmarked(text) if marked_sku(raw) in skus else text


def _first_image(raw: Fields) -> str | None:
    images = sorted(raw.parts("images"), key=lambda each: each.whole("rank") or 0)
    urls = [each.text("url_fullxfull") or each.text("url_570xN") for each in images]
    return next((url for url in urls if url and url.startswith("https://")), None)


def _pages(rest: EtsyRest, shop_id: str, state: str, includes: str) -> AsyncGenerator[Fields, None]:
    return rest.pages(f"/shops/{shop_id}/listings", {"state": state, "includes": includes})
