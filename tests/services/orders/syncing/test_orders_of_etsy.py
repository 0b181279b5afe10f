"""What Etsy's list of orders does not tell: some fees, which are asked for again, and cancellations."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio

from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus
from models.channel_jobs.retry import ChannelRetry
from models.channels.message import MessageSource
from models.orders.order import SalesOrder
from sandbox.etsy.faults import EtsyFault
from sandbox.marketplaces.faults import CallFaultKind
from services.channel_jobs.requests import JobWish, request_job
from services.channels.messages import handle_message
from services.toolbox import Toolbox
from tests.worlds.etsy import EtsyBase, EtsyWorld, etsy_base

SOLD = {"price": "12.50"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EtsyBase]:
    async with etsy_base(tools, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: EtsyBase) -> EtsyWorld:
    found = await base.world()
    found.role = found.role.ADMIN
    await found.connected()
    found.move(minutes=-10)
    return found


async def read(world: EtsyWorld, minutes: int = 20) -> tuple[list[str], dict[str, str]]:
    """What a reading tells, and the fees of all orders after it."""
    world.move(minutes=minutes)
    async with world.tools.db.write(world.team.viewer) as session:
        wish = JobWish(ChannelJobKind.SYNC_ORDERS)
        asked = await request_job(session, world.team.viewer, world.channel, wish, now=world.tools.clock())
    job = await world.run(asked)
    assert job.status is ChannelJobStatus.SUCCEEDED
    orders = await world.rows(SalesOrder)
    return [each["message"] for each in job.problems], {each.external_id: str(each.fees) for each in orders}


def no_payments(world: EtsyWorld, receipt_id: str) -> None:
    path = f"*/{receipt_id}/payments"
    world.disturb(EtsyFault("*", CallFaultKind.ANSWER, path=path, status=500, body="{}", times=None))


async def test_an_order_whose_fees_fail_is_stored_and_asked_for_again(world: EtsyWorld) -> None:
    odd, good = world.sale(SOLD, fees="1.20"), world.sale(SOLD, fees="1.30")
    no_payments(world, odd)
    told, fees = await read(world)
    assert fees == {odd: "None", good: "1.3000"}
    assert told == [f"Etsy does not tell the fees of order {odd} now: Adgraph asks again by itself."]
    told, fees = await read(world)
    assert (len(told), fees[odd]) == (1, "None")
    world.server.sandbox.faults.clear()
    told, fees = await read(world, minutes=40)
    assert (told, fees) == ([], {odd: "1.2000", good: "1.3000"})
    assert await world.rows(ChannelRetry) == []


async def test_fees_that_were_told_once_stay_where_they_are_not_told_again(world: EtsyWorld) -> None:
    receipt_id = world.sale(SOLD, fees="1.20")
    _, fees = await read(world)
    assert fees == {receipt_id: "1.2000"}
    world.control("receipts/refund", receipt_id=int(receipt_id), amount="5.00")
    no_payments(world, receipt_id)
    _, fees = await read(world)
    assert Decimal(fees[receipt_id]) == Decimal("1.20")


async def woken_by(world: EtsyWorld, event: str) -> None:
    """What follows the newest message of the kind, up to the jobs of the queue."""
    await world.server.sandbox.courier.settle()
    sent = [each for each in world.server.sandbox.book.webhooks.sent if each.event == event]
    await handle_message(world.tools, MessageSource.ETSY, sent[-1].id)


async def test_a_sale_that_a_message_tells_of_is_booked_at_once(world: EtsyWorld) -> None:
    """No list of changes has what happened within the last two minutes."""
    product = await world.goods(quantity=3, created_at=world.tools.clock())
    await read(world)
    receipt_id = world.sale(SOLD | {"sku": product.sku}, fees="1.20")
    await woken_by(world, "order.paid")
    [job] = [each for each in await world.jobs() if each.status is ChannelJobStatus.QUEUED]
    assert (await world.run(job)).problems == []
    [order] = await world.rows(SalesOrder)
    assert (order.external_id, order.status, order.fees) == (receipt_id, "PAID", Decimal("1.20"))
    assert (await world.stored(product)).quantity == 2
    assert await world.rows(ChannelRetry) == []


async def test_a_message_while_orders_are_read_has_them_read_once_more(world: EtsyWorld) -> None:
    async with world.tools.db.write(world.team.viewer) as session:
        wish = JobWish(ChannelJobKind.SYNC_ORDERS)
        running = await request_job(session, world.team.viewer, world.channel, wish, now=world.tools.clock())
    world.sale(SOLD)
    await woken_by(world, "order.paid")
    # One that waits for a worker will ask for the order, too.
    assert [each.id for each in await world.jobs()] == [running.id]
    await world.change(running, status=ChannelJobStatus.RUNNING, started_at=world.tools.clock())
    for _ in range(2):
        world.sale(SOLD)
        await woken_by(world, "order.paid")
    jobs = await world.jobs()
    assert [(each.kind, each.status) for each in jobs] == [
        (ChannelJobKind.SYNC_ORDERS, ChannelJobStatus.RUNNING),
        (ChannelJobKind.SYNC_ORDERS, ChannelJobStatus.QUEUED),
    ]
    await world.run(jobs[1])
    assert len(await world.rows(SalesOrder)) == 3


async def test_an_order_that_a_message_tells_of_is_asked_for_at_once_whatever_failed_before(world: EtsyWorld) -> None:
    receipt_id = world.sale(SOLD, is_paid=False)
    world.control("receipts/spoil", receipt_id=int(receipt_id), fields={"grandtotal": "never"})
    for minutes in (20, 20, 40):
        await read(world, minutes=minutes)
    [waiting] = await world.rows(ChannelRetry)
    assert waiting.next_try_at > world.tools.clock()
    world.control("receipts/spoil", receipt_id=int(receipt_id), fields={})
    world.control("receipts/pay", receipt_id=int(receipt_id))
    await woken_by(world, "order.paid")
    await world.run(next(each for each in await world.jobs() if each.status is ChannelJobStatus.QUEUED))
    assert [each.status for each in await world.rows(SalesOrder)] == ["PAID"]


async def test_an_order_that_was_cancelled_is_read_though_no_list_of_changes_has_it(world: EtsyWorld) -> None:
    """etsy/open-api 604 and 629: a cancellation is no change by which Etsy's list finds a receipt."""
    product = await world.goods(quantity=3)
    receipt_id = world.sale(SOLD | {"sku": product.sku}, fees="1.20")
    await read(world)
    receipt = world.at_etsy.receipts.made[int(receipt_id)]
    changed_s = receipt.updated_s
    world.control("receipts/cancel", receipt_id=int(receipt_id))
    receipt.updated_s = changed_s
    await woken_by(world, "order.canceled")
    [job] = [each for each in await world.jobs() if each.status is ChannelJobStatus.QUEUED]
    assert (await world.run(job)).problems == []
    [order] = await world.rows(SalesOrder)
    assert order.status == "CANCELLED"
    assert await world.rows(ChannelRetry) == []
