"""Owns finding items: a member's own, anybody's, and those that lists have."""

from sandbox.vinted.errors import denied, missing
from sandbox.vinted.members import Member
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.wardrobe.records import Item


def find_item(sandbox: VintedSandbox, item_id: int) -> Item | None:
    return next((each.items[item_id] for each in sandbox.book.members.values() if item_id in each.items), None)


def own_item(sandbox: VintedSandbox, member: Member, item_id: int) -> Item:
    """403 for another's, 404 for what nobody has."""
    item = member.items.get(item_id)
    if item is None:
        raise missing() if find_item(sandbox, item_id) is None else denied("This item is not yours.")
    return item


def listed_items(sandbox: VintedSandbox, member: Member) -> list[Item]:
    """The newest first. What was just put up is not in it yet."""
    return sorted(
        (item for item in member.items.values() if item.listed_s <= sandbox.now),
        key=lambda item: (-item.created_s, -item.item_id),
    )
