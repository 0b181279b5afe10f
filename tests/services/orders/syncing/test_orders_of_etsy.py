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


async def test_an_order_that_was_cancelled_is_read_though_no_list_of_changes_has_it(world: EtsyWorld) -> None:
    """etsy/open-api 604 and 629: a cancellation is no change by which Etsy's list finds a receipt."""
    product = await world.goods(quantity=3)
    receipt_id = world.sale(SOLD | {"sku": product.sku}, fees="1.20")
    await read(world)
    receipt = world.at_etsy.receipts.made[int(receipt_id)]
    changed_s = receipt.updated_s
    world.control("receipts/cancel", receipt_id=int(receipt_id))
    receipt.updated_s = changed_s
    await world.server.sandbox.courier.settle()
    told = next(each for each in world.server.sandbox.book.webhooks.sent if each.event == "order.canceled")
    await handle_message(world.tools, MessageSource.ETSY, told.id)
    [job] = [each for each in await world.jobs() if each.status is ChannelJobStatus.QUEUED]
    assert (await world.run(job)).problems == []
    [order] = await world.rows(SalesOrder)
    assert order.status == "CANCELLED"
    assert await world.rows(ChannelRetry) == []
