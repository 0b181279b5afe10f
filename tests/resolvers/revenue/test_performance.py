"""The query productPerformance, and the performance of a product: golden numbers, order, pages, and what is refused."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.products.attribute import ProductAttribute
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.resolvers.revenue.test_blended import gaps, id_of
from tests.worlds.ads import statements
from tests.worlds.revenue import FIRST, GAPS, NUMBERS, PRODUCTS, RANGE, SECOND, GoldenStore, Line, empty_store

AMOUNTS = ("grossRevenue", "refunds", "netRevenue", "fees", "cost", "spend")
PERFORMANCE = f"""query($ids: [ID!]!, $range: DateRangeInput!, $currency: Currency) {{
  nodes(ids: $ids) {{ ... on Product {{ sku performance(range: $range, currency: $currency) {{
    product {{ sku }} {NUMBERS} {GAPS}
  }} }} }}
}}"""


@pytest.mark.usefixtures("rates")
async def test_the_golden_store_by_product(golden: GoldenStore) -> None:
    found = await golden.performance(currency="EUR")
    # No profit comes last.
    assert [*found] == ["LAMP", "MUG-1", None]
    lamp, mug, none = found.values()
    assert [lamp[name] for name in ("orders", "units", *AMOUNTS, "profit")] == [2, 3, 205, 0, 205, 15, 60, 90, 40]
    assert (lamp["blendedRoas"], lamp["coverage"]) == (2.277778, 1.0)
    assert gaps(lamp) == [("TAX_UNKNOWN", 1, Decimal(100))]
    assert [mug[name] for name in ("orders", "units", *AMOUNTS, "profit")] == [1, 1, 100, 50, 50, None, None, 10, None]
    assert gaps(mug) == [("COST_MISSING", 1, Decimal(50)), ("FEES_MISSING", 1, Decimal(50))]
    assert [none[name] for name in ("orders", "netRevenue", "spend", "profit")] == [0, 0, 50, None]
    assert gaps(none) == [("NOT_LINKED", 1, Decimal(50))]
    [total] = (await golden.blended(currency="EUR"))["totals"]
    assert [sum(row[name] or 0 for row in found.values()) for name in AMOUNTS] == [total[name] for name in AMOUNTS]


@pytest.mark.usefixtures("rates")
async def test_rows_of_products_by_filters(golden: GoldenStore) -> None:
    mine = {"currency": "EUR", "productIds": [id_of(golden.mug)]}
    assert [*await golden.performance(**mine)] == ["MUG-1"]
    assert await golden.performance(currency="EUR", productIds=[]) == {}
    # Only the lamp was sold by this channel, so all of the ad of both is the lamp's.
    found = await golden.performance(currency="EUR", channelIds=[id_of(golden.without_tax)])
    assert {sku: (row["netRevenue"], row["spend"]) for sku, row in found.items()} == {"LAMP": (100, 100), None: (0, 50)}
    colour = ProductAttribute(tenant_id=golden.mug.tenant_id, product_id=golden.mug.id, attribute_id=uuid4())
    await golden.entities.keep(colour)
    red = {"currency": "EUR", "attributeIds": [encode_id("Attribute", colour.attribute_id)]}
    assert [*await golden.performance(**red)] == ["MUG-1"]
    assert await golden.performance(**red, productIds=[id_of(golden.lamp)]) == {}
    by_order_date = await golden.performance(currency="EUR", refunds="ORDER_DATE")
    assert by_order_date["MUG-1"]["netRevenue"] == 50


async def test_several_currencies_need_one_to_be_told_in(golden: GoldenStore) -> None:
    answer = await golden.ask(PRODUCTS)
    assert answer.codes == ["MIXED_CURRENCY"]
    assert "EUR, USD" in answer.messages[0]
    first = {"between": {"from": str(FIRST), "to": str(FIRST)}}
    found = await golden.performance(range=first)
    # Evenly, where no mug was sold by this channel and no lamp either.
    assert {sku: (row["currency"], row["spend"]) for sku, row in found.items()} == {
        "LAMP": ("EUR", Decimal("86.67")),
        "MUG-1": ("EUR", Decimal("13.33")),
    }
    silent = await golden.performance(range=first, channelIds=[id_of(await golden.channel())])
    assert {sku: row["spend"] for sku, row in silent.items()} == {"LAMP": 80, "MUG-1": 20}


@pytest.mark.usefixtures("rates")
async def test_what_has_no_rate_is_named_at_its_product(golden: GoldenStore) -> None:
    await golden.link(golden.accounts["USD"].ads[0], golden.mug)
    days = {"between": {"from": str(FIRST), "to": str(SECOND)}}
    found = await golden.performance(range=days, currency="GBP")
    assert gaps(found["LAMP"])[:2] == [("NO_FX_RATE", 1, Decimal(105)), ("NO_FX_RATE", 1, Decimal(108))]
    assert gaps(found["MUG-1"])[-1] == ("NO_FX_RATE", 1, Decimal(54))
    assert (found["LAMP"]["orders"], found["LAMP"]["netRevenue"], found["LAMP"]["spend"]) == (0, 0, 0)


@pytest.mark.usefixtures("rates")
@pytest.mark.parametrize(
    ("order", "skus"),
    [
        ("PROFIT_ASC", ["LAMP", "MUG-1", None]),
        ("NET_REVENUE_DESC", ["LAMP", "MUG-1", None]),
        ("SPEND_DESC", ["LAMP", None, "MUG-1"]),
        ("UNITS_DESC", ["LAMP", "MUG-1", None]),
    ],
)
async def test_pages_of_products_in_each_order(golden: GoldenStore, order: str, skus: list[str | None]) -> None:
    asked: dict[str, Any] = {"range": RANGE, "currency": "EUR", "order": order}
    found, after = [], None
    for _ in skus:
        answer = await golden.door.ask(PRODUCTS, input=asked, first=1, after=after)
        page = answer.data["productPerformance"]
        found += [node["product"] and node["product"]["sku"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, len(found) < 3)
    assert found == skus
    other = await golden.door.ask(PRODUCTS, input=asked | {"refunds": "ORDER_DATE"}, after=after)
    assert other.codes == ["BAD_USER_INPUT"]


@pytest.mark.usefixtures("rates")
async def test_the_performance_of_products_is_read_once_for_all(golden: GoldenStore) -> None:
    idle = await golden.product("IDLE")
    ids = [id_of(each) for each in (golden.lamp, idle, golden.mug)]
    with statements(golden.tools.db) as sent:
        answer = await golden.door.ask(PERFORMANCE, ids=ids, range=RANGE, currency="EUR")
    assert answer.codes == []
    shown = {node["sku"]: node["performance"] for node in answer.data["nodes"]}
    listed = await golden.performance(currency="EUR")
    assert shown["LAMP"] == listed["LAMP"] | {"product": {"sku": "LAMP"}}
    assert [shown["IDLE"][name] for name in ("orders", "netRevenue", "spend", "profit", "gaps")] == [0, 0, 0, None, []]
    # All products once, for what is left of a cent, and more of those that are shown.
    assert len([each for each in sent if "order_line" in each]) == 2
    mixed = await golden.door.ask(PERFORMANCE, ids=ids, range=RANGE)
    assert mixed.codes == ["MIXED_CURRENCY"] * 3
    assert [node["performance"] for node in mixed.data["nodes"]] == [None] * 3


@pytest.mark.usefixtures("rates")
async def test_lines_that_name_an_erased_product_are_of_none(golden: GoldenStore) -> None:
    gone = await golden.product("GONE")
    channel = await golden.channel("0")
    lines = [Line(1, "10", gone), Line(1, "20", golden.lamp, "5")]
    await golden.order(channel, "2026-11-02T10:00", lines, shipping="0.01", fees="3")
    async with golden.tools.db.write(golden.entities.viewer) as session:
        await session.delete(await session.merge(gone))
    found = await golden.performance(channelIds=[id_of(channel)], currency="EUR")
    # A third of 30.01 is 10.00333: the cent that is left goes to whom more was cut off.
    told = {sku: [row[name] for name in ("orders", "units", *AMOUNTS)] for sku, row in found.items()}
    assert told == {
        "LAMP": [1, 1, Decimal("20.01"), 0, Decimal("20.01"), 2, 5, 100],
        None: [1, 1, 10, 0, 10, 1, None, 50],
    }
    assert gaps(found[None]) == [
        ("COST_MISSING", 1, Decimal(10)),
        ("NOT_LINKED", 1, Decimal(10)),
        ("NOT_LINKED", 1, Decimal(50)),
    ]


@pytest.mark.usefixtures("rates")
async def test_links_by_hand_to_a_deleted_product_count_for_none(golden: GoldenStore) -> None:
    """They are hidden, and kept in case it is restored; what it sold is its own still."""
    for product, spent, unlinked in ((golden.mug, {"LAMP": 100, "MUG-1": 0}, 50), (golden.lamp, {}, 150)):
        async with golden.tools.db.write(golden.entities.viewer) as session:
            (await session.merge(product)).deleted_at = golden.now
        found = await golden.performance(currency="EUR")
        assert {sku: row["spend"] for sku, row in found.items()} == {"LAMP": 0, "MUG-1": 0} | spent | {None: unlinked}
        [total] = (await golden.blended(currency="EUR"))["totals"]
        assert Decimal(unlinked) in [amount for code, _, amount in gaps(total) if code == "NOT_LINKED"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"productIds": [encode_id("Ad", UUID(int=7))]}, "BAD_USER_INPUT"),
        ({"channelIds": [encode_id("Channel", UUID(int=7))]}, "NOT_FOUND"),
        ({"range": {"between": {"from": "2026-11-02", "to": "2026-11-01"}}}, "BAD_USER_INPUT"),
    ],
    ids=["an ad", "no channel", "reversed"],
)
async def test_questions_about_products_that_are_refused(tools: Toolbox, asked: dict[str, Any], code: str) -> None:
    answer = await (await empty_store(tools)).ask(PRODUCTS, **asked)
    assert answer.codes == [code]


async def test_a_tenant_without_anything_has_no_rows(tools: Toolbox) -> None:
    store = await empty_store(tools)
    assert await store.performance() == {}
