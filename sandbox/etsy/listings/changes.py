"""Owns changing and deleting a listing; what is in its inventory is not changed here."""

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute
from sandbox.etsy.errors import EtsyRefusal
from sandbox.etsy.listings.lookup import own_listing
from sandbox.etsy.listings.shapes import shown_listing
from sandbox.etsy.listings.states import change_state, check_deletable
from sandbox.etsy.listings.values import check_given, read_given
from sandbox.etsy.state import EtsySandbox


def update_listing(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """Price, quantity, SKU and readiness state are ignored without a word: they are the inventory's."""
    shop, listing = own_listing(sandbox, call)
    fields = call.fields()
    given = read_given(fields)
    check_given(shop, given, year=sandbox.clock.now().year)
    if given.get("type") == "download" and len(listing.inventory.offerings) > 1:
        raise EtsyRefusal("A digital listing cannot have variations.", 409)
    state = fields.text("state")
    before = dict(listing.given)
    listing.given.update(given)
    try:
        if state is not None:
            change_state(shop, listing, state, now_s=sandbox.now_s)
    except EtsyRefusal:
        listing.given = before
        raise
    listing.updated_s = sandbox.now_s
    return EtsyReply(shown_listing(sandbox, shop, listing, []))


def delete_listing(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop, listing = own_listing(sandbox, call)
    check_deletable(listing)
    del shop.listings[listing.listing_id]
    return EtsyReply(status=204)


CALLS = (
    EtsyRoute("PATCH", "/shops/{shop_id}/listings/{listing_id}", "listings.update", "listings_w", update_listing),
    EtsyRoute("DELETE", "/listings/{listing_id}", "listings.delete", "listings_d", delete_listing),
)
