"""Keeps our record of what a tenant has bought equal to Stripe's: receives events, reads subscriptions, applies them.

An event only says that something happened to a customer. What is true now is read from Stripe, so it does not matter
in which order events come, how often, or whether one is lost.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from analytics.clock import Clock
from errors import NotFound
from integrations.errors import IntegrationError, ObjectMissing
from integrations.stripe.client import API_VERSION
from integrations.stripe.records import SubscriptionRecord
from integrations.stripe.webhook import StripeEventRecord, read_event
from models.acting import TenantScope
from models.audit.actor import ActorKind
from models.audit.entry import record
from models.billing.stripe_event import StripeEvent, insert_unless_known, mark_processed
from models.billing.subscription import (
    BillingStatus,
    BillingSubscription,
    PlanKey,
    begin_sync,
    billing_for_update,
    billing_of,
    stale_customers,
    tenants_of_customer,
)
from models.billing.usage_counter import lock_quotas
from models.database import Database, WriteSession
from models.installation.retention import delete_events_before
from models.queue.enqueue import enqueue
from services.batches import delete_in_batches
from services.billing.freezing import freeze_and_thaw
from services.billing.plans import rank
from services.billing.quotas import forget_old_counters
from services.price_list import Price
from services.tools import Billing

_log = structlog.get_logger(__name__)

SYNC_TASK = "billing.sync"
# Every customer is read again once a day, whatever its events told: that mends what a lost event left wrong.
RECONCILED_EVERY = timedelta(hours=24)
# Events are stored to recognise those that Stripe sends again; after this time they are deleted.
EVENTS_KEPT = timedelta(days=90)
# How many customers one call of the chore reads.
_MOST_AT_ONCE = 100
# A subscription with such a status has ended. Any other status, also one that we do not know, keeps a team from buying
# a second one.
_ENDED = (BillingStatus.FREE, BillingStatus.CANCELED, BillingStatus.INCOMPLETE_EXPIRED)
_PAID = (BillingStatus.ACTIVE, BillingStatus.TRIALING)
_KNOWN = {status.value.lower(): status for status in BillingStatus if status is not BillingStatus.FREE}


def is_live(bought: BillingSubscription | None) -> bool:
    """Whether the tenant has a subscription that has not ended, paid or not."""
    return bought is not None and bought.status not in _ENDED


async def receive_event(
    db: Database, clock: Clock, billing: Billing | None, body: bytes, signature: str | None
) -> None:
    """Stores the event once and queues the reading of its customer.

    Raises BadInput for a body or signature that is not Stripe's, NotFound where Stripe is not configured.
    """
    if billing is None:
        raise NotFound("Billing is not configured.")
    now = clock()
    told = read_event(
        body,
        signature,
        secrets=billing.webhook_secrets,
        is_live=billing.stripe.is_live,
        now=now,
    )
    if told.api_version != API_VERSION:
        _log.warning("stripe_event_of_another_version", api_version=told.api_version, wanted=API_VERSION)
    async with db.write(None) as session:
        if await insert_unless_known(session, _stored(told, clock)) and told.customer_id is not None:
            # One reading in the queue is enough for many events: it will see whatever happened until it begins.
            place = f"billing:{told.customer_id}"
            await enqueue(session, SYNC_TASK, lock=place, queueing_lock=place, customer_id=told.customer_id)


def _stored(told: StripeEventRecord, clock: Clock) -> StripeEvent:
    return StripeEvent(
        id=told.id,
        type=told.type,
        customer_id=told.customer_id,
        livemode=told.livemode,
        api_version=told.api_version,
        created=told.created,
        received_at=clock(),
    )


async def sync_customer(db: Database, clock: Clock, billing: Billing | None, customer_id: str) -> None:
    """Reads the subscriptions of a customer and marks its events as processed; raises an IntegrationError.

    The tenant comes from our own table of customers, never from the event.
    """
    received_by = clock()
    async with db.system(reason="find the tenant of a Stripe customer") as session:
        tenants = await tenants_of_customer(session, customer_id)
    if not tenants:
        _log.info("stripe_customer_unknown")
    for tenant_id in tenants:
        assert billing is not None  # only an event of Stripe's leads here
        await sync_tenant(db, clock, billing, tenant_id)
    async with db.write(None) as session:
        await mark_processed(session, customer_id, received_by=received_by, now=clock())


async def sync_tenant(db: Database, clock: Clock, billing: Billing, tenant_id: UUID) -> None:
    """Reads the tenant's subscriptions and applies them; raises an IntegrationError.

    No transaction is open while Stripe answers. Readings are numbered as they begin. A reading is dropped when one with
    a higher number has been stored: that one began later, so it saw at least as much.
    """
    scope = TenantScope(tenant_id)
    async with db.write(scope) as session:
        number = await begin_sync(session)
        bought = await billing_of(session)
    if number is None or bought is None or bought.stripe_customer_id is None:
        return
    found = await _fetch_subscriptions(billing, bought.stripe_customer_id)
    async with db.write(scope) as session:
        # A smaller price plan freezes accounts and members, so nobody may add any meanwhile.
        await lock_quotas(session)
        bought = await billing_for_update(session)
        if bought is None or bought.applied_number > number:
            return
        bought.applied_number, bought.synced_at = number, clock()
        if found is not None:
            await _apply(clock, billing, session, bought, _chosen(billing, found))


async def reconcile_billing(db: Database, clock: Clock, billing: Billing | None) -> int:
    """Reads every customer that was not read for a day, and deletes old events and counters; answers how many it read.

    Where Stripe does not answer, the remaining customers wait for the next call.
    """
    await forget_old_counters(db, clock)
    await delete_in_batches(partial(db.write, None), delete_events_before, clock() - EVENTS_KEPT)
    if billing is None:
        return 0
    async with db.sweep(reason="find customers to reconcile with Stripe") as session:
        stale = await stale_customers(session, clock() - RECONCILED_EVERY, limit=_MOST_AT_ONCE)
    for done, tenant_id in enumerate(stale):
        try:
            await sync_tenant(db, clock, billing, tenant_id)
        except IntegrationError as error:
            _log.warning("billing_not_reconciled", tenant_id=str(tenant_id), reason=error.message)
            return done
    return len(stale)


async def _fetch_subscriptions(billing: Billing, customer_id: str) -> list[SubscriptionRecord] | None:
    """The customer's subscriptions; None for a customer that Stripe does not have, so that nothing is changed."""
    try:
        return await billing.stripe.subscriptions(customer_id)
    except ObjectMissing:
        # A key of another Stripe account is likelier than a customer that vanished: nobody may lose a price plan by it.
        _log.error("stripe_customer_missing", customer_id=customer_id)
        return None


