"""Owns what a test does to the inbox: buyers write, conversations are missing or cannot be read."""

from typing import Any

from sandbox.marketplaces.control import ControlRoute, takes
from sandbox.meta.data.dice import throws
from sandbox.vinted.control import MemberOrder, member_named
from sandbox.vinted.members import Member
from sandbox.vinted.state import VintedSandbox
from sandbox.vinted.talks.records import Message, Talk


class Written(MemberOrder, forbid_unknown_fields=True, kw_only=True):
    """A buyer writes, about an item or none. `kind` other than `message`: what the site writes by itself."""

    text: str
    buyer: str = "buyer_anna"
    item_id: int | None = None
    at_s: int | None = None
    kind: str = "message"


class _TalkOrder(MemberOrder, forbid_unknown_fields=True, kw_only=True):
    conversation_id: int


class _Hole(_TalkOrder, forbid_unknown_fields=True):
    is_hole: bool = True


class _Spoil(_TalkOrder, forbid_unknown_fields=True, kw_only=True):
    fields: dict[str, Any]


def buyer_id_of(login: str) -> int:
    """The same for the same name."""
    return 300_000_000 + int(throws("vinted-buyer", login)[0] * 100_000_000)


def talk_about(sandbox: VintedSandbox, member: Member, login: str, item_id: int | None) -> Talk:
    """The one there is, or a new one."""
    talk = member.talk_with(login, item_id)
    if talk is None:
        talk = Talk(sandbox.number(), buyer_id_of(login), login, sandbox.now_s, item_id)
        talk.transaction_id = None if item_id is None else sandbox.first_of(2)
        member.talks[talk.conversation_id] = talk
    return talk


def write(sandbox: VintedSandbox, body: Written) -> Talk:
    member = member_named(sandbox, body.member)
    if body.item_id is not None and body.item_id not in member.items:
        raise ValueError(f"the member has no item {body.item_id}")
    talk = talk_about(sandbox, member, body.buyer, body.item_id)
    at_s = sandbox.now_s if body.at_s is None else body.at_s
    talk.messages.append(Message(sandbox.number(), talk.buyer_id, body.text, at_s, body.kind))
    talk.updated_s, talk.is_unread = at_s, True
    return talk


def _write(sandbox: VintedSandbox, body: Written) -> object:
    talk = write(sandbox, body)
    return {"conversation_id": talk.conversation_id, "message_id": talk.messages[-1].message_id}


def _talk(sandbox: VintedSandbox, body: _TalkOrder) -> Talk:
    talk = member_named(sandbox, body.member).talks.get(body.conversation_id)
    if talk is None:
        raise ValueError(f"there is no conversation {body.conversation_id}")
    return talk


def _make_hole(sandbox: VintedSandbox, body: _Hole) -> None:
    _talk(sandbox, body).is_hole = body.is_hole


def _spoil(sandbox: VintedSandbox, body: _Spoil) -> None:
    _talk(sandbox, body).shown = body.fields


CONTROL = (
    ControlRoute("POST", "messages/write", takes(Written, _write)),
    ControlRoute("POST", "conversations/hole", takes(_Hole, _make_hole)),
    ControlRoute("POST", "conversations/spoil", takes(_Spoil, _spoil)),
)
