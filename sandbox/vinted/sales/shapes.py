"""Owns how a sale looks in the list of orders, and alone as a transaction."""

from sandbox.vinted.calls import Object, iso, money
from sandbox.vinted.members import Member
from sandbox.vinted.sales.records import STAGES, Sale, Stage
from sandbox.vinted.talks.records import Talk

# A stage that control made up: the numbers of the site may be any.
_UNKNOWN = Stage(999, "Something else", "waiting", "in_progress")
# A buyer has written, and bought nothing yet: no order, though it has a number. The status is ours.
ASKED = Stage(1, "Nothing was bought", "waiting", "")


def stage_of(sale: Sale) -> Stage:
    return STAGES.get(sale.stage, _UNKNOWN)


def listed_sale(member: Member, sale: Sale) -> Object:
    """There is no item in it, no buyer, and one date: that of the sale."""
    stage = stage_of(sale)
    return {
        "conversation_id": sale.conversation_id,
        "transaction_id": sale.transaction_id,
        "title": _title(sale),
        "price": money(sale.price, member.currency),
        "status": stage.title,
        "date": iso(sale.placed_s),
        "photo": None,
        "photo_url": None,
        "transaction_user_status": stage.user_status,
    } | sale.shown


def shown_sale(member: Member, sale: Sale) -> Object:
    stage = stage_of(sale)
    things = [
        {"id": thing.item_id, "title": thing.title, "price": money(thing.price, member.currency)}
        for thing in sale.things
    ]
    return {
        "id": sale.transaction_id,
        "status": stage.number,
        "status_title": stage.title,
        "status_updated_at": iso(sale.updated_s),
        "created_at": iso(sale.placed_s),
        "user_msg_thread_id": sale.conversation_id,
        "current_user_side": "seller",
        "seller_id": member.member_id,
        "buyer_id": sale.buyer_id,
        "buyer": {"id": sale.buyer_id, "login": sale.login, "country_iso_code": sale.country},
        "is_bundle": len(sale.things) > 1,
        "item_count": len(sale.things),
        "item_id": sale.things[0].item_id,
        "item_ids": [thing.item_id for thing in sale.things],
        "item_title": _title(sale),
        "order": {"id": sale.transaction_id, "items": things},
        "offer": {"price": money(sale.price, member.currency)},
        "service_fee": money(sale.fee, member.currency),
        "shipment": _shipment(member, sale),
        "refunds": [
            {"id": each.refund_id, "amount": money(each.amount, member.currency), "created_at": iso(each.at_s)}
            for each in sale.refunds
        ],
    } | sale.shown


def asked_sale(member: Member, talk: Talk) -> Object:
    """Of a conversation about an item that the buyer has not bought."""
    item = member.items.get(talk.item_id or 0)
    return {
        "id": talk.transaction_id,
        "status": ASKED.number,
        "status_title": ASKED.title,
        "status_updated_at": iso(talk.updated_s),
        "user_msg_thread_id": talk.conversation_id,
        "current_user_side": "seller",
        "seller_id": member.member_id,
        "buyer_id": talk.buyer_id,
        "item_id": talk.item_id,
        "item_ids": [talk.item_id],
        "item_title": item.given["title"] if item else "",
        "offer": None,
        "shipment": None,
    }


def _shipment(member: Member, sale: Sale) -> Object:
    return {
        "id": sale.transaction_id + 1,
        "price": money(sale.shipping, member.currency),
        "carrier": {"name": sale.carrier} if sale.carrier else None,
        "tracking_code": sale.tracking,
        "status_title": stage_of(sale).title,
    }


def _title(sale: Sale) -> str:
    return sale.things[0].title if len(sale.things) == 1 else f"Bundle of {len(sale.things)} items"
