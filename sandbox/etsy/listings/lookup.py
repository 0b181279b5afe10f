"""Owns finding a listing, one's own or anybody's; must not show it."""

from sandbox.etsy.calls import EtsyCall
from sandbox.etsy.errors import EtsyRefusal, missing
from sandbox.etsy.listings.records import Listing
from sandbox.etsy.listings.states import settle
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox


def any_listing(sandbox: EtsySandbox, listing_id: int) -> tuple[EtsyShop, Listing]:
    """Raises EtsyRefusal where there is none."""
    for shop in sandbox.book.shops.values():
        listing = shop.listings.get(listing_id)
        if listing is not None:
            settle(shop, listing, sandbox.now_s)
            return shop, listing
    raise missing("listing", listing_id=listing_id)


def public_listing(sandbox: EtsySandbox, call: EtsyCall) -> tuple[EtsyShop, Listing]:
    """One that everybody may see, or one's own."""
    shop, listing = any_listing(sandbox, call.id("listing_id"))
    is_own = call.grant is not None and call.grant.user_id == shop.seller.user_id
    if listing.state != "active" and not is_own:
        raise missing("listing", listing_id=listing.listing_id)
    return shop, listing


def own_listing(sandbox: EtsySandbox, call: EtsyCall) -> tuple[EtsyShop, Listing]:
    """One of the token's user, and of the shop of the path where it names one."""
    if "shop_id" in call.ids:
        shop = call.own_shop(sandbox)
        if call.id("listing_id") not in shop.listings:
            raise missing("listing", listing_id=call.ids["listing_id"])
    shop, listing = any_listing(sandbox, call.id("listing_id"))
    if call.grant is None or call.grant.user_id != shop.seller.user_id:
        raise EtsyRefusal("You do not have permission to access this listing.", 403)
    return shop, listing
