"""Stripe's pages: who is sent there to buy, change and cancel, and that nobody pays twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from auth.viewer import Viewer
from errors import Forbidden, Refused, UserErrorCode
from models.billing.subscription import BillingInterval, BillingStatus, BillingSubscription, PlanKey
from models.idempotency_key import IdempotencyKey
from models.tenants.membership import Role
from models.tenants.tenant import Tenant
from sandbox.stripe import subscriptions
from sandbox.stripe.calls import delete_customer
from sandbox.stripe.faults import Fault
from services.billing.checkout import Purchase, create_checkout_session, create_portal_session
from services.billing.plans import TRIAL_DAYS
from services.billing.subscriptions import subscription_of
from services.tenants.deletion import erase_tenant
from services.toolbox import Toolbox
from tests.worlds.billing import BillingWorld, billing_world


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


async def test_a_team_buys_a_plan_with_a_trial_and_cannot_buy_another(world: BillingWorld) -> None:
    found = await world.buy(PlanKey.PRO)
    shown = await subscription_of(world.tools.db, world.tools.clock, world.tools.vendors.billing, world.team.viewer)
    assert (shown.plan.key, shown.status, shown.interval) == (
        PlanKey.PRO,
        BillingStatus.TRIALING,
        BillingInterval.MONTH,
    )
    assert shown.trial_ends_at == shown.current_period_end == world.now() + timedelta(days=TRIAL_DAYS)
    assert found["metadata"] == {"tenant_id": str(world.team.tenant_id)}
    assert await refusal(world, plan=PlanKey.AGENCY) is UserErrorCode.CONFLICT
    subscriptions.cancel(world.stripe.ledger, found["id"])
    await world.sync()
    assert (
        await subscription_of(world.tools.db, world.tools.clock, world.tools.vendors.billing, world.team.viewer)
    ).plan.key is PlanKey.FREE
    assert (await world.buy(PlanKey.STARTER))["trial_end"] is None


async def test_a_team_has_one_customer_and_one_page_at_a_time(world: BillingWorld) -> None:
    pages = await asyncio.gather(*(world.page(PlanKey.PRO) for _ in range(6)))
    assert len(set(pages)) == len(world.stripe.ledger.book.customers) == 1
    other = await world.page(PlanKey.AGENCY)
    assert {each["status"] for each in world.stripe.ledger.book.checkouts.values()} == {"expired", "open"}
    assert world.stripe.ledger.book.checkouts[other.rpartition("/")[2]]["status"] == "open"
    kept = await world.page(PlanKey.STARTER, idempotency_key="k")
    assert await world.page(PlanKey.STARTER, idempotency_key="k") == kept
    async with world.tools.db.read(world.team.viewer) as session:
        stored = await session.get_one(IdempotencyKey, (world.team.tenant_id, "k"))
    assert stored.operation == "createCheckoutSession"  # also in the rows of earlier releases


async def test_the_page_of_a_deleted_team_can_be_paid_by_nobody(world: BillingWorld) -> None:
    page = await world.page(PlanKey.PRO)
    async with world.tools.db.write(world.team.viewer) as session:
        (await session.get_one(Tenant, world.team.tenant_id)).deleted_at = world.now()
    await erase_tenant(world.tools.db, world.tools.vendors.billing, world.tools.files, world.team.tenant_id)
    assert world.stripe.ledger.book.checkouts[page.rpartition("/")[2]]["status"] == "expired"


async def test_a_customer_that_was_deleted_at_stripe_is_made_anew(world: BillingWorld) -> None:
    await world.buy()
    before = await world.customer()
    delete_customer(world.stripe.ledger, before, {})
    assert told(await world.sync()) == (PlanKey.PRO, BillingStatus.CANCELED)
    await world.page()
    assert await world.customer() != before


async def test_a_customer_of_another_stripe_account_is_replaced_unless_it_pays(world: BillingWorld) -> None:
    found, before = await world.buy(), await world.customer()
    customers = world.stripe.ledger.book.customers
    gone = customers.pop(before)
    assert await refusal(world, plan=PlanKey.PRO) is UserErrorCode.UPSTREAM_UNAVAILABLE
    customers[before] = gone
    subscriptions.cancel(world.stripe.ledger, found["id"])
    await world.sync()
    del customers[before]
    await world.page()
    assert await world.customer() != before


async def test_only_who_manages_billing_is_sent_to_stripe(world: BillingWorld, tools: Toolbox) -> None:
    purchase = Purchase(PlanKey.PRO, BillingInterval.MONTH, "/")
    admin: Viewer = world.team.as_role(Role.ADMIN)
    for ask in (
        create_checkout_session(world.tools, admin, purchase),
        create_portal_session(world.tools, admin, return_path="/"),
    ):
        with pytest.raises(Forbidden):
            await ask
    with pytest.raises(Refused, match="not configured"):
        await create_checkout_session(tools, world.team.viewer, purchase)
    for path in ("//evil.example", "https://evil.example", "/\\evil.example", "x"):
        with pytest.raises(Refused, match="path"):
            await create_portal_session(world.tools, world.team.viewer, return_path=path)
    with pytest.raises(Refused, match="bought no plan yet"):
        await create_portal_session(world.tools, world.team.viewer, return_path="/")
    assert await refusal(world, plan=PlanKey.FREE) is UserErrorCode.INVALID


async def test_a_subscription_is_changed_and_cancelled_by_clicks(world: BillingWorld) -> None:
    await world.buy(PlanKey.STARTER)
    url = await create_portal_session(world.tools, world.team.viewer, return_path="/billing?tab=1")
    [mine] = world.stripe.ledger.book.subscriptions

    async def click(action: str) -> BillingSubscription:
        form = {"action": action, "subscription": mine}
        async with world.http.post(url, data=form, allow_redirects=False) as answer:
            assert answer.status == 303
        return await world.sync()

    async with world.http.get(url) as page:
        assert "trialing" in await page.text()
    assert (await click("price_agency_year")).plan is PlanKey.AGENCY
    assert (await click("cancel")).cancel_at_period_end
    assert not (await click("resume")).cancel_at_period_end
    assert (await click("fail")).status is BillingStatus.PAST_DUE
    assert (await click("pay")).status is BillingStatus.ACTIVE
    assert (await click("cancel_now")).status is BillingStatus.CANCELED
    async with world.http.post(url, data={"action": "back"}, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"{world.tools.addresses.public_url}/billing?tab=1&billing=portal"


async def test_a_page_that_was_used_sells_nothing(world: BillingWorld) -> None:
    url = await world.page()
    for status in (303, 410):
        async with world.http.post(url, data={"action": "pay"}, allow_redirects=False) as answer:
            assert answer.status == status
    assert len(world.stripe.ledger.book.subscriptions) == 1


async def test_a_page_is_refused_in_words_while_stripe_is_away(world: BillingWorld) -> None:
    world.stripe.faults.add("customers.create", Fault(401, "{}"))
    assert await refusal(world, plan=PlanKey.PRO, idempotency_key="k") is UserErrorCode.UPSTREAM_UNAVAILABLE
    assert await world.page(PlanKey.PRO, idempotency_key="k")
    await world.buy(PlanKey.PRO)
    world.stripe.faults.add("portal.create", *[Fault(500)] * 3)
    with pytest.raises(Refused) as refused:
        await create_portal_session(world.tools, world.team.viewer, return_path="/")
    assert refused.value.user_code is UserErrorCode.UPSTREAM_UNAVAILABLE