def _chosen(billing: Billing, found: Sequence[SubscriptionRecord]) -> SubscriptionRecord | None:
    """The subscription that counts; None when there is none.

    One that has not ended comes before one that has, then a paid one, then one that is past due, then the larger price
    plan, then the newer one.
    """
    live = [each for each in found if _status(each) not in _ENDED]
    # The checkout sells one subscription a team, so a second one is for the operator to look at.
    if len(live) > 1:
        _log.error("several_live_subscriptions", subscription_ids=[each.id for each in live])

    def worth(each: SubscriptionRecord) -> tuple[object, ...]:
        status, price = _status(each), _price(billing, each)
        size = rank(price.plan) if price else 0
        return (status not in _ENDED, status in _PAID, status is BillingStatus.PAST_DUE, size, each.created_at, each.id)

    return max(found, key=worth, default=None)


def _status(found: SubscriptionRecord) -> BillingStatus:
    return _KNOWN.get(found.status, BillingStatus.UNKNOWN)


def _price(billing: Billing, found: SubscriptionRecord) -> Price | None:
    return next((price for price in map(billing.prices.find, found.price_ids) if price), None)


async def _apply(
    clock: Clock,
    billing: Billing,
    session: WriteSession,
    bought: BillingSubscription,
    found: SubscriptionRecord | None,
) -> None:
    """Writes the subscription into our row, freezes or thaws by the new price plan, and records what has changed."""
    before, now = _told(bought), clock()
    if found is None:
        bought.status, bought.plan, bought.interval = BillingStatus.FREE, PlanKey.FREE, None
        bought.stripe_subscription_id = bought.current_period_end = bought.trial_ends_at = bought.past_due_since = None
        bought.cancel_at_period_end = False
    else:
        _copy(billing, bought, found)
        # The grace begins with the first reading that finds the payment overdue.
        was_due = bought.past_due_since or now
        bought.past_due_since = was_due if bought.status is BillingStatus.PAST_DUE else None
    frozen = await freeze_and_thaw(clock, billing, session)
    if _told(bought) != before:
        after = _told(bought) | {f"frozen_{kind}": count for kind, count in asdict(frozen).items()}
        actor = TenantScope(bought.tenant_id)
        record(
            session, actor, action="billing.changed", target_type="Tenant", target_id=bought.tenant_id, before=before,
            after=after, kind=ActorKind.WEBHOOK,
        )  # fmt: skip


def _copy(billing: Billing, bought: BillingSubscription, found: SubscriptionRecord) -> None:
    status, price = _status(found), _price(billing, found)
    if status is BillingStatus.UNKNOWN:
        _log.error("stripe_status_unknown", status=found.status, subscription_id=found.id)
    if price is None and status not in _ENDED:
        _log.error("stripe_price_unknown", price_ids=list(found.price_ids), subscription_id=found.id)
    if found.id != bought.stripe_subscription_id:
        # A new subscription was bought, so the open page must not sell it again.
        bought.checkout_key = bought.checkout_for = bought.checkout_at = bought.checkout_session_id = None
    bought.status, bought.has_subscribed = status, True
    bought.plan = price.plan if price else PlanKey.FREE
    bought.interval = price.interval if price else None
    bought.stripe_subscription_id = found.id
    bought.current_period_end, bought.trial_ends_at = found.current_period_end, found.trial_ends_at
    bought.cancel_at_period_end = found.cancels


def _told(bought: BillingSubscription) -> dict[str, object]:
    return {
        "plan": bought.plan.value,
        "status": bought.status.value,
        "interval": bought.interval.value if bought.interval else None,
        "cancel_at_period_end": bought.cancel_at_period_end,
    }
