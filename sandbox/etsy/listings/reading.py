"""Owns the lists of listings and reading one; must not change any."""

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, choice_of, listed, page_of, words_of
from sandbox.etsy.errors import EtsyRefusal, missing
from sandbox.etsy.fields import whole_number
from sandbox.etsy.listings.lookup import public_listing
from sandbox.etsy.listings.shapes import INCLUDES, ONE_INCLUDES, shown_listing
from sandbox.etsy.listings.states import settle
from sandbox.etsy.state import EtsySandbox

_STATES = ("active", "inactive", "sold_out", "draft", "expired")
_MOST_BATCH = 100


def list_listings(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """Of one state, active ones where none is named; the newest first."""
    shop = call.own_shop(sandbox)
    state = choice_of(call, "state", _STATES, default="active")
    limit, offset = page_of(call)
    includes = words_of(call, "includes", INCLUDES)
    for each in shop.listings.values():
        settle(shop, each, sandbox.now_s)
    found = sorted(
        (each for each in shop.listings.values() if each.state == state),
        key=lambda each: (each.created_s, each.listing_id),
        reverse=True,
    )
    page = found[offset : offset + limit]
    return listed([shown_listing(sandbox, shop, each, includes) for each in page], len(found))


def read_listing(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop, listing = public_listing(sandbox, call)
    return EtsyReply(shown_listing(sandbox, shop, listing, words_of(call, "includes", ONE_INCLUDES)))


def read_batch(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """Of many ids those that are there; others are left out without a word."""
    words = [word for text in call.query.getlist("listing_ids") for word in text.split(",") if word]
    if not words:
        raise EtsyRefusal("Missing Input Parameter: [listing_ids]")
    ids = [whole_number(word) for word in words]
    if len(ids) > _MOST_BATCH or None in ids:
        raise EtsyRefusal("listing_ids must be at most 100 numbers")
    includes = words_of(call, "includes", ONE_INCLUDES)
    shown: list[object] = []
    for shop in sandbox.book.shops.values():
        is_own = call.grant is not None and call.grant.user_id == shop.seller.user_id
        found = (shop.listings[each] for each in ids if each in shop.listings)
        shown += [shown_listing(sandbox, shop, each, includes) for each in found if each.state == "active" or is_own]
    return listed(shown)


def list_active(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """What everybody sees of a shop."""
    shop = sandbox.book.shops.get(call.id("shop_id"))
    if shop is None:
        raise missing("shop", shop_id=call.ids["shop_id"])
    limit, offset = page_of(call)
    found = [each for each in shop.listings.values() if each.state == "active"]
    includes = words_of(call, "includes", INCLUDES)
    page = found[offset : offset + limit]
    return listed([shown_listing(sandbox, shop, each, includes) for each in page], len(found))


CALLS = (
    EtsyRoute("GET", "/shops/{shop_id}/listings", "listings.list", "listings_r", list_listings),
    EtsyRoute("GET", "/shops/{shop_id}/listings/active", "listings.list_active", None, list_active),
    EtsyRoute("GET", "/listings/batch", "listings.batch", None, read_batch),
    EtsyRoute("GET", "/listings/{listing_id}", "listings.read", None, read_listing),
)
