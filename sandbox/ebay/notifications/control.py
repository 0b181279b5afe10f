"""Owns what a test does to notifications: it sends them, forges, repeats and loses them, and changes the key."""

from typing import Any

import msgspec

from sandbox.ebay.control import shop_of
from sandbox.ebay.notifications.announcing import NoticeMode, notices, user_data
from sandbox.ebay.notifications.keys import made_key
from sandbox.ebay.notifications.topics import TOPICS
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.control import ControlRoute, set_given, takes


class _NoticeOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Without data it is about the seller."""

    topic: str
    seller: str
    data: dict[str, Any] | None = None
    mode: NoticeMode = NoticeMode.NORMAL


class _NoticeRules(msgspec.Struct, forbid_unknown_fields=True):
    """What is absent stays."""

    mode: NoticeMode | None = None
    rotates_every: int | None = None
    pauses_s: tuple[float, ...] | None = None


async def _send(sandbox: EbaySandbox, body: _NoticeOrder) -> object:
    """Until it was delivered or given up: the statuses of its attempts by message."""
    if body.topic not in TOPICS:
        raise ValueError(f"there is no topic {body.topic}")
    seller = shop_of(sandbox, body.seller).seller
    data = user_data(seller) if body.data is None else body.data
    found = notices(sandbox, body.topic, seller, data=data, mode=body.mode)
    for notice, write in found:
        await sandbox.courier.deliver(notice.endpoint, write, notice.statuses)
    return {"sent": [notice for notice, _ in found]}


def _set_rules(sandbox: EbaySandbox, body: _NoticeRules) -> None:
    set_given(sandbox.book.notices, body, "mode", "rotates_every")
    set_given(sandbox.courier, body, "pauses_s")


def _rotate(sandbox: EbaySandbox, _raw: bytes) -> object:
    sandbox.book.notices.keys.append(made_key())
    return {"kid": sandbox.book.notices.keys[-1].kid}


async def _settle(sandbox: EbaySandbox, _raw: bytes) -> object:
    """Waits until nothing is under way, and tells what was sent."""
    await sandbox.courier.settle()
    return {"sent": sandbox.book.notices.sent}


CONTROL = (
    ControlRoute("POST", "notifications", takes(_NoticeOrder, _send)),
    ControlRoute("POST", "notifications/rules", takes(_NoticeRules, _set_rules)),
    ControlRoute("POST", "notifications/rotate", _rotate),
    ControlRoute("GET", "notifications", _settle),
)
