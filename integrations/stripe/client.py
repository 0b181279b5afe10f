"""Calls to Stripe: each has a deadline, those that create something an idempotency key, and errors become ours."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
import stripe

from integrations.errors import (
    AccessRevoked,
    IntegrationError,
    InvalidResponse,
    ObjectMissing,
    PermissionMissing,
    Rejected,
    Throttled,
    TimedOut,
    Unavailable,
    VendorError,
)
from integrations.stripe import records
from integrations.stripe.records import CheckoutRecord, PriceRecord, SubscriptionRecord
from integrations.stripe.transport import Transport

T = TypeVar("T")

API_URL = "https://api.stripe.com"
API_VERSION: str = stripe.api_version
# Only so many subscriptions of a customer are read, the newest first.
MOST_SUBSCRIPTIONS = 100
_DEADLINE_S = 30.0
_RETRIES = 2
_THROTTLED, _THROTTLED_S = 429, 5
_BROKEN_SERVER = 500
_LIVE_KEYS = ("sk_live_", "rk_live_")


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """A subscription to one price, to be paid on a page of Stripe; `trial_days=0`: without a trial."""

    customer_id: str
    price_id: str
    tenant_id: str
    success_url: str
    cancel_url: str
    trial_days: int = 0


class StripeApi:
    """Stripe for one account, one object per process.

    Every method raises IntegrationErrors; their messages have no text of Stripe.
    """

    def __init__(
        self,
        secret_key: str,
        *,
        api_url: str = API_URL,
        deadline_s: float = _DEADLINE_S,
        traces: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        self.is_live = secret_key.startswith(_LIVE_KEYS)
        self._deadline_s = deadline_s
        self._transport = Transport(traces)
        self._stripe = stripe.StripeClient(
            secret_key,
            http_client=self._transport,
            base_addresses={"api": api_url.rstrip("/")},
            max_network_retries=_RETRIES,
        )

    async def close(self) -> None:
        await self._transport.close_async()

    async def create_customer(self, *, name: str, tenant_id: str, key: str) -> str:
        """The new customer's id; the same `key` again answers the same customer."""
        made = await self._call(
            self._stripe.v1.customers.create_async(
                {"name": name, "metadata": {"tenant_id": tenant_id}}, {"idempotency_key": key}
            )
        )
        customer_id = records.customer_id_of(made)
        if customer_id is None:
            raise InvalidResponse("Stripe's answer is not what it promises.")
        return customer_id

    async def has_customer(self, customer_id: str) -> bool:
        """False for one that was deleted at Stripe; raises ObjectMissing for one that this account never had."""
        found = await self._call(self._stripe.v1.customers.retrieve_async(customer_id))
        return records.customer_id_of(found) is not None

    async def subscriptions(self, customer_id: str) -> list[SubscriptionRecord]:
        """The customer's subscriptions, ended ones included, the newest first."""
        found = await self._call(
            self._stripe.v1.subscriptions.list_async(
                {"customer": customer_id, "status": "all", "limit": MOST_SUBSCRIPTIONS}
            )
        )
        return records.subscriptions_of(found)

    async def open_checkout(self, order: CheckoutOrder, *, key: str) -> CheckoutRecord:
        """Opens a page on which the order is paid; the same `key` again answers the same page."""
        subscription: stripe.params.checkout.SessionCreateParamsSubscriptionData = {
            "metadata": {"tenant_id": order.tenant_id}
        }
        if order.trial_days:
            subscription["trial_period_days"] = order.trial_days
        made = await self._call(
            self._stripe.v1.checkout.sessions.create_async(
                {
                    "mode": "subscription",
                    "customer": order.customer_id,
                    "client_reference_id": order.tenant_id,
                    "line_items": [{"price": order.price_id, "quantity": 1}],
                    "success_url": order.success_url,
                    "cancel_url": order.cancel_url,
                    "subscription_data": subscription,
                },
                {"idempotency_key": key},
            )
        )
        return records.checkout_of(made)

    async def expire_checkout(self, session_id: str) -> None:
        """Closes a checkout page; raises Rejected for one that was paid or has expired."""
        await self._call(self._stripe.v1.checkout.sessions.expire_async(session_id))

    async def open_portal(self, customer_id: str, *, return_url: str) -> str:
        made = await self._call(
            self._stripe.v1.billing_portal.sessions.create_async({"customer": customer_id, "return_url": return_url})
        )
        return records.portal_url_of(made)

    async def price(self, price_id: str) -> PriceRecord:
        return records.price_of(await self._call(self._stripe.v1.prices.retrieve_async(price_id)))

    async def _call(self, call: Awaitable[T]) -> T:
        """Awaits the call, with one deadline over all of it, and turns Stripe's errors into ours.

        A deadline from byte to byte would never end an answer that comes a few bytes at a time.
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                return await call
        except TimeoutError as error:
            raise TimedOut(f"Stripe did not answer within {self._deadline_s:.0f} seconds.") from error
        except stripe.StripeError as error:
            raise _ours(error) from None


# The first line that fits counts; any other error is a fault of the network or of Stripe's servers.
_OUTCOMES: tuple[tuple[type[stripe.StripeError], type[IntegrationError], str], ...] = (
    (stripe.PermissionError, PermissionMissing, "The installation's access to Stripe does not allow this."),
    (stripe.InvalidRequestError, Rejected, "Stripe refused the request."),
    (stripe.CardError, Rejected, "Stripe refused the card."),
    (stripe.IdempotencyError, Rejected, "Stripe refused the request."),
)


def _ours(error: stripe.StripeError) -> IntegrationError:
    """Our error for Stripe's. No message names a setting, since buyers read them; `said` is for the operator."""
    status = error.http_status or 0
    said = VendorError(http_status=status, text=f"{type(error).__name__} {error.code}", trace_id=error.request_id)
    if isinstance(error, stripe.RateLimitError) or status == _THROTTLED:
        return Throttled("Stripe throttles us.", retry_after_s=_THROTTLED_S, scope="app", said=said)
    if isinstance(error, stripe.AuthenticationError):
        return AccessRevoked("The installation's access to Stripe does not work.", said=said)
    if error.code == "resource_missing":
        return ObjectMissing("Stripe does not have this object.", said=said)
    for theirs, ours, message in _OUTCOMES:
        if isinstance(error, theirs):
            return ours(message, said=said)
    if isinstance(error, stripe.APIError) and status < _BROKEN_SERVER:
        return InvalidResponse("Stripe's answer is not what it promises.", said=said)
    return Unavailable("Stripe cannot be reached at the moment.", said=said)
