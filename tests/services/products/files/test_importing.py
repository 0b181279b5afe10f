"""Products from files: how files are written, what a line changes, what is refused, and costs that come late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from errors import Forbidden, RateLimited, UserErrorCode
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.ids import new_id
from models.keyset import Window
from models.orders.line import OrderLine
from models.orders.order import OrderStatus, SalesOrder
from models.products.product import Product, ProductFilter, ProductOrder
from models.tenants.membership import Role
from services.imports.receiving import ImportedLines
from services.products.files.importing import import_products
from services.products.lists import list_products
from services.toolbox import Toolbox
from tests.worlds.imports import upload
from tests.worlds.products import Catalogue, catalogue, refusal

FILE = """sku,title,currency,price,cost,quantity,page_urls,description
L-1,Lamp,EUR,49.90,18.50,3,https://a.test/1 https://a.test/2,"Brass,
with a shade"
C-1,Chair,EUR,120,,,,
"""


class SlowFile:
    """FILE from a sender who waits until `goes_on`; `is_read` once somebody has begun to read."""

    def __init__(self) -> None:
        self.is_read, self.goes_on = asyncio.Event(), asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        self.is_read.set()
        await self.goes_on.wait()
        yield FILE.encode()


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def send(world: Catalogue, content: str | bytes, *, is_trial: bool = False) -> ImportedLines:
    return await import_products(world.tools, world.team.viewer, upload(content), is_trial=is_trial)


async def products(world: Catalogue) -> dict[str, Product]:
    order = ProductOrder.SKU_ASC
    page = await list_products(world.tools.db, world.team.viewer, ProductFilter(), order, Window(1_000))
    return {each.sku: each for each in page.rows}


def told(done: ImportedLines) -> list[tuple[int, str]]:
    return [(each.line, each.message) for each in done.problems]


async def test_lines_make_products_and_the_same_bytes_change_nothing(world: Catalogue) -> None:
    trial = await send(world, FILE, is_trial=True)
    assert (await products(world), await world.log()) == ({}, [])
    done = await send(world, FILE)
    assert done == trial
    assert (done.rows_imported, done.rows_skipped, done.notes[-1]) == (2, 0, "2 products are new and 0 changed.")
    found = await products(world)
    lamp, chair = found["L-1"], found["C-1"]
    assert (lamp.price, lamp.cost, lamp.quantity) == (Decimal("49.9"), Decimal("18.5"), 3)
    assert lamp.page_urls == ["https://a.test/1", "https://a.test/2"]
    assert lamp.description == "Brass,\nwith a shade"
    assert (chair.cost, chair.quantity, chair.status) == (None, 1, "DRAFT")
    again = await send(world, FILE)
    assert (again.rows_imported, again.notes[-1]) == (2, "0 products are new and 0 changed.")
    assert await products(world) == found
    assert [each[0] for each in await world.log()] == ["products.imported"]


async def test_only_what_the_columns_name_is_changed(world: Catalogue) -> None:
    await send(world, FILE)
    done = await send(world, "\ufeffSKU;Unit Cost;Supplier\nL-1;19,25;Someone\nC-1;;\n")
    assert (done.rows_imported, done.rows_skipped) == (2, 0)
    assert any("Supplier" in each for each in done.notes)
    found = await products(world)
    assert (found["L-1"].cost, found["L-1"].title, found["L-1"].version) == (Decimal("19.25"), "Lamp", 2)
    assert found["C-1"].version == 1
    change = (await world.log())[-1][3]
    assert (change["made"], change["changed"]) == (0, 1)
    assert change["products"] == [{"sku": "L-1", "before": {"cost": "18.5000"}, "after": {"cost": "19.25"}}]


@pytest.mark.parametrize(
    ("content", "price"),
    [
        pytest.param("sku;title;currency;price\nA;T;EUR;1.234,50\n".encode("utf-16"), "1234.5", id="UTF-16, comma"),
        pytest.param(b"sku\ttitle\tcurrency\tprice\nA\tT\teur\t1,234.50\n", "1234.5", id="tabs, point"),
        pytest.param(b"Products\n\nsku,title,currency,price\nA,T,EUR,7\n", "7", id="a line above"),
        pytest.param("sku,title,currency,price\nA,Stühle,EUR,7\n".encode("cp1252"), "7", id="Windows"),
    ],
)
async def test_how_a_file_is_written_is_found_out(world: Catalogue, content: bytes, price: str) -> None:
    done = await send(world, content)
    assert told(done) == []
    assert (await products(world))["A"].price == Decimal(price)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "empty"),
        ("title,price\nA,1\n", "sku"),
        ("sku\nA\n", "none of"),
        ("sku,title,name\nA,B,C\n", "twice"),
        ('sku,title,currency,price\nA,T,EUR,"1,234"\n', "decimals"),
        ('sku,title,currency,price\nA,T,EUR,1.5\nB,T,EUR,"1,5"\n', "two ways"),
        ("sku,cost,cost_from\nA,1,01/02/2026\n", "month first"),
        ("PK\x03\x04", "spreadsheet"),
    ],
    ids=["empty", "no sku", "sku alone", "a heading twice", "unclear amounts", "amounts in two ways", "unclear days",
         "no text"],
)  # fmt: skip
async def test_a_file_that_can_be_read_in_two_ways_or_in_none_is_refused(
    world: Catalogue, content: str, word: str
) -> None:
    error = await refusal(send(world, content))
    assert (error.user_code, error.field) == (UserErrorCode.FILE_INVALID, "file")
    assert word in error.message


async def test_an_odd_line_costs_no_other(world: Catalogue) -> None:
    lines = [
        "sku,title,currency,price,quantity,page_urls",
        "A,=HYPERLINK(1),EUR,1.50,1,",
        "A,Twice,EUR,1.50,1,",
        ",No SKU,EUR,1.50,1,",
        "B,No price,EUR,,1,",
        "C,Not a number,EUR,NaN,1,",
        "D,Free,EUR,0,1,",
        "E,Yen,JPY,0.0000001,1,",
        "F,Half,EUR,1.50,1.5,",
        "G,NUL\0,EUR,1.50,1,",
        "H,Too,many,columns,1,,,x",
        f"{'x' * 51},Long SKU,EUR,1.50,1,",
        f"I,{'😀' * 400},EUR,1.50,1,",
        "J,Page,EUR,1.50,1,ftp://a.test",
        "K,Currency,EURO,1.50,1,",
        "L,Minus,EUR,-1.50,-1,",
        'M,"Open,EUR,1.50,1,',
        "",
        "Z,Last,EUR,1.50,1,",
    ]
    done = await send(world, "\r\n".join(lines))
    found = await products(world)
    assert [*found] == ["A", "Z"]
    assert found["A"].title == "=HYPERLINK(1)"
    assert [line for line, _ in told(done)] == [*range(3, 18)]
    assert (done.rows_imported, done.rows_skipped) == (2, 15)
    messages = dict(told(done))
    assert messages[3] == "Line 2 has this SKU already."
    assert "A price in JPY has at most 0 decimals." in messages[8]
    assert "A price" in messages[16]
    assert "A quantity" in messages[16]


async def test_a_line_that_leaves_none_of_a_published_product_is_a_problem(world: Catalogue) -> None:
    await send(world, FILE)
    found = await products(world)
    for each in found.values():
        await world.set_columns(each, status="PUBLISHED")
    done = await send(world, "sku,quantity\nL-1,0\nC-1,7\n")
    assert (done.rows_imported, [each.line for each in done.problems]) == (1, [2])
    assert "PUBLISHED" in done.problems[0].message
    assert {sku: each.quantity for sku, each in (await products(world)).items()} == {"L-1": 3, "C-1": 7}


async def test_what_the_plan_has_no_room_for_is_left_out(world: Catalogue) -> None:
    await world.fill(97)
    frozen = await world.make(sku="frozen")
    await world.set_columns(frozen, frozen_at=world.clock())
    content = "sku,title,currency,price\n" + "".join(f"N{place},T,EUR,1\n" for place in range(4)) + "frozen,T,EUR,1\n"
    for is_trial in (True, False):
        done = await send(world, content, is_trial=is_trial)
        assert (done.rows_imported, [line for line, _ in told(done)]) == (2, [4, 5, 6])
        assert "allows 100 products" in done.problems[0].message
    assert (await send(world, content)).rows_imported == 2, "those that are there are changed still"


async def test_a_deleted_product_is_none_and_lines_of_orders_find_the_new_one(world: Catalogue) -> None:
    old = await world.make(sku="S")
    await world.delete(old)
    line = await sold(world, None, "EUR", datetime(2026, 11, 1, tzinfo=UTC), sku="S")
    await send(world, "sku,title,currency,price\nS,New,EUR,1\n")
    new = (await products(world))["S"]
    assert new.id != old.id
    assert await product_of(world, line) == new.id


async def test_a_cost_that_comes_late_fills_what_nobody_knew(world: Catalogue) -> None:
    made = await world.make(sku="S")
    # 22:30 UTC is the next day in Berlin already, in winter at 23:00.
    early, late = datetime(2026, 11, 9, 22, 30, tzinfo=UTC), datetime(2026, 11, 9, 23, 30, tzinfo=UTC)
    before, there, known, foreign = (
        await sold(world, made.id, "EUR", early),
        await sold(world, made.id, "EUR", late),
        await sold(world, made.id, "EUR", late, cost=Decimal(3)),
        await sold(world, made.id, "XTS", late),
    )
    content = "sku,cost,cost_from\nS,4.25,2026-11-10\n"
    trial = await send(world, content, is_trial=True)
    assert [await cost(world, line) for line in (before, there)] == [None, None]
    done = await send(world, content)
    assert done == trial
    assert done.notes[-1] == "0 products are new and 1 changed, and 1 lines of orders have a cost that had none."
    assert await cost(world, there) == Decimal("4.25")
    assert [await cost(world, line) for line in (before, known, foreign)] == [None, Decimal(3), None]
    again = await send(world, content)
    assert again.notes[-1] == "0 products are new and 0 changed."
    # At the ends of the calendar there are no days before, and no zones.
    for day in ("0001-01-01", "9999-12-31"):
        lines = f"S,,,,4.25,2026-11-10\nT,Table,EUR,9,4.25,{day}\n"
        odd = await send(world, f"sku,title,currency,price,cost,cost_from\n{lines}")
        assert (odd.rows_imported, [each.line for each in odd.problems]) == (1, [3])
    without = await send(world, "sku,title,currency,price,cost_from\nN,T,EUR,1,2026-11-10\n")
    assert [line for line, _ in told(without)] == [2]


async def test_one_import_of_a_team_runs_at_once_and_a_viewer_has_none(world: Catalogue) -> None:
    slow = SlowFile()
    first = asyncio.create_task(import_products(world.tools, world.team.viewer, slow, is_trial=False))
    await slow.is_read.wait()
    with pytest.raises(RateLimited):
        await send(world, FILE)
    slow.goes_on.set()
    assert (await first).rows_imported == (await send(world, FILE)).rows_imported == 2
    with pytest.raises(Forbidden):
        await import_products(world.tools, world.team.as_role(Role.VIEWER), upload(FILE), is_trial=True)


@pytest.mark.drill
async def test_many_lines_are_read_and_the_first_problems_told(world: Catalogue) -> None:
    lines = [f"N{place},T,EUR,x" for place in range(200_000)]
    done = await send(world, "sku,title,currency,price\n" + "\n".join(lines))
    assert (done.rows_imported, done.rows_skipped, len(done.problems)) == (0, 200_000, 100)


async def sold(
    world: Catalogue, product_id: UUID | None, currency: str, placed_at: datetime, **values: Any
) -> OrderLine:
    """A line of an order of its own."""
    tenant_id, cost = world.team.tenant_id, values.pop("cost", None)
    channel = Channel(tenant_id=tenant_id, kind=ChannelKind.SHOP, name="Shop", status=ChannelStatus.CONNECTED)
    await world.team.keep(channel)
    amounts: dict[str, Any] = dict.fromkeys(("subtotal", "discount", "shipping", "tax", "total"), Decimal(1))
    order = SalesOrder(
        tenant_id=tenant_id,
        channel_id=channel.id,
        external_id=str(new_id()),
        status=OrderStatus.PAID,
        currency=currency,
        placed_at=placed_at,
        updated_at=placed_at,
        **amounts,
    )
    await world.team.keep(order)
    line = OrderLine(
        tenant_id=tenant_id,
        order_id=order.id,
        placed_at=placed_at,
        position=1,
        external_id="1",
        title="T",
        quantity=1,
        unit_price=Decimal(1),
        discount=Decimal(0),
        product_id=product_id,
        unit_cost=cost,
        **values,
    )
    await world.team.keep(line)
    return line


async def cost(world: Catalogue, line: OrderLine) -> Decimal | None:
    return (await _of_line(world, line))[0]


async def product_of(world: Catalogue, line: OrderLine) -> UUID | None:
    return (await _of_line(world, line))[1]


async def _of_line(world: Catalogue, line: OrderLine) -> tuple[Decimal | None, UUID | None]:
    query = text("select unit_cost, product_id from order_line where tenant_id = :tenant_id and id = :id")
    async with world.tools.db.read(world.team.viewer) as session:
        found = await (await session.connection()).execute(query, {"tenant_id": line.tenant_id, "id": line.id})
        row = found.one()
        return row[0], row[1]
