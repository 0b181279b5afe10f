"""Owns the inbox as the site tells it, and replying."""

from sandbox.vinted.calls import Object, VintedCall, VintedReply, VintedRoute, iso, paged
from sandbox.vinted.errors import missing, wrong
from sandbox.vinted.members import Member
from sandbox.vinted.sales.shapes import ASKED, stage_of
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.talks.records import Message, Talk

LONGEST_TEXT = 10_000


def read_inbox(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Those that changed last come first; of each the last words, and no message."""
    rows = sorted(call.member.talks.values(), key=lambda talk: (-talk.updated_s, -talk.conversation_id))
    return paged("conversations", rows, call, lambda talk: None if talk.is_hole else _listed(talk))


def read_talk(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Whole. Reading does not mark it as read."""
    talk = _own(call)
    shown: Object = {
        "id": talk.conversation_id,
        "unread": talk.is_unread,
        "updated_at": iso(talk.updated_s),
        "opposite_user": _opposite(talk),
        "messages": [_shown(message) for message in talk.messages],
        "transaction": _transaction(call.member, talk),
        "allow_reply": True,
    }
    return VintedReply({"conversation": shown | talk.shown, "code": 0})


def reply(sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """The same text again is another message."""
    talk, given = _own(call), call.body().get("reply")
    text = given.get("body") if isinstance(given, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise wrong("body", "The message is empty.")
    if len(text) > LONGEST_TEXT:
        raise wrong("body", f"A message has at most {LONGEST_TEXT} characters.")
    message = Message(sandbox.number(), call.member.member_id, text, sandbox.now_s)
    talk.messages.append(message)
    talk.updated_s, talk.is_unread = sandbox.now_s, False
    return VintedReply({"message": _shown(message), "code": 0})


def mark_read(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    _own(call).is_unread = False
    return VintedReply({"code": 0})


def _own(call: VintedCall) -> Talk:
    talk = call.member.talks.get(call.id("conversation_id"))
    if talk is None:
        raise missing()
    return talk


def _listed(talk: Talk) -> Object:
    return {
        "id": talk.conversation_id,
        "item_count": 1 if talk.item_id else 0,
        "description": talk.messages[-1].body if talk.messages else "",
        "unread": talk.is_unread,
        "updated_at": iso(talk.updated_s),
        "opposite_user": _opposite(talk),
        "item_photos": [],
        "is_deletion_restricted": False,
    } | talk.shown


def _opposite(talk: Talk) -> Object:
    return {"id": talk.buyer_id, "login": talk.login, "photo": None}


def _shown(message: Message) -> Object:
    """Who wrote it and when stand at different depths."""
    entity = {"id": message.message_id, "body": message.body, "user_id": message.author_id, "photos": []}
    return {
        "id": message.message_id,
        "entity_type": message.kind,
        "entity": entity,
        "created_at_ts": iso(message.at_s),
    }


def _transaction(member: Member, talk: Talk) -> Object | None:
    """Also where nothing was bought: it has a number from the first word about an item on."""
    if talk.item_id is None:
        return None
    item, sale = member.items.get(talk.item_id), member.sales.get(talk.transaction_id or 0)
    return {
        "id": talk.transaction_id,
        "status": stage_of(sale).number if sale else ASKED.number,
        "item_id": talk.item_id,
        "item_ids": [talk.item_id],
        "item_title": item.given["title"] if item else "",
        "current_user_side": "seller",
        "seller_id": member.member_id,
        "buyer_id": talk.buyer_id,
    }


_TALK = "/conversations/{conversation_id}"
CALLS = (
    VintedRoute("GET", "/inbox", "inbox.list", read_inbox),
    VintedRoute("GET", _TALK, "conversations.read", read_talk),
    VintedRoute("POST", f"{_TALK}/replies", "conversations.reply", reply),
    VintedRoute("PUT", f"{_TALK}/mark_as_read", "conversations.mark_read", mark_read),
)
