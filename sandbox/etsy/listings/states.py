"""Owns which state a listing may have next, and what that costs; must not speak HTTP."""

from sandbox.etsy.errors import EtsyRefusal, field_refusal
from sandbox.etsy.listings.records import Listing
from sandbox.etsy.shops import EtsyShop, Fee

# Four months, for which a listing is paid.
LIFE_S = 120 * 86_400
_DELETABLE = ("active", "inactive", "draft", "sold_out", "expired")


def settle(shop: EtsyShop, listing: Listing, now_s: int) -> None:
    """What time did to a listing: once it is over, it has expired, or it was renewed, for a fee."""
    while listing.state == "active" and listing.ending_s is not None and listing.ending_s <= now_s:
        if listing.given.get("should_auto_renew"):
            shop.fees.append(Fee(listing.listing_id, "renew", listing.ending_s))
            listing.ending_s += LIFE_S
        else:
            enter(listing, "expired", listing.ending_s)


def enter(listing: Listing, state: str, now_s: int) -> None:
    listing.state, listing.state_s, listing.updated_s = state, now_s, now_s


def change_state(shop: EtsyShop, listing: Listing, wanted: str, *, now_s: int) -> None:
    """As updateListing does it; raises EtsyRefusal."""
    if wanted == listing.state:
        return
    match wanted:
        case "active":
            _activate(shop, listing, now_s)
        case "inactive":
            _deactivate(listing, now_s)
        case _:
            raise EtsyRefusal("Invalid value for 'state'. Must be one of: active, inactive")


def check_deletable(listing: Listing) -> None:
    if listing.state not in _DELETABLE:
        raise EtsyRefusal(f"Cannot delete a listing in this state: state = {listing.state}", 409)


def _activate(shop: EtsyShop, listing: Listing, now_s: int) -> None:
    """A draft is published, what was ended or sold out is renewed: each for a fee. What was paused is not."""
    if listing.state not in ("draft", "inactive", "expired", "sold_out"):
        known = f"state = {listing.state}, listing_id = {listing.listing_id}, ending_tsz = {listing.ending_s}"
        raise EtsyRefusal(f"Cannot activate a listing in this state: {known}")
    if not listing.images:
        raise EtsyRefusal("A listing must have at least one image to be active.")
    _check_profiles(listing)
    if listing.state == "sold_out":
        offering = listing.inventory.offerings[0]
        offering.quantity, offering.is_enabled = 1, True
    if listing.inventory.quantity == 0:
        raise field_refusal("quantity", "cannot be empty")
    is_paid = listing.state == "inactive" and listing.ending_s is not None and listing.ending_s > now_s
    if not is_paid:
        kind = "publish" if listing.ending_s is None else "renew"
        shop.fees.append(Fee(listing.listing_id, kind, now_s))
        listing.ending_s = now_s + LIFE_S
    enter(listing, "active", now_s)


def _check_profiles(listing: Listing) -> None:
    if listing.given.get("type", "physical") == "download":
        return
    for name in ("shipping_profile_id", "return_policy_id"):
        if listing.given.get(name) is None:
            raise EtsyRefusal(f"A {name} is required for physical listings.")


def _deactivate(listing: Listing, now_s: int) -> None:
    if listing.state == "sold_out":
        raise field_refusal("quantity", "cannot be empty")
    if listing.state != "active":
        raise EtsyRefusal(f"Cannot deactivate a listing in this state: state = {listing.state}")
    enter(listing, "inactive", now_s)
