"""Owns what a message says, and how badly it travels on purpose; must not know why something happened."""

import secrets
from collections.abc import Mapping

import msgspec

from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.webhooks.records import MessageMode, OrderEvent, SentMessage
from sandbox.etsy.webhooks.signing import headers, new_secret
from sandbox.marketplaces.courier import WriteNotice

_MOST_SENT = 1_000
_HOUR_S = 3_600


def announce(sandbox: EtsySandbox, event: OrderEvent, shop: EtsyShop, receipt_id: int) -> None:
    """Soon, where the app has an endpoint that wants to know."""
    book = sandbox.book.webhooks
    if event in book.events:
        for message, write in messages(sandbox, event, shop, receipt_id=receipt_id, mode=book.mode):
            sandbox.courier.start(message.endpoint, write, message.statuses)


def messages(
    sandbox: EtsySandbox, event: OrderEvent, shop: EtsyShop, *, receipt_id: int, mode: MessageMode
) -> list[tuple[SentMessage, WriteNotice]]:
    """The message, three times alike for DUPLICATE, none of them sent yet. A lost one is written down, and that is all.

    The body is flat, and has the address of the receipt at Etsy's public host, not at this sandbox.
    """
    book = sandbox.book.webhooks
    if not book.endpoint:
        return []
    address = f"https://openapi.etsy.com/v3/application/shops/{shop.shop_id}/receipts/{receipt_id}"
    shop_id = str(shop.shop_id) if book.shop_id_is_text else shop.shop_id
    body = msgspec.json.encode({"event_type": event, "resource_url": address, "shop_id": shop_id}).decode()
    message_id = f"msg_{secrets.token_urlsafe(20)}"
    found = []
    for _ in range(3 if mode is MessageMode.DUPLICATE else 1):
        message = SentMessage(message_id, event, mode, book.endpoint, body)
        book.sent.append(message)
        found.append((message, _writer(sandbox, message)))
    del book.sent[:-_MOST_SENT]
    return [] if mode is MessageMode.LOST else found


def _writer(sandbox: EtsySandbox, message: SentMessage) -> WriteNotice:
    book = sandbox.book.webhooks
    signers = [new_secret()] if message.mode == MessageMode.FORGED else list(book.secrets)
    shift_s = {MessageMode.STALE: -_HOUR_S, MessageMode.EARLY: _HOUR_S}.get(MessageMode(message.mode), 0)

    def write(_attempt: int) -> tuple[bytes, Mapping[str, str]]:
        """Each attempt is signed anew, for its own moment, under the same id."""
        body = message.body.encode()
        signed = headers(signers, book.prefix, message_id=message.id, at_s=sandbox.now_s + shift_s, body=body)
        sent = body.replace(b":", b": ", 1) if message.mode == MessageMode.CHANGED else body
        return sent, signed

    return write
