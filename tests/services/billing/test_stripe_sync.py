"""What a team has bought, as Stripe tells it: in any order of events, unpaid, frozen, counted and reconciled."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import col, select
from structlog.testing import capture_logs

from auth.limits.buckets import Charge, points_bucket
from embedded.postgres import DatabaseUrls
from errors import Refused, UserErrorCode
from integrations.errors import InvalidResponse, Throttled, TimedOut, Unavailable
from integrations.stripe.client import API_VERSION, StripeApi
from jobs.runner import WorkerOptions, run_inline
from models.ads.ad_account import AdAccount
from models.billing.subscription import BillingInterval, BillingStatus, BillingSubscription, PlanKey
from models.ids import new_id
from models.tenants.membership import Membership, Role
from sandbox.stripe import subscriptions
from sandbox.stripe.calls import pay_checkout
from sandbox.stripe.couriers import Delivery
from sandbox.stripe.faults import Fault
from services.billing.entitlements import entitlement
from services.billing.plans import GRACE, PLANS, TRIAL_DAYS, QuotaKind, plan_of
from services.billing.price_check import check_prices
from services.billing.quotas import usage
from services.billing.stripe_sync import reconcile_billing, sync_customer
from services.connections.ad_accounts import disconnect_ad_account
from services.refreshes.requests import request_refresh
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.jobs.test_worker import until
from tests.worlds.billing import KEY, PRICES, BillingWorld, billing_world

POINTS = Charge(points_bucket(100_000), "tenant:nobody")


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[BillingWorld]:
    async with billing_world(tools) as made:
        yield made


def told(bought: BillingSubscription | None) -> tuple[PlanKey, BillingStatus]:
    assert bought is not None
    return bought.plan, bought.status


async def refusal(world: BillingWorld, **wanted: object) -> UserErrorCode:
    with pytest.raises(Refused) as refused:
        await world.page(**wanted)  # type: ignore[arg-type]  # as the test gives them
    return refused.value.user_code


async def test_an_overdue_payment_has_a_grace_and_then_leaves_reading(world: BillingWorld) -> None:
    found = await world.buy(PlanKey.STARTER)
    account = await world.team.account()
    subscriptions.renew(world.stripe.ledger, found["id"], is_paid=False)
    first = await world.sync()
    world.moved_by = GRACE - timedelta(seconds=1)
    assert (await world.sync()).past_due_since == first.past_due_since
    assert not entitlement(await world.bought(), world.now()).is_read_only
    world.moved_by = GRACE
    with pytest.raises(Refused) as refused:
        await request_refresh(
            world.tools.db, world.tools.clock, world.tools.vendors.billing, world.team.viewer, ad_account_id=account.id
        )
    assert refused.value.user_code in (UserErrorCode.QUOTA_EXCEEDED, UserErrorCode.ACCESS_TOKEN_INVALID)
    assert entitlement(await world.bought(), world.now()).is_read_only
    subscriptions.renew(world.stripe.ledger, found["id"], is_paid=True)
    assert told(await world.sync()) == (PlanKey.STARTER, BillingStatus.ACTIVE)
    assert not entitlement(await world.bought(), world.now()).is_read_only


@pytest.mark.parametrize("status", ["unpaid", "incomplete", "paused", "a_status_of_next_year"])
async def test_what_is_not_paid_entitles_to_nothing_and_stands_in_the_way(world: BillingWorld, status: str) -> None:
    found = await world.buy(PlanKey.AGENCY)
    subscriptions.change(world.stripe.ledger, found["id"], status=status)
    bought = await world.sync()
    assert bought.status is BillingStatus(status.upper() if "_of_" not in status else "UNKNOWN")
    assert entitlement(bought, world.now()).plan.key is PlanKey.FREE
    assert await refusal(world, plan=PlanKey.PRO) is UserErrorCode.CONFLICT


async def test_a_smaller_plan_freezes_what_came_last_and_a_larger_one_thaws_it(world: BillingWorld) -> None:
    found = await world.buy(PlanKey.STARTER)
    accounts = [await world.team.account(created_at=world.now() + timedelta(hours=n)) for n in range(5)]
    people = [new_id() for _ in range(6)]
    for place, user_id in enumerate(people):
        joined = world.now() + timedelta(hours=place)
        await world.team.keep(
            Membership(tenant_id=world.team.tenant_id, user_id=user_id, role=Role.ADMIN, created_at=joined)
        )

    async def frozen() -> tuple[list[UUID], list[UUID]]:
        async with world.tools.db.read(world.team.viewer) as session:
            of_team = select(AdAccount.id).where(AdAccount.tenant_id == world.team.tenant_id)
            rows = await session.exec(of_team.where(col(AdAccount.frozen_at).is_not(None)))
            members = await session.exec(select(Membership).where(col(Membership.frozen_at).is_not(None)))
            readers = [each.user_id for each in members if each.acts_as is Role.VIEWER]
            return sorted(rows, key=[each.id for each in accounts].index), sorted(readers, key=people.index)

    subscriptions.cancel(world.stripe.ledger, found["id"])
    await world.sync()
    assert await frozen() == ([accounts[3].id, accounts[4].id], people[4:])
    with pytest.raises(Refused, match="no room"):
        await request_refresh(
            world.tools.db,
            world.tools.clock,
            world.tools.vendors.billing,
            world.team.viewer,
            ad_account_id=accounts[4].id,
        )
    await disconnect_ad_account(
        world.tools.db, world.tools.clock, world.tools.vendors.billing, world.team.viewer, accounts[0].id
    )
    assert (await frozen())[0] == [accounts[4].id]
    await world.buy(PlanKey.AGENCY)
    assert await frozen() == ([], [])


async def storm(world: BillingWorld) -> list[dict[str, object]]:
    """Six events of a team that bought STARTER, changed to PRO, did not pay, paid, cancelled and bought AGENCY."""
    ledger = world.stripe.ledger
    first = await world.buy(PlanKey.STARTER)
    ledger.courier.release()
    subscriptions.change_price(ledger, first["id"], world.price(PlanKey.PRO))
    subscriptions.renew(ledger, first["id"], is_paid=False)
    subscriptions.change(ledger, first["id"], status="active")
    second = subscriptions.subscribe(ledger, first["customer"], world.price(PlanKey.AGENCY, BillingInterval.YEAR))
    subscriptions.cancel(ledger, first["id"])
    assert second["status"] == "active"
    return ledger.courier.release()


async def test_a_storm_of_events_ends_in_one_state_whatever_their_order_and_number(world: BillingWorld) -> None:
    events = (await storm(world))[-6:]
    customer, dice = await world.customer(), random.Random(7)
    for _ in range(12):
        order = dice.sample(events, 6) + dice.choices(events, k=4)
        statuses = await asyncio.gather(*(world.send(event) for event in order))
        assert set(statuses) == {200}
        await asyncio.gather(
            *(sync_customer(world.tools.db, world.tools.clock, world.tools.vendors.billing, customer) for _ in range(3))
        )
        bought = await world.bought()
        assert told(bought) == (PlanKey.AGENCY, BillingStatus.ACTIVE)
        assert bought is not None
        assert (bought.interval, bought.cancel_at_period_end, bought.past_due_since) == (
            BillingInterval.YEAR,
            False,
            None,
        )
    async with world.tools.db.read(None) as session:
        query = text("select count(*), count(processed_at) from stripe_event where customer_id = :customer")
        assert (await (await session.connection()).execute(query, {"customer": customer})).one() == (6, 6)


@pytest.mark.usefixtures("idle_queue")
@pytest.mark.parametrize("mode", [Delivery.NORMAL, Delivery.DUPLICATE, Delivery.REORDERED, Delivery.DELAYED])
async def test_the_worker_hears_of_a_purchase(world: BillingWorld, postgres: DatabaseUrls, mode: Delivery) -> None:
    page = await world.page(PlanKey.PRO)
    world.stripe.courier.release()
    world.stripe.set_delivery(mode, delay_s=0.05)

    async def is_bought() -> bool:
        return told(await world.bought()) == (PlanKey.PRO, BillingStatus.TRIALING)

    async with run_inline(world.tools, WorkerOptions(postgres.runtime, poll_s=0.05, chores=())):
        pay_checkout(world.stripe.ledger, page.rpartition("/")[2])
        await until(is_bought)
    await world.stripe.courier.settle()
    assert set(world.stripe.courier.statuses) == {200}


async def test_what_lost_events_left_wrong_is_mended_once_a_day(world: BillingWorld) -> None:
    page = await world.page(PlanKey.PRO)
    world.stripe.set_delivery(Delivery.DROPPED)
    pay_checkout(world.stripe.ledger, page.rpartition("/")[2])
    world.moved_by = timedelta(hours=25)
    world.stripe.faults.add("subscriptions.list", *[Fault(429, "{}")] * 50)
    assert await reconcile_billing(world.tools.db, world.tools.clock, world.tools.vendors.billing) == 0
    world.stripe.faults.clear()
    done = 0
    while found := await reconcile_billing(
        world.tools.db, world.tools.clock, world.tools.vendors.billing
    ):  # some at a time, and other tests' teams are among them
        done += found
    assert done >= 1
    assert told(await world.bought()) == (PlanKey.PRO, BillingStatus.TRIALING)


async def test_a_key_of_another_stripe_account_takes_no_plan_away(world: BillingWorld) -> None:
    await world.buy(PlanKey.PRO)
    world.stripe.ledger.book.customers.clear()
    assert told(await world.sync()) == (PlanKey.PRO, BillingStatus.TRIALING)


async def test_a_reading_that_was_overtaken_does_not_write(world: BillingWorld) -> None:
    found = await world.buy(PlanKey.PRO)
    old = world.stripe.ledger.book.subscriptions[found["id"]] | {"status": "unpaid"}
    stale = Fault(200, json.dumps({"object": "list", "data": [old]}), seconds=0.4)
    world.stripe.faults.add("subscriptions.list", stale)
    slow = asyncio.create_task(
        sync_customer(world.tools.db, world.tools.clock, world.tools.vendors.billing, await world.customer())
    )

    async def has_been_asked() -> bool:
        return not world.stripe.faults.waiting["subscriptions.list"]

    await until(has_been_asked)
    await world.sync()
    await slow
    assert told(await world.bought()) == (PlanKey.PRO, BillingStatus.TRIALING)


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ([Fault(429, "{}")], Throttled),
        ([Fault(500)] * 3, Unavailable),
        ([Fault(200, "{")], InvalidResponse),
        ([Fault(200, '{"object": "list", "data": [{"id": 7}]}')], InvalidResponse),
        ([Fault(200, seconds=2.0)], TimedOut),
    ],
)
async def test_each_failure_of_stripe_is_one_of_our_errors(
    world: BillingWorld, faults: list[Fault], outcome: type[Exception]
) -> None:
    hasty = StripeApi(KEY, api_url=world.stripe.url, deadline_s=1.9)
    world.stripe.faults.add("subscriptions.list", *faults)
    with pytest.raises(outcome):
        await hasty.subscriptions("cus_1")
    await hasty.close()


async def test_usage_counts_what_there_is_and_the_day(world: BillingWorld) -> None:
    await world.team.account(data_from=(world.now() - timedelta(days=100)).date())
    await world.team.account(disconnected_at=world.now())
    shown = {each.kind.value: (each.used, each.limit) for each in await usage(world.tools, world.team.viewer, POINTS)}
    limits = {quota.kind.value: quota.limit for quota in PLANS[0].quotas}
    used = {kind: used for kind, (used, _) in shown.items() if used}
    assert used == {"AD_ACCOUNTS": 1, "MEMBERS": 1, "HISTORY_MONTHS": 4}
    assert all(limit == limits[kind] for kind, (_, limit) in shown.items())


async def test_prices_that_differ_from_the_table_are_noticed(world: BillingWorld) -> None:
    assert await check_prices(world.tools.vendors.billing) == len(PRICES.prices)
    right = [
        {
            "id": price.price_id,
            "currency": "usd",
            "active": True,
            "unit_amount": int(plan_of(price.plan).price(price.interval) * 100),
            "recurring": {"interval": price.interval.value.lower()},
        }
        for price in PRICES.prices
    ]
    world.stripe.faults.add("prices.retrieve", *(Fault(200, json.dumps(each)) for each in right))
    assert await check_prices(world.tools.vendors.billing) == 0


def test_the_documented_plans_are_the_plans() -> None:
    head = ["| plan | per month | per year | " + " | ".join(kind.value for kind in QuotaKind) + " |"]
    rows = [
        [plan.key.value, f"{plan.price_monthly}", f"{plan.price_yearly}"]
        + [f"{quota.limit:,}" if quota.limit is not None else "unlimited" for quota in plan.quotas]
        for plan in PLANS
    ]
    table = [*head, "|" + " --- |" * len(rows[0]), *("| " + " | ".join(row) + " |" for row in rows)]
    page = (Path(__file__).parents[3] / "docs" / "billing.md").read_text()
    assert "\n".join(table) in page
    for value in (f"{TRIAL_DAYS} free days", f"{GRACE.days} more days", API_VERSION):
        assert value in page


async def test_without_stripe_nothing_is_asked_and_nobody_may_call(tools: Toolbox, server: GraphQLClient) -> None:
    assert (
        await reconcile_billing(tools.db, tools.clock, tools.vendors.billing)
        == await check_prices(tools.vendors.billing)
        == 0
    )
    assert (await server.send("POST", "/billing/webhook", data=b"{}")).status == 404


async def test_whoever_pays_for_what_is_not_sold_or_twice_is_told_to_the_operator(world: BillingWorld) -> None:
    first = await world.buy(PlanKey.STARTER)
    subscriptions.subscribe(world.stripe.ledger, first["customer"], world.price(PlanKey.AGENCY))
    with capture_logs() as lines:
        assert (await world.sync()).plan is PlanKey.AGENCY
    assert "several_live_subscriptions" in {line["event"] for line in lines}
    for each in subscriptions.of_customer(world.stripe.ledger, first["customer"]):
        each["items"]["data"][0]["price"]["id"] = "price_of_somebody"
        each["status"] = "active_in_a_new_way"
    with capture_logs() as lines:
        assert told(await world.sync()) == (PlanKey.FREE, BillingStatus.UNKNOWN)
    assert {"stripe_price_unknown", "stripe_status_unknown"} <= {line["event"] for line in lines}
