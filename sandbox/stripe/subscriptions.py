"""Owns the life of subscriptions: bought, paid, unpaid, changed, cancelled, each step with its events."""

import calendar
from datetime import UTC, datetime
from typing import Any

from sandbox.stripe.config import SandboxPrice
from sandbox.stripe.ledger import Ledger, Object, made_id

_ENDED = ("canceled", "incomplete_expired")


def shown_price(price: SandboxPrice) -> Object:
    return {
        "id": price.id,
        "object": "price",
        "active": True,
        "currency": price.currency,
        "livemode": False,
        "product": price.product,
        "recurring": {"interval": price.interval, "interval_count": 1, "usage_type": "licensed"},
        "type": "recurring",
        "unit_amount": price.amount,
    }


def subscribe(
    ledger: Ledger, customer_id: str, price: SandboxPrice, *, trial_days: int = 0, metadata: Object | None = None
) -> Object:
    """A subscription that was just bought; the trial is its first period."""
    now = ledger.now
    ends = now + trial_days * 86400 if trial_days else _period_end(now, price.interval)
    subscription_id = made_id("sub")
    item = {
        "id": made_id("si"),
        "object": "subscription_item",
        "current_period_start": now,
        "current_period_end": ends,
        "price": shown_price(price),
        "quantity": 1,
        "subscription": subscription_id,
    }
    subscription = {
        "id": subscription_id,
        "object": "subscription",
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "created": now,
        "customer": customer_id,
        "ended_at": None,
        "items": {
            "object": "list",
            "data": [item],
            "has_more": False,
            "url": f"/v1/subscription_items?{subscription_id}",
        },
        "livemode": False,
        "metadata": metadata or {},
        "status": "trialing" if trial_days else "active",
        "trial_start": now if trial_days else None,
        "trial_end": ends if trial_days else None,
    }
    ledger.book.subscriptions[subscription_id] = subscription
    ledger.tell("customer.subscription.created", subscription)
    ledger.tell("invoice.paid", _invoice(ledger, subscription))
    return subscription


def change(ledger: Ledger, subscription_id: str, **fields: Any) -> Object:
    """Sets fields of a subscription, and tells of it."""
    subscription = ledger.book.subscriptions[subscription_id]
    subscription.update(fields)
    ledger.tell("customer.subscription.updated", subscription)
    return subscription


def change_price(ledger: Ledger, subscription_id: str, price: SandboxPrice) -> Object:
    item = ledger.book.subscriptions[subscription_id]["items"]["data"][0]
    if item["price"]["recurring"]["interval"] != price.interval:
        item |= {"current_period_start": ledger.now, "current_period_end": _period_end(ledger.now, price.interval)}
    item["price"] = shown_price(price)
    return change(ledger, subscription_id)


def cancel(ledger: Ledger, subscription_id: str) -> Object:
    """At once and for good."""
    subscription = ledger.book.subscriptions[subscription_id]
    subscription.update(status="canceled", canceled_at=ledger.now, ended_at=ledger.now)
    ledger.tell("customer.subscription.deleted", subscription)
    return subscription


def renew(ledger: Ledger, subscription_id: str, *, is_paid: bool) -> Object:
    """The next period begins, paid or not; a trial ends with it."""
    subscription = ledger.book.subscriptions[subscription_id]
    item = subscription["items"]["data"][0]
    item["current_period_start"] = ledger.now
    item["current_period_end"] = _period_end(ledger.now, item["price"]["recurring"]["interval"])
    if subscription["trial_end"] is not None:
        subscription["trial_end"] = min(subscription["trial_end"], ledger.now)
    ledger.tell("invoice.paid" if is_paid else "invoice.payment_failed", _invoice(ledger, subscription))
    return change(ledger, subscription_id, status="active" if is_paid else "past_due")


def is_live(subscription: Object) -> bool:
    return subscription["status"] not in _ENDED


def of_customer(ledger: Ledger, customer_id: str) -> list[Object]:
    """The newest first."""
    mine = [each for each in ledger.book.subscriptions.values() if each["customer"] == customer_id]
    return mine[::-1]


def _invoice(ledger: Ledger, subscription: Object) -> Object:
    return {
        "id": made_id("in"),
        "object": "invoice",
        "created": ledger.now,
        "customer": subscription["customer"],
        "livemode": False,
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": subscription["id"], "metadata": subscription["metadata"]},
        },
    }


def _period_end(start_s: int, interval: str) -> int:
    start = datetime.fromtimestamp(start_s, UTC)
    year, month = (start.year + 1, start.month) if interval == "year" else (start.year, start.month + 1)
    year, month = (year + 1, 1) if month > 12 else (year, month)  # noqa: PLR2004 - months of a year
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
