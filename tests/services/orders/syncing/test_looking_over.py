"""Once a day orders of the last weeks are compared with what is stored: what no list of changes tells of is seen."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.retry import ChannelRetry
from models.channels.channel import Channel
from models.orders.order import SalesOrder
from sandbox.etsy.faults import EtsyFault
from services.channel_jobs.requests import JobWish, request_job
from services.orders.syncing.work import SINCE
from services.toolbox import Toolbox
from tests.worlds.etsy import EtsyBase, EtsyWorld, etsy_base

SOLD = {"price": "12.50"}
EARNED = "{ orders(first: 20) { nodes { externalId status netRevenue fees refunds { amount } } } }"
A_DAY = 24 * 60 + 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EtsyBase]:
    async with etsy_base(tools, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: EtsyBase) -> EtsyWorld:
    """A shop whose refunds change no receipt, as is reported of Etsy (etsy/open-api 513 and 604)."""
    found = await base.world()
    found.role = found.role.ADMIN
    await found.connected()
    found.control("receipts/paging", refunds_change=False)
    return found


async def read(world: EtsyWorld, minutes: int = 20, since: str | None = None) -> ChannelJob:
    """The reading so many minutes later. The log of the stand-in has its calls alone afterwards."""
    world.move(minutes=minutes)
    world.server.sandbox.log.clear()
    async with world.tools.db.write(world.team.viewer) as session:
        wish = JobWish(ChannelJobKind.SYNC_ORDERS, payload={} if since is None else {SINCE: since})
        asked = await request_job(session, world.team.viewer, world.channel, wish, now=world.tools.clock())
    return await world.run(asked)


def calls(world: EtsyWorld, name: str) -> list[str]:
    """The paths of the calls of this name."""
    return [each.path for each in world.server.sandbox.log if each.call == f"receipts.{name}"]


def asked_fees(world: EtsyWorld) -> list[str]:
    """The receipts whose fees were asked for."""
    return [path.split("/")[-2] for path in calls(world, "payments")]


def pay_back(world: EtsyWorld, receipt_id: str, amount: str = "5.00", fees: str = "0.80") -> None:
    """Etsy gives a part of its fees back, too."""
    receipt = world.at_etsy.receipts.made[int(receipt_id)]
    changed_s = receipt.updated_s
    world.control("receipts/refund", receipt_id=int(receipt_id), amount=amount)
    world.control("receipts/change", receipt_id=int(receipt_id), fees=fees, updated_s=changed_s)


async def earned(world: EtsyWorld) -> dict[str, tuple[Any, ...]]:
    nodes = (await world.ask(EARNED)).data["orders"]["nodes"]
    return {
        each["externalId"]: (Decimal(each["netRevenue"]), Decimal(each["fees"]), len(each["refunds"])) for each in nodes
    }


async def written(world: EtsyWorld) -> set[tuple[str, str]]:
    """Each order with the transaction that has written its row last."""
    query = text("select external_id, xmin::text from sales_order where tenant_id = :tenant_id")
    async with world.tools.db.read(world.team.viewer) as session:
        found = await (await session.connection()).execute(query, {"tenant_id": world.team.tenant_id})
    return {(row[0], row[1]) for row in found}


async def test_a_refund_that_changes_no_order_is_seen_the_next_day(world: EtsyWorld) -> None:
    ids = [world.sale(SOLD, fees="1.20") for _ in range(3)]
    world.move(minutes=30)
    newest = world.sale(SOLD)
    await read(world)
    assert (len(calls(world, "list")), asked_fees(world)) == (1, [*ids, newest])
    pay_back(world, ids[1])
    await read(world)
    # The newest one is read again each time, in case another one changed in the same moment.
    assert (len(calls(world, "list")), asked_fees(world)) == (1, [newest])
    assert (await earned(world))[ids[1]] == (Decimal("12.50"), Decimal("1.20"), 0)
    before = await written(world)
    job = await read(world, minutes=A_DAY)
    # One list more for all orders, and no fees of theirs.
    assert (len(calls(world, "list")), asked_fees(world)) == (2, [newest])
    assert (await earned(world))[ids[1]] == (Decimal("7.50"), Decimal("1.20"), 1)
    told = f"Etsy's list does not tell the fees of order {ids[1]}: Adgraph asks for them by itself."
    assert [each["message"] for each in job.problems] == [told]
    assert await written(world) - before == {each for each in await written(world) if each[0] == ids[1]}
    # Of the one that had changed, the fees are asked for at the next reading.
    assert (await read(world)).problems == []
    assert (len(calls(world, "list")), len(calls(world, "read")), asked_fees(world)) == (1, 1, [newest, ids[1]])
    assert (await earned(world))[ids[1]] == (Decimal("7.50"), Decimal("0.80"), 1)
    assert await world.rows(ChannelRetry) == []


async def test_orders_are_looked_over_once_a_day(world: EtsyWorld) -> None:
    world.sale(SOLD)
    await read(world)
    # The first reading has just read all of them.
    for minutes, lists in ((12 * 60, 1), (12 * 60, 2), (12 * 60, 1), (11 * 60, 1), (60, 2)):
        await read(world, minutes=minutes)
        assert len(calls(world, "list")) == lists


async def test_whoever_asks_from_a_time_on_sees_refunds_at_once(world: EtsyWorld) -> None:
    receipt_id = world.sale(SOLD, fees="1.20")
    await read(world)
    world.move(days=70)
    since = world.tools.clock().isoformat()
    await read(world)
    pay_back(world, receipt_id)
    await read(world, minutes=A_DAY)
    assert (await earned(world))[receipt_id][2] == 0  # placed 71 days ago
    await read(world, since=since)
    assert (await earned(world))[receipt_id][2] == 0
    await read(world, since=(await world.rows(SalesOrder))[0].placed_at.isoformat())
    assert (await earned(world))[receipt_id] == (Decimal("7.50"), Decimal("1.20"), 1)


async def test_a_cancellation_that_changes_no_order_is_seen_and_gives_the_pieces_back(world: EtsyWorld) -> None:
    product = await world.goods(quantity=3)
    receipt_id = world.sale(SOLD | {"sku": product.sku}, fees="1.20")
    await read(world)
    receipt = world.at_etsy.receipts.made[int(receipt_id)]
    changed_s = receipt.updated_s
    world.control("receipts/cancel", receipt_id=int(receipt_id))
    receipt.updated_s = changed_s
    assert (await read(world, minutes=A_DAY)).problems == []
    [order] = await world.rows(SalesOrder)
    assert (order.status.value, order.fees) == ("CANCELLED", Decimal("1.20"))
    assert (await earned(world))[receipt_id][0] == 0


@pytest.mark.parametrize(
    "fault",
    [
        EtsyFault("receipts.list", status=502, body="<html></html>", nth=2, times=None),
        EtsyFault("receipts.list", status=429, headers={"retry-after": "3600"}, nth=2, times=None),
        EtsyFault("receipts.list", status=200, body='{"count": "many"}', nth=2, times=None),
        EtsyFault("receipts.list", status=400, body='{"error": "Invalid parameter"}', nth=2, times=None),
    ],
    ids=["away", "limited", "misshapen", "refused"],
)
async def test_what_cannot_be_looked_over_now_costs_no_reading(world: EtsyWorld, fault: EtsyFault) -> None:
    receipt_id = world.sale(SOLD, fees="1.20")
    await read(world)
    pay_back(world, receipt_id)
    late = world.sale(SOLD, fees="1.30")
    world.disturb(fault)
    job = await read(world, minutes=A_DAY)
    assert job.status is ChannelJobStatus.SUCCEEDED
    [told] = [each["message"] for each in job.problems]
    assert told.startswith("The orders that were placed in the last weeks could not be compared")
    assert {each: found[2] for each, found in (await earned(world)).items()} == {receipt_id: 0, late: 0}
    world.server.sandbox.faults.clear()
    await read(world)
    assert (await earned(world))[receipt_id][2] == 1


async def test_an_access_that_ends_meanwhile_ends_the_reading_too(world: EtsyWorld) -> None:
    world.sale(SOLD)
    await read(world)
    body = '{"error": "insufficient_scope"}'
    world.disturb(EtsyFault("receipts.list", status=403, body=body, nth=2, times=None))
    job = await read(world, minutes=A_DAY)
    assert job.status is not ChannelJobStatus.SUCCEEDED
    [channel] = await world.rows(Channel)
    assert channel.orders_looked_over_at < job.queued_at


async def test_what_changes_while_orders_are_looked_over_is_left_to_the_next_reading(world: EtsyWorld) -> None:
    early = world.sale(SOLD, fees="1.20")
    await read(world)
    world.move(minutes=A_DAY - 1)
    late = world.sale(SOLD, fees="1.30")
    world.control("receipts/change", receipt_id=int(early), fees="1.40")
    job = await read(world, minutes=1)
    assert len(calls(world, "list")) == 2
    assert (job.problems, late in await earned(world)) == ([], False)
    await read(world)
    assert {each: found[1] for each, found in (await earned(world)).items()} == {
        early: Decimal("1.40"),
        late: Decimal("1.30"),
    }


async def test_an_order_that_no_list_of_changes_had_comes_with_its_fees(world: EtsyWorld) -> None:
    world.sale(SOLD)
    await read(world)
    world.move(minutes=60)
    hidden = world.sale(SOLD, fees="1.30")
    world.at_etsy.receipts.made[int(hidden)].updated_s -= 30 * 86_400
    await read(world, minutes=A_DAY)
    assert hidden in {each.external_id for each in await world.rows(SalesOrder)}
    await read(world)
    assert (await earned(world))[hidden] == (Decimal("12.50"), Decimal("1.30"), 0)


async def test_orders_of_thousands_are_looked_over_part_by_part(world: EtsyWorld) -> None:
    ids = world.control("receipts/generate", count=2_100, step_s=60)["receipt_ids"]
    for receipt in world.at_etsy.receipts.made.values():
        receipt.is_canceled = True
    await read(world)
    for each in (ids[3], ids[-3]):
        world.at_etsy.receipts.made[each].is_canceled = False
    await read(world, minutes=A_DAY)
    # 22 pages of orders; the others are the changes, and first pages of spans that hold too many orders.
    assert 22 <= len(calls(world, "list")) < 40
    live = {each.external_id for each in await world.rows(SalesOrder) if each.status.value == "PAID"}
    assert live == {str(ids[3]), str(ids[-3])}
