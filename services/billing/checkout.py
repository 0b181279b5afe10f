"""Opens Stripe's pages for a team: the checkout of a price plan, and the portal where a subscription is changed."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.errors import IntegrationError, ObjectMissing, Rejected
from integrations.stripe.client import CheckoutOrder
from models.acting import Acting
from models.audit.entry import record
from models.billing.subscription import (
    BillingInterval,
    BillingSubscription,
    PlanKey,
    billing_for_update,
    billing_of,
    ensure_billing,
)
from models.database import Database
from models.tenants.tenant import Tenant
from services.billing.plans import TRIAL_DAYS
from services.billing.stripe_sync import is_live, sync_tenant
from services.idempotency import Answer, KeyedCall, once
from services.return_urls import is_allowed, with_answer
from services.tools import Billing, HasAddresses, HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)

# Who asks for the same purchase again within this time gets the same page. Stripe keeps a page open for a day.
PAGE_LIFE = timedelta(hours=1)
# The name with which idempotency keys of this change are stored: see KeyedCall.
_STORED_NAME = "createCheckoutSession"


class CheckoutTools(HasDb, HasClock, HasVendors, HasAddresses, Protocol):
    """What sends people to pages of Stripe: one of the vendors, which sends them back to `addresses.public_url`."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A price plan and how it is paid; `return_path` is where Stripe sends the browser back, a path of this site."""

    plan: PlanKey
    interval: BillingInterval
    return_path: str

    @property
    def words(self) -> str:
        return f"{self.plan}:{self.interval}:{self.return_path}"


async def create_checkout_session(
    tools: CheckoutTools, viewer: Viewer, purchase: Purchase, *, idempotency_key: str | None = None
) -> str:
    """The URL of a page that sells the price plan; needs MANAGE_BILLING.

    A team has one open page at a time, so that nobody pays twice. Raises Refused: NOT_CONFIGURED, INVALID, CONFLICT
    while the team has a subscription that has not ended, UPSTREAM_UNAVAILABLE.
    """
    require(viewer, Permission.MANAGE_BILLING)
    billing = _configured(tools.vendors.billing)
    _check_path(purchase.return_path)
    if purchase.plan is PlanKey.FREE:
        raise Refused(
            UserErrorCode.INVALID, "The FREE plan is not sold: cancel the subscription instead.", field="plan"
        )
    price_id = billing.prices.sold(purchase.plan, purchase.interval)
    if price_id is None:
        raise Refused(UserErrorCode.NOT_CONFIGURED, "This plan is not for sale here.", field="plan")

    async def run() -> Answer:
        try:
            return {"url": await _open_checkout_page(tools, viewer, purchase, price_id=price_id)}
        except IntegrationError as error:
            raise _unavailable(error) from error

    call = KeyedCall(_STORED_NAME, idempotency_key, {"purchase": purchase.words})
    url: str = (await once(tools.db, tools.clock, viewer, call, run))["url"]
    return url


async def create_portal_session(tools: CheckoutTools, viewer: Viewer, *, return_path: str) -> str:
    """The URL of Stripe's portal; needs MANAGE_BILLING.

    Raises Refused: NOT_CONFIGURED, INVALID, NOT_FOUND for a team that has bought nothing, UPSTREAM_UNAVAILABLE.
    """
    require(viewer, Permission.MANAGE_BILLING)
    billing = _configured(tools.vendors.billing)
    _check_path(return_path)
    async with tools.db.read(viewer) as session:
        bought = await billing_of(session)
    if bought is None or bought.stripe_customer_id is None:
        raise Refused(UserErrorCode.NOT_FOUND, "The team has bought no plan yet, so it has no billing portal.")
    try:
        return_url = with_answer(return_path, tools.addresses.public_url, {"billing": "portal"})
        return await billing.stripe.open_portal(bought.stripe_customer_id, return_url=return_url)
    except IntegrationError as error:
        raise _unavailable(error) from error


async def register_customer(tools: CheckoutTools, viewer: Viewer, *, name: str) -> None:
    """Makes the team's customer at Stripe, unless it has one, and reads what it has bought; needs MANAGE_BILLING.

    Does nothing where Stripe is not configured. Raises IntegrationError.
    """
    require(viewer, Permission.MANAGE_BILLING)
    billing = tools.vendors.billing
    if billing is not None and viewer.tenant_id is not None:
        await _ensure_customer(tools.db, billing, viewer, name=name)
        await sync_tenant(tools.db, tools.clock, billing, viewer.tenant_id)


