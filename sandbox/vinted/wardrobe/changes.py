"""Owns putting items up, writing them anew, hiding and deleting them."""

from sandbox.vinted.calls import Object, VintedCall, VintedReply, VintedRoute
from sandbox.vinted.errors import denied, wrong
from sandbox.vinted.members import Member
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.wardrobe.lookup import own_item
from sandbox.vinted.wardrobe.records import Item
from sandbox.vinted.wardrobe.shapes import edited_item
from sandbox.vinted.wardrobe.values import check_item, item_of, photo_ids_of

MOST_PHOTOS = 20


def create_item(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Nothing keeps two equal ones apart: the same request again makes another item."""
    member = call.member
    _check_may(member)
    body = item_of(call.body())
    given = check_item(body, currency=member.currency)
    photo_ids = photo_ids_of(body, lambda number: _is_fresh(member, number, body), most=MOST_PHOTOS)
    now_s = sandbox.now_s
    item = Item(sandbox.number(), given, photo_ids, now_s, now_s, listed_s=sandbox.now + sandbox.listing_delay_s)
    member.items[item.item_id] = item
    _bind(member, item)
    return _answer(sandbox, member, item)


def update_item(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Everything is replaced: what the body does not say is gone, photos too."""
    member, item = call.member, own_item(sandbox, call.member, call.id("item_id"))
    _check_may(member)
    if item.state == "sold":
        raise denied("This item is sold.")
    body = item_of(call.body())
    if body.get("id", item.item_id) != item.item_id:
        raise wrong("id", "The item is another one than the address has.")
    given = check_item(body, currency=member.currency)
    item.photo_ids = photo_ids_of(
        body, lambda number: number in item.photo_ids or _is_fresh(member, number, body), most=MOST_PHOTOS
    )
    item.given, item.updated_s = given, sandbox.now_s
    _bind(member, item)
    return _answer(sandbox, member, item)


def delete_item(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """For good. What is sold stays."""
    item = own_item(sandbox, call.member, call.id("item_id"))
    _check_may(call.member)
    if item.state == "sold":
        raise denied("This item is sold.")
    del call.member.items[item.item_id]
    return VintedReply({"code": 0, "message_code": "ok"})


def hide_item(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    item = own_item(sandbox, call.member, call.id("item_id"))
    _check_may(call.member)
    is_hidden = call.body().get("is_hidden")
    if not isinstance(is_hidden, bool):
        raise wrong("is_hidden", "Say whether it is hidden.")
    if item.state not in ("live", "hidden"):
        raise denied("This item cannot be hidden.")
    item.state, item.updated_s = "hidden" if is_hidden else "live", sandbox.now_s
    return VintedReply({"code": 0, "message_code": "ok"})


def _check_may(member: Member) -> None:
    if member.is_restricted:
        raise denied("You cannot do this for now: your account is restricted.")


def _is_fresh(member: Member, photo_id: int, body: Object) -> bool:
    """Uploaded in the same session, for no item yet."""
    photo = member.photos.get(photo_id)
    return photo is not None and photo.item_id is None and photo.temp_uuid == body.get("temp_uuid")


def _bind(member: Member, item: Item) -> None:
    for photo_id in item.photo_ids:
        member.photos[photo_id].item_id = item.item_id


def _answer(sandbox: VintedSandbox, member: Member, item: Item) -> VintedReply:
    return VintedReply({"item": edited_item(member, item, sandbox.url, has_money=True), "code": 0})


CALLS = (
    VintedRoute("POST", "/item_upload/items", "items.create", create_item),
    VintedRoute("PUT", "/item_upload/items/{item_id}", "items.update", update_item),
    VintedRoute("POST", "/items/{item_id}/delete", "items.delete", delete_item),
    VintedRoute("PUT", "/items/{item_id}/is_hidden", "items.hide", hide_item),
)
