"""Owns what a message says, who gets it, and how badly it travels on purpose; must not know what it is about."""

from base64 import b64encode
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from sandbox.ebay.notifications.keys import made_key, signature_header
from sandbox.ebay.notifications.records import NoticeKey, SentNotice, TopicSubscription
from sandbox.ebay.notifications.topics import ORDER_CONFIRMED, SCHEMA_VERSION, SHIPPED, TOPICS
from sandbox.ebay.orders.shelf import Object
from sandbox.ebay.sellers import Seller, Shop
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.courier import WriteNotice

_MOST_SENT = 1_000


class NoticeMode(StrEnum):
    """FORGED is signed by somebody else in the name of a key of eBay's, CHANGED was altered on its way."""

    NORMAL = "NORMAL"
    DUPLICATE = "DUPLICATE"
    LOST = "LOST"
    FORGED = "FORGED"
    UNKNOWN_KID = "UNKNOWN_KID"
    CHANGED = "CHANGED"


def announce(sandbox: EbaySandbox, topic: str, seller: Seller | None, data: Mapping[str, Any]) -> None:
    """To every subscription that it concerns, soon; without one nothing is sent."""
    for notice, write in notices(sandbox, topic, seller, data=data, mode=NoticeMode(sandbox.book.notices.mode)):
        sandbox.courier.start(notice.endpoint, write, notice.statuses)


def announce_sale(sandbox: EbaySandbox, shop: Shop, order: Object) -> None:
    """A message for every line, as eBay sends them."""
    for line in order["lineItems"]:
        sold = {
            "orderLineItemId": line["lineItemId"],
            "listingId": line["legacyItemId"],
            "quantity": line["quantity"],
        }
        data = {
            "user": {"userId": shop.seller.user_id, "username": shop.seller.username},
            "order": {"orderId": order["orderId"], "orderLineItems": [sold]},
        }
        announce(sandbox, ORDER_CONFIRMED, shop.seller, data)


def announce_shipment(sandbox: EbaySandbox, shop: Shop, order: Object, line_ids: list[str]) -> None:
    """The message has the listing, and no order (unconfirmed)."""
    for line in order["lineItems"]:
        if line["lineItemId"] in line_ids:
            shipped = {
                "itemId": line["legacyItemId"],
                "publicUserId": shop.seller.user_id,
                "username": shop.seller.username,
            }
            announce(sandbox, SHIPPED, shop.seller, {"itemMarkedShipped": shipped})


def user_data(seller: Seller) -> dict[str, str]:
    """Of messages about a user."""
    token = b64encode(seller.user_id.encode()).decode()
    return {"username": seller.username, "userId": seller.user_id, "eiasToken": token}


def notices(
    sandbox: EbaySandbox, topic: str, seller: Seller | None, *, data: Mapping[str, Any], mode: NoticeMode
) -> list[tuple[SentNotice, WriteNotice]]:
    """A message for each enabled subscription, none of them sent yet. A lost one is written down, and that is all."""
    found = []
    for subscription in sandbox.book.notices.subscriptions.values():
        if _is_for(sandbox, subscription, topic, seller):
            for notice, write in prepared(sandbox, subscription, data=data, mode=mode):
                found.append((notice, write))
    return found if mode is not NoticeMode.LOST else []


def prepared(
    sandbox: EbaySandbox, subscription: TopicSubscription, *, data: Mapping[str, Any], mode: NoticeMode
) -> list[tuple[SentNotice, WriteNotice]]:
    """One message of a subscription, or three alike."""
    endpoint = sandbox.book.notices.destinations[subscription.destination_id].endpoint
    number = sandbox.number()
    key = signing_key(sandbox)
    found = []
    for _ in range(3 if mode is NoticeMode.DUPLICATE else 1):
        notice = SentNotice(f"sandbox-notification-{number}", subscription.topic, mode, endpoint)
        sandbox.book.notices.sent.append(notice)
        found.append((notice, _writer(sandbox, notice, data=data, key=key)))
    del sandbox.book.notices.sent[:-_MOST_SENT]
    return found


def signing_key(sandbox: EbaySandbox) -> NoticeKey:
    """The newest, after it has been replaced when it is its time."""
    book = sandbox.book.notices
    is_due = book.rotates_every > 0 and len(book.sent) >= book.rotates_every * len(book.keys)
    if not book.keys or is_due:
        book.keys.append(made_key())
    return book.keys[-1]


def _is_for(sandbox: EbaySandbox, subscription: TopicSubscription, topic: str, seller: Seller | None) -> bool:
    if subscription.topic != topic or subscription.status != "ENABLED":
        return False
    if TOPICS[topic].is_users and (seller is None or subscription.seller_id != seller.user_id):
        return False
    return sandbox.book.notices.destinations[subscription.destination_id].status == "ENABLED"


def _writer(sandbox: EbaySandbox, notice: SentNotice, *, data: Mapping[str, Any], key: NoticeKey) -> WriteNotice:
    event_date = sandbox.now_text()

    def write(attempt: int) -> tuple[bytes, Mapping[str, str]]:
        body = msgspec.json.encode(
            {
                "metadata": {"topic": notice.topic, "schemaVersion": SCHEMA_VERSION, "deprecated": False},
                "notification": {
                    "notificationId": notice.id,
                    "eventDate": event_date,
                    "publishDate": sandbox.now_text(),
                    "publishAttemptCount": attempt,
                    "data": data,
                },
            }
        )
        notice.body = body.decode()
        match notice.mode:
            case NoticeMode.FORGED:
                return body, _signed(signature_header(body, made_key(), kid=key.kid))
            case NoticeMode.UNKNOWN_KID:
                return body, _signed(signature_header(body, made_key()))
            case NoticeMode.CHANGED:
                altered = body.replace(b'"deprecated":false', b'"deprecated": false')
                return altered, _signed(signature_header(body, key))
            case _:
                return body, _signed(signature_header(body, key))

    return write


def _signed(signature: str) -> Mapping[str, str]:
    return {"X-EBAY-SIGNATURE": signature}
