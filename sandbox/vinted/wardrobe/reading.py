"""Owns who is signed in, and what a member offers: the list, and one item as its owner edits it."""

from sandbox.vinted.calls import Object, VintedCall, VintedReply, VintedRoute, paged
from sandbox.vinted.errors import denied, missing
from sandbox.vinted.members import Member
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.wardrobe.lookup import listed_items, own_item
from sandbox.vinted.wardrobe.shapes import edited_item, listed_item

# What only the owner sees in the list.
_PRIVATE = ("hidden", "draft")


def read_me(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    return VintedReply(
        {"user": _shown(sandbox, call.member) | {"email": f"{call.member.login}@example.com"}, "code": 0}
    )


def read_member(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    return VintedReply({"user": _shown(sandbox, _member(sandbox, call)), "code": 0})


def list_wardrobe(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Public, with what was sold; the newest first, whatever order is asked for."""
    member = _member(sandbox, call)
    is_own = call.viewer is member
    rows = [item for item in listed_items(sandbox, member) if is_own or item.state not in _PRIVATE]
    return paged("items", rows, call, lambda item: None if item.is_hole else listed_item(member, item, sandbox.url))


def read_item(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Of its owner alone, and no longer when it is sold."""
    item = own_item(sandbox, call.member, call.id("item_id"))
    if item.state == "sold":
        raise denied("This item is sold.")
    has_money = call.headers.get("x-money-object") == "true"
    return VintedReply({"item": edited_item(call.member, item, sandbox.url, has_money=has_money), "code": 0})


def _member(sandbox: VintedSandbox, call: VintedCall) -> Member:
    member = sandbox.book.members.get(call.id("member_id"))
    if member is None:
        raise missing()
    return member


def _shown(sandbox: VintedSandbox, member: Member) -> Object:
    path = f"/member/{member.member_id}-{member.login}"
    return {
        "id": member.member_id,
        "login": member.login,
        "path": path,
        "profile_url": sandbox.url + path,
        "item_count": sum(item.state == "live" for item in member.items.values()),
        "country_code": member.country,
        "currency": member.currency,
        "photo": None,
        "feedback_count": 0,
        "feedback_reputation": 0,
    }


CALLS = (
    VintedRoute("GET", "/users/current", "users.current", read_me),
    VintedRoute("GET", "/users/{member_id}", "users.read", read_member, is_public=True),
    VintedRoute("GET", "/wardrobe/{member_id}/items", "wardrobe.list", list_wardrobe, is_public=True),
    VintedRoute("GET", "/item_upload/items/{item_id}", "items.read", read_item),
)