async def _open_checkout_page(tools: CheckoutTools, viewer: Viewer, purchase: Purchase, *, price_id: str) -> str:
    billing = _configured(tools.vendors.billing)
    assert viewer.tenant_id is not None
    customer_id = await _ensure_customer(tools.db, billing, viewer, name=None)
    # A subscription may have been bought a moment ago, and its event may be on the way.
    await sync_tenant(tools.db, tools.clock, billing, viewer.tenant_id)
    bought, previous = await _store_reservation(tools.db, tools.clock, viewer, purchase)
    assert bought.checkout_key is not None
    if previous is not None:
        await _expire_page(billing, previous)
    order = CheckoutOrder(
        customer_id=customer_id,
        price_id=price_id,
        tenant_id=str(viewer.tenant_id),
        success_url=with_answer(purchase.return_path, tools.addresses.public_url, {"billing": "success"}),
        cancel_url=with_answer(purchase.return_path, tools.addresses.public_url, {"billing": "cancelled"}),
        trial_days=0 if bought.has_subscribed else TRIAL_DAYS,
    )
    page = await billing.stripe.open_checkout(order, key=bought.checkout_key)
    async with tools.db.write(viewer) as session:
        stored = await billing_for_update(session)
        if stored is not None and stored.checkout_key == bought.checkout_key:
            stored.checkout_session_id = page.id
        after = {"plan": purchase.plan.value, "interval": purchase.interval.value}
        record(
            session, viewer, action="billing.checkout", target_type="Tenant", target_id=viewer.tenant_id, after=after
        )
    return page.url


async def _store_reservation(
    db: Database, clock: Clock, viewer: Viewer, purchase: Purchase
) -> tuple[BillingSubscription, str | None]:
    """Stores that the team's one page is for this purchase.

    Answers the row with the purchase's key, with which Stripe opens the same page again, and the id of an earlier page
    that has to be closed. Raises Refused CONFLICT while the team has a subscription that has not ended.
    """
    now, previous = clock(), None
    async with db.write(viewer) as session:
        bought = await billing_for_update(session)
        assert bought is not None  # the row was created with the customer
        if is_live(bought):
            raise Refused(
                UserErrorCode.CONFLICT, "The team has a subscription: change it in the billing portal instead."
            )
        is_the_same = bought.checkout_for == purchase.words and bought.checkout_key is not None
        if not is_the_same or bought.checkout_at is None or now - bought.checkout_at >= PAGE_LIFE:
            previous, bought.checkout_session_id = bought.checkout_session_id, None
            bought.checkout_key, bought.checkout_for, bought.checkout_at = _key(), purchase.words, now
    return bought, previous


async def close_page(db: Database, billing: Billing | None, scope: Acting) -> None:
    """Closes the open page of a team that is being deleted, so that nobody pays for it. Raises IntegrationError."""
    async with db.read(scope) as session:
        bought = await billing_of(session)
    if billing is not None and bought is not None and bought.checkout_session_id is not None:
        await _expire_page(billing, bought.checkout_session_id)


async def _expire_page(billing: Billing, session_id: str) -> None:
    """Closes a page; one that was paid, or closed before, is refused by Stripe and left as it is."""
    try:
        await billing.stripe.expire_checkout(session_id)
    except Rejected:
        _log.info("checkout_had_ended", session_id=session_id)


async def _ensure_customer(db: Database, billing: Billing, viewer: Viewer, *, name: str | None) -> str:
    """The id of the team's customer at Stripe, which is created when there is none or Stripe no longer has it.

    A new one is called `name`, or else as the team is.
    """
    async with db.write(viewer) as session:
        bought = await ensure_billing(session, _key())
        tenant = await session.get_one(Tenant, session.tenant_id)
    customer_id, key = bought.stripe_customer_id, bought.customer_key
    if customer_id is not None:
        if await _fetch_is_known(billing, bought, customer_id):
            return customer_id
        key = _key()
    made = await billing.stripe.create_customer(name=name or tenant.name, tenant_id=str(tenant.id), key=key)
    async with db.write(viewer) as session:
        stored = await ensure_billing(session, key)
        # Another request may have stored its customer meanwhile: then that one counts.
        if stored.stripe_customer_id == customer_id:
            stored.stripe_customer_id, stored.customer_key = made, key
    assert stored.stripe_customer_id is not None
    return stored.stripe_customer_id


async def _fetch_is_known(billing: Billing, bought: BillingSubscription, customer_id: str) -> bool:
    """False for a customer that Stripe does not have, for example of the test mode while the key is a live one.

    Raises ObjectMissing instead while the team has a subscription: then a wrong key is likelier than a lost customer.
    """
    try:
        return await billing.stripe.has_customer(customer_id)
    except ObjectMissing:
        if is_live(bought):
            raise
        return False


def _key() -> str:
    return secrets.token_hex(16)


def _configured(billing: Billing | None) -> Billing:
    if billing is None:
        raise Refused(UserErrorCode.NOT_CONFIGURED, "Billing is not configured: every team has the FREE plan.")
    return billing


def _check_path(path: str) -> None:
    if not path.startswith("/") or not is_allowed(path, ()):
        raise Refused(
            UserErrorCode.INVALID,
            "The page to return to must be a path of this site, such as /billing.",
            field="return_path",
        )


def _unavailable(error: IntegrationError) -> Refused:
    said = error.said
    _log.error("stripe_call_failed", reason=error.message, said=said.text if said else None)
    return Refused(UserErrorCode.UPSTREAM_UNAVAILABLE, error.message)
