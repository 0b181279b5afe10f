"""Etsy as a source of notices: its events in our words, and the secrets that prove them; calls nothing.

Etsy sends them to apps with commercial access alone, whose owner registers our address in Etsy's webhook portal. The
`resource_url` of an event is never called: whose shop it is about is what a message is taken for, and the number of a
receipt that was paid or cancelled.
"""

import re
from dataclasses import dataclass

from integrations.errors import InvalidResponse
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.selling.notices import NoticeCall, NoticeKind, SellerNotice
from integrations.selling.standard_webhooks import key_of, proved
from integrations.selling.values import Fields, decoded

# order.paid, order.canceled, order.shipped, order.delivered, and whatever else Etsy comes to tell of orders.
_OF_ORDERS = "order."
# Etsy's list of changes leaves out what was cancelled (etsy/open-api 604 and 629), and of a sale nobody waits for the
# next list.
_READ_ALONE = ("order.paid", "order.canceled", "order.cancelled")
_RECEIPT = re.compile(r"/receipts/([0-9]{1,18})(?![0-9A-Za-z])")
_LARGEST_ID = 2**63 - 1
_LONGEST_ID = len(str(_LARGEST_ID))


@dataclass(frozen=True, slots=True)
class EtsyNotices:
    """A NoticeSource. Each of the app's secrets may sign a message; without one no message is taken."""

    marketplace: EtsyMarketplace

    @property
    def settings(self) -> str:
        return "ETSY_WEBHOOK_SECRETS"

    @property
    def is_set_up(self) -> bool:
        return bool(self.marketplace.app.webhook_secrets)

    @property
    def registration(self) -> None:
        """None: it is done in Etsy's portal."""

    async def read(self, call: NoticeCall) -> SellerNotice:
        signed = proved(
            call, keys=[key_of(secret) for secret in self.marketplace.app.webhook_secrets], now=self.marketplace.clock()
        )
        try:
            event = Fields.of(decoded(call.body)).raw
        except ValueError:
            event = {}
        topic = event.get("event_type")
        if not isinstance(topic, str) or not topic.isprintable():
            raise InvalidResponse("Etsy sent a message without the type of its event.")
        shop_id = _id_in(event.get("shop_id"))
        # Without a shop there is nobody to wake; the message is stored, so that it can be seen that it came.
        kind = NoticeKind.ORDER if shop_id and topic.startswith(_OF_ORDERS) else NoticeKind.OTHER
        order_id = _receipt_in(event.get("resource_url")) if topic in _READ_ALONE else None
        return SellerNotice(signed.message_id, kind, topic, signed.sent_at, shop_id, None, order_id)


def _receipt_in(address: object) -> str | None:
    found = _RECEIPT.search(address) if isinstance(address, str) else None
    return found[1] if found else None


def _id_in(value: object) -> str | None:
    """Etsy's documentation has the shop's id as a text, its messages as a number: either is taken."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_ID:
        value = int(value)
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_ID
    return str(value) if is_id else None
