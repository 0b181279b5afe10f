"""Owns what a test does to messages: it sets up the endpoint, sends, forges, repeats and loses them."""

import msgspec

from sandbox.etsy.control import shop_of
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.webhooks.announcing import messages
from sandbox.etsy.webhooks.records import MessageMode, OrderEvent
from sandbox.etsy.webhooks.signing import new_secret, signature
from sandbox.marketplaces.control import ControlRoute, set_given, takes


class _Portal(msgspec.Struct, forbid_unknown_fields=True):
    """What the app's portal at Etsy has; what is absent stays, and without an endpoint nothing is
    sent. Secrets are `whsec_` and base64.
    """

    endpoint: str | None = None
    secrets: list[str] | None = None
    prefix: str | None = None
    shop_id_is_text: bool | None = None
    events: list[OrderEvent] | None = None
    mode: MessageMode | None = None
    pauses_s: tuple[float, ...] | None = None


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    event: OrderEvent
    shop: int | str
    receipt_id: int
    mode: MessageMode = MessageMode.NORMAL


def _set_up(sandbox: EtsySandbox, body: _Portal) -> object:
    book = sandbox.book.webhooks
    for secret in body.secrets or ():
        signature(secret, "", 0, b"")
    set_given(book, body, "endpoint", "secrets", "prefix", "shop_id_is_text", "events", "mode")
    set_given(sandbox.courier, body, "pauses_s")
    return {"endpoint": book.endpoint, "secrets": book.secrets}


def _rotate(sandbox: EtsySandbox, _raw: bytes) -> object:
    """A new secret, which signs beside the one before: both are good for a while."""
    book = sandbox.book.webhooks
    book.secrets = [new_secret(), *book.secrets[:1]]
    return {"secrets": book.secrets}


async def _send(sandbox: EtsySandbox, body: _Message) -> object:
    """Until it was delivered or given up: the statuses of its attempts."""
    shop = shop_of(sandbox, body.shop)
    found = messages(sandbox, body.event, shop, receipt_id=body.receipt_id, mode=body.mode)
    for message, write in found:
        await sandbox.courier.deliver(message.endpoint, write, message.statuses)
    return {"sent": [message for message, _ in found]}


async def _settle(sandbox: EtsySandbox, _raw: bytes) -> object:
    """Waits until nothing is under way, and tells what was sent."""
    await sandbox.courier.settle()
    return {"sent": sandbox.book.webhooks.sent}


CONTROL = (
    ControlRoute("POST", "webhooks", takes(_Portal, _set_up)),
    ControlRoute("POST", "webhooks/rotate", _rotate),
    ControlRoute("POST", "webhooks/send", takes(_Message, _send)),
    ControlRoute("GET", "webhooks", _settle),
)
