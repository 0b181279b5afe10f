"""Owns making a draft; must not publish it."""

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute
from sandbox.etsy.errors import EtsyRefusal, FieldRefusal, field_refusal, missing
from sandbox.etsy.fields import Fields
from sandbox.etsy.listings.records import Inventory, Listing, Object, Offering, Picture, Product
from sandbox.etsy.listings.shapes import shown_listing
from sandbox.etsy.listings.values import check_given, check_price, check_quantity, check_readiness, read_given
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox

_NEEDED = ("quantity", "title", "description", "price", "who_made", "when_made", "taxonomy_id")


def create_draft(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    shop, fields = call.own_shop(sandbox), call.fields()
    try:
        listing = _draft(sandbox, shop, fields)
    except FieldRefusal as refusal:
        raise refusal.as_list() from None
    shop.listings[listing.listing_id] = listing
    return EtsyReply(shown_listing(sandbox, shop, listing, []), 201)


def _draft(sandbox: EtsySandbox, shop: EtsyShop, fields: Fields) -> Listing:
    given = read_given(fields)
    fields.need(*_NEEDED)
    given.setdefault("is_supply", False)
    given.setdefault("type", "physical")
    check_given(shop, given, year=sandbox.clock.now().year)
    readiness = _readiness(shop, fields, given)
    offering = Offering(
        sandbox.number(),
        check_quantity(fields.whole("quantity") or 0),
        check_price(shop, fields.decimal("price")),
        readiness_state_id=readiness,
    )
    images = _known_pictures(shop, fields.numbers("image_ids") or [])
    inventory = Inventory([Product(sandbox.number(), "", [offering])])
    now_s = sandbox.now_s
    return Listing(sandbox.number(), "draft", given, inventory, now_s, now_s, now_s, images=images)


def _readiness(shop: EtsyShop, fields: Fields, given: Object) -> int | None:
    """What something that is sent needs; a download needs none of it."""
    if given["type"] == "download":
        return None
    for name in ("shipping_profile_id", "readiness_state_id"):
        if name not in fields:
            raise EtsyRefusal(f"A {name} is required for physical listings.")
    if "return_policy_id" not in given:
        raise field_refusal("return/policy", "cannot be null")
    return check_readiness(shop, fields.whole("readiness_state_id") or 0)


def _known_pictures(shop: EtsyShop, ids: list[int]) -> list[Picture]:
    """Pictures that the shop has added to a listing before."""
    known = {each.listing_image_id: each for listing in shop.listings.values() for each in listing.images}
    for image_id in ids:
        if image_id not in known:
            raise missing("listing image", listing_image_id=image_id)
    return [known[image_id] for image_id in dict.fromkeys(ids)]


CALLS = (EtsyRoute("POST", "/shops/{shop_id}/listings", "listings.create_draft", "listings_w", create_draft),)
