"""Attack 10: webhooks that are forged, replayed, malformed, of another mode, or about somebody else."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from models.billing.subscription import BillingStatus, PlanKey
from sandbox.stripe import subscriptions
from sandbox.stripe.couriers import sign
from services.billing.stripe_sync import sync_customer
from services.toolbox import Toolbox
from tests.worlds.ads import entity_world
from tests.worlds.billing import OLD_SECRET, SECRET, BillingWorld, billing_world

REFUSED = (400, "The event is not valid.")


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[BillingWorld]:
    async with billing_world(tools) as made:
        yield made


def event(**changes: Any) -> dict[str, Any]:
    number = random.randrange(10**12)
    return {
        "id": f"evt_{number}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1,
        "livemode": False,
        "type": "customer.subscription.updated",
        "data": {"object": {"id": "sub_1", "object": "subscription", "customer": f"cus_{number}"}},
    } | changes


async def rows(world: BillingWorld, query: str, **values: object) -> int:
    async with world.tools.db.read(None) as session:
        found: int = (await (await session.connection()).execute(text(query), values)).scalar_one()
        return found


def signed(world: BillingWorld, body: bytes, secret: str = SECRET, **moved: float) -> dict[str, str]:
    at = int((world.now() + timedelta(**moved)).timestamp())
    return {"Stripe-Signature": sign(body, secret, at)}


async def test_a_signature_that_is_missing_wrong_old_or_of_the_future_is_refused(world: BillingWorld) -> None:
    body = json.dumps(event()).encode()
    good = signed(world, body)["Stripe-Signature"]
    moment, _, signature = good.partition(",")
    headers: list[dict[str, str]] = [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": moment},
        {"Stripe-Signature": signature},
        {"Stripe-Signature": f"{moment},{signature.replace('v1=', 'v0=')}"},
        {"Stripe-Signature": f"{moment},{moment},{signature}"},
        {"Stripe-Signature": f"{moment},v1={'0' * 64}"},
        {"Stripe-Signature": f"t=9{'9' * 30},{signature}"},
        {"Stripe-Signature": f"t=-1,{signature}"},
        {"Stripe-Signature": "é" * 3000},
        signed(world, body, ""),
        signed(world, body, "whsec_of_somebody"),
        signed(world, body + b" "),
        signed(world, body, minutes=-6),
        signed(world, body, minutes=6),
        signed(world, body, days=1),
    ]
    answers = [await world.post(body, each) for each in headers]
    assert set(answers) == {REFUSED}
    assert await world.post(body, {"Stripe-Signature": f"{moment},v1={'0' * 64},{signature}"}) == (
        200,
        '{"received":true}',
    )
    for secret in (SECRET, OLD_SECRET):
        other = json.dumps(event()).encode()
        assert (await world.post(other, signed(world, other, secret, minutes=4)))[0] == 200


async def test_a_signed_body_that_is_no_event_of_ours_is_refused(world: BillingWorld) -> None:
    changes: list[dict[str, Any]] = [
        {"livemode": True},
        {"livemode": "false"},
        {"object": "v2.core.event"},
        {"id": "evt_1' or '1'='1"},
        {"id": "evt_\x00"},
        {"id": 7},
        {"type": "x" * 500},
        {"created": -1},
        {"created": 10**40},
        {"data": None},
        {"data": {"object": []}},
    ]
    bodies = [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"[" * 100_000,
        b"{}",
        json.dumps([event()]).encode(),
        *(json.dumps(event(**change)).encode() for change in changes),
    ]
    assert {await world.post(body, signed(world, body)) for body in bodies} == {REFUSED}


async def test_a_body_of_ten_megabytes_is_cut_off(world: BillingWorld) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 1
            yield b"x" * 65536

    async with world.http.post(world.webhook_url, data=endless(), headers=signed(world, b"x")) as answer:
        assert (answer.status, await answer.text()) == REFUSED
    large = json.dumps(event(padding="x" * 256 * 1024)).encode()
    assert await world.post(large, signed(world, large)) == REFUSED


async def test_the_same_event_a_hundred_times_at_once_is_one(world: BillingWorld) -> None:
    same = event()
    body = json.dumps(same).encode()
    answers = await asyncio.gather(*(world.post(body, signed(world, body)) for _ in range(100)))
    assert {status for status, _ in answers} == {200}
    assert await rows(world, "select count(*) from stripe_event where id = :id", id=same["id"]) == 1
    customer = same["data"]["object"]["customer"]
    jobs = "select count(*) from procrastinate_jobs where args ->> 'customer_id' = :customer"
    assert await rows(world, jobs, customer=customer) == 1


async def test_an_event_that_names_another_tenant_changes_its_customers_owner_alone(world: BillingWorld) -> None:
    victim = await entity_world(world.tools.db)
    await world.buy(PlanKey.AGENCY, victim)
    before = await world.bought(victim)
    found = await world.buy(PlanKey.PRO)
    forged = event()
    forged["data"]["object"] |= {
        "customer": await world.customer(),
        "metadata": {"tenant_id": str(victim.tenant_id)},
        "client_reference_id": str(victim.tenant_id),
        "status": "canceled",
    }
    subscriptions.cancel(world.stripe.ledger, found["id"])
    assert await world.send(forged) == 200
    await sync_customer(world.tools.db, world.tools.clock, world.tools.vendors.billing, await world.customer())
    assert await world.bought(victim) == before
    mine = await world.bought()
    assert mine is not None
    assert mine.status is BillingStatus.CANCELED


async def test_a_late_end_of_an_old_subscription_takes_nothing_from_the_new_one(world: BillingWorld) -> None:
    old = await world.buy(PlanKey.STARTER)
    subscriptions.cancel(world.stripe.ledger, old["id"])
    [late] = [each for each in world.stripe.courier.release() if each["type"] == "customer.subscription.deleted"]
    await world.sync()
    await world.buy(PlanKey.PRO)
    assert await world.send(late) == 200
    assert (await world.sync()).plan is PlanKey.PRO
