"""Owns what the app has set up for messages, and what was sent; must not send."""

from enum import StrEnum

import msgspec


class OrderEvent(StrEnum):
    PAID = "order.paid"
    CANCELED = "order.canceled"
    SHIPPED = "order.shipped"
    DELIVERED = "order.delivered"


class MessageMode(StrEnum):
    """FORGED is signed with a secret that is not the app's, CHANGED was altered on its way, STALE says an hour ago,
    EARLY an hour ahead.
    """

    NORMAL = "NORMAL"
    DUPLICATE = "DUPLICATE"
    LOST = "LOST"
    FORGED = "FORGED"
    CHANGED = "CHANGED"
    STALE = "STALE"
    EARLY = "EARLY"


class SentMessage(msgspec.Struct):
    """`statuses` of every attempt, 0 where nobody answered."""

    id: str
    event: str
    mode: str
    endpoint: str
    body: str
    statuses: list[int] = []


class WebhookBook(msgspec.Struct):
    """`secrets` sign each message, one signature each; `prefix` stands before every signature, such as `v1,`.

    `mode` is how messages travel that nobody sent by hand; events that are not in `events` are not sent.
    """

    endpoint: str | None = None
    secrets: list[str] = []
    prefix: str = "v1,"
    # A text is what Etsy's documentation has, a number what its messages have.
    shop_id_is_text: bool = False
    events: list[OrderEvent] = msgspec.field(default_factory=lambda: list(OrderEvent))
    mode: MessageMode = MessageMode.NORMAL
    sent: list[SentMessage] = []
