"""What is read of Stripe's objects, checked; must not know what it is used for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from integrations.errors import InvalidResponse

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SubscriptionRecord:
    """`status` is Stripe's word, which may be unknown to us. `cancels`: the subscription ends with its period."""

    id: str
    status: str
    price_ids: tuple[str, ...]
    created_at: datetime
    current_period_end: datetime | None
    cancels: bool
    trial_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckoutRecord:
    id: str
    url: str


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """`amount` is in the currency's smallest unit; None for a price that is not a fixed amount."""

    id: str
    amount: int | None
    currency: str
    interval: str | None
    is_active: bool


class _Price(msgspec.Struct):
    id: str


class _Item(msgspec.Struct):
    price: _Price
    current_period_end: int | None = None


class _ItemList(msgspec.Struct):
    data: list[_Item]


class _Subscription(msgspec.Struct):
    id: str
    status: str
    created: int
    items: _ItemList
    cancel_at_period_end: bool = False
    # Set instead of cancel_at_period_end by newer ways of cancelling.
    cancel_at: int | None = None
    trial_end: int | None = None


class _SubscriptionList(msgspec.Struct):
    data: list[_Subscription]


class _Checkout(msgspec.Struct):
    id: str
    url: str


class _Customer(msgspec.Struct):
    id: str
    deleted: bool = False


class _Portal(msgspec.Struct):
    url: str


class _Recurring(msgspec.Struct):
    interval: str


class _FullPrice(msgspec.Struct):
    id: str
    currency: str
    active: bool
    unit_amount: int | None = None
    recurring: _Recurring | None = None


def subscriptions_of(answer: Any) -> list[SubscriptionRecord]:
    return [_subscription(found) for found in _read(answer, _SubscriptionList).data]


def checkout_of(answer: Any) -> CheckoutRecord:
    found = _read(answer, _Checkout)
    return CheckoutRecord(found.id, found.url)


def customer_id_of(answer: Any) -> str | None:
    """The customer's id; None for a customer that was deleted."""
    found = _read(answer, _Customer)
    return None if found.deleted else found.id


def portal_url_of(answer: Any) -> str:
    return _read(answer, _Portal).url


def price_of(answer: Any) -> PriceRecord:
    found = _read(answer, _FullPrice)
    interval = found.recurring.interval if found.recurring else None
    return PriceRecord(found.id, found.unit_amount, found.currency.upper(), interval, found.active)


def _read(answer: Any, shape: type[T]) -> T:
    try:
        return msgspec.convert(answer.to_dict(), shape)
    except (msgspec.MsgspecError, AttributeError) as error:
        raise InvalidResponse("Stripe's answer is not what it promises.") from error


def _subscription(found: _Subscription) -> SubscriptionRecord:
    ends = [item.current_period_end for item in found.items.data if item.current_period_end is not None]
    created_at = _instant(found.created)
    assert created_at is not None
    return SubscriptionRecord(
        id=found.id,
        status=found.status,
        price_ids=tuple(item.price.id for item in found.items.data),
        created_at=created_at,
        current_period_end=_instant(max(ends, default=None)),
        cancels=found.cancel_at_period_end or found.cancel_at is not None,
        trial_ends_at=_instant(found.trial_end),
    )


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
