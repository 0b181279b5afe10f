"""The query blended: the golden numbers to the printed digit, and each thing that may not be known."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from embedded.postgres import DatabaseUrls
from models.channels.channel import ChannelKind, ChannelStatus
from models.products.product import Product
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, statements
from tests.worlds.rates import rate, rates_of_the_test, stored
from tests.worlds.revenue import BLENDED, GoldenStore, Line, at, empty_store

COLUMNS = ("orders", "units", "grossRevenue", "refunds", "netRevenue", "spend", "blendedRoas")


def told(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{row[name]:.2f}" if not isinstance(row[name], int) else str(row[name]) for name in COLUMNS)


def gaps(row: dict[str, Any]) -> list[tuple[str, int, Decimal | None]]:
    return [(gap["code"], gap["count"], gap["amount"]) for gap in row["gaps"]]


def id_of(row: Any) -> str:
    return encode_id(type(row).__name__, row.id)


@pytest.mark.usefixtures("rates")
async def test_the_golden_store_by_day_of_refunds(golden: GoldenStore) -> None:
    found = await golden.blended(grain="DAY", currency="EUR")
    assert [(row["period"]["start"], *told(row)) for row in found["rows"]] == [
        ("2026-11-01", "2", "3", "205.00", "0.00", "205.00", "100.00", "2.05"),
        ("2026-11-02", "1", "1", "100.00", "50.00", "50.00", "50.00", "1.00"),
    ]
    [total] = found["totals"]
    assert told(total) == ("3", "4", "305.00", "50.00", "255.00", "150.00", "1.70")
    assert [total[name] for name in ("fees", "cost", "profit")] == [15, 60, 30]
    assert (total["coverage"], total["aov"], total["spendPerOrder"]) == (0.803922, Decimal("101.666667"), 50)
    assert (total["platformRevenue"], total["platformRoas"]) == (450, 3.0)
    assert gaps(total) == [
        ("COST_MISSING", 1, Decimal(50)),
        ("FEES_MISSING", 1, Decimal(50)),
        ("TAX_UNKNOWN", 1, Decimal(100)),
        ("NOT_LINKED", 1, Decimal(50)),
    ]


@pytest.mark.usefixtures("rates")
async def test_the_golden_store_by_day_of_orders(golden: GoldenStore) -> None:
    found = await golden.blended(grain="DAY", currency="EUR", refunds="ORDER_DATE")
    assert [told(row) for row in found["rows"]] == [
        ("2", "3", "205.00", "50.00", "155.00", "100.00", "1.55"),
        ("1", "1", "100.00", "0.00", "100.00", "50.00", "2.00"),
    ]
    assert told(found["totals"][0]) == ("3", "4", "305.00", "50.00", "255.00", "150.00", "1.70")


async def test_without_a_currency_each_has_rows_of_its_own(golden: GoldenStore) -> None:
    totals = {row["currency"]: row for row in (await golden.blended())["totals"]}
    assert {name: (row["spend"], row["netRevenue"]) for name, row in totals.items()} == {
        "EUR": (100, 155),
        "USD": (54, 108),
    }
    assert gaps(totals["USD"]) == [("TAX_UNKNOWN", 1, Decimal(108)), ("NOT_LINKED", 1, Decimal(54))]


async def test_a_day_without_a_rate_is_left_out_and_named(golden: GoldenStore, postgres: DatabaseUrls) -> None:
    async with rates_of_the_test(postgres.migration):
        [total] = (await golden.blended(currency="EUR"))["totals"]
    assert told(total) == ("2", "3", "205.00", "50.00", "155.00", "100.00", "1.55")
    assert gaps(total) == [
        ("NO_FX_RATE", 1, Decimal(108)),
        ("NO_FX_RATE", 1, Decimal(54)),
        ("COST_MISSING", 1, Decimal(50)),
        ("FEES_MISSING", 1, Decimal(50)),
    ]
    assert [gap["message"] for gap in total["gaps"][:2]] == [
        f"No exchange rate is known on 1 day from 2026-11-02 to 2026-11-02: {what} is left out."
        for what in ("revenue of 108.00 USD", "ad spend of 54.00 USD")
    ]


async def test_an_order_whose_sale_has_no_rate_is_counted_with_its_refunds(
    golden: GoldenStore, postgres: DatabaseUrls
) -> None:
    async with rates_of_the_test(postgres.migration):
        await stored(golden.tools.db, [rate("XRD", "2026-11-02", "2")])
        refunds = [("20.00", "2026-11-01T12:00"), ("30.00", "2026-11-02T12:00"), ("10.00", "2026-11-02T13:00")]
        lines = [Line(1, "100.00")]
        await golden.order(golden.without_tax, "2026-11-01T09:00", lines, refunds, currency="XRD")
        for grain, count in (("DAY", 1), ("NONE", 1)):
            asked = {"grain": grain, "currency": "EUR", "channelIds": [id_of(golden.without_tax)]}
            found = await golden.blended(**asked)
            for row in (found["rows"][-1], *found["totals"]):
                assert ("FEES_MISSING", count, Decimal(-20)) in gaps(row)
                assert ("TAX_UNKNOWN", count, Decimal(-20)) in gaps(row)


async def test_a_refund_is_taken_off_once_and_never_more_than_was_paid(golden: GoldenStore) -> None:
    paid_twice = [("80.00", "2026-11-01T10:00"), ("80.00", "2026-11-02T10:00")]
    lines = [Line(1, "90.00", golden.lamp, "20.00"), Line(1, "20.00", golden.mug, discount="5.00")]
    await golden.order(golden.without_tax, "2026-10-31T10:00", lines, paid_twice, tax="21.00", fees="1.00")
    rows = (await golden.blended(grain="DAY", channelIds=[id_of(golden.without_tax)]))["rows"]
    euros = [row for row in rows if row["currency"] == "EUR"]
    assert [(row["orders"], row["refunds"], row["netRevenue"]) for row in euros] == [(0, 80, -80), (0, 25, -25)]
    # The sale lies outside, so the order is named by its refund; six sevenths of it are covered.
    assert [(row["coverage"], gaps(row)[:2]) for row in euros] == [
        (0.857143, [("COST_MISSING", 1, Decimal("-11.43")), ("TAX_UNKNOWN", 1, Decimal(-80))]),
        (0.857143, [("COST_MISSING", 1, Decimal("-3.57")), ("TAX_UNKNOWN", 1, Decimal(-25))]),
    ]


async def test_what_is_sold_for_nothing_is_split_by_pieces_and_what_was_erased_is_linked_to_nothing(
    golden: GoldenStore,
) -> None:
    gone = Product(tenant_id=golden.entities.tenant_id, sku="GONE", title="Gone", currency="EUR", price=Decimal(1))
    channel = await golden.channel("0")
    await golden.order(channel, "2026-11-02T10:00", [Line(1, "0", gone), Line(3, "0", golden.lamp, "20")], shipping="8")
    await golden.order(channel, "2026-11-02T11:00", [], fees="0.50")
    [total] = (await golden.blended(channelIds=[id_of(channel)], adAccountIds=[]))["totals"]
    assert [total[name] for name in ("orders", "units", "netRevenue", "cost", "fees", "spend")] == [
        2, 4, 8, 60, Decimal("0.5"), None,
    ]  # fmt: skip
    found = [("COST_MISSING", 1, Decimal(2)), ("FEES_MISSING", 1, Decimal(8)), ("NOT_LINKED", 2, Decimal(2))]
    assert gaps(total) == found
    assert (total["coverage"], total["profit"]) == (0, None)


async def test_days_of_spend_that_are_not_days_of_sales_are_warned_of(golden: GoldenStore) -> None:
    mine = [id_of(golden.accounts["EUR"].account)]
    assert {each["code"] for each in (await golden.blended(adAccountIds=mine))["warnings"]} == {"NOT_SETTLED"}
    far = await golden.account("XAU", time_zone="Asia/Tokyo")
    warned = (await golden.blended(adAccountIds=[*mine, id_of(far.account)]))["warnings"]
    assert [each["code"] for each in warned] == ["NOT_REFRESHED", "NOT_SETTLED", "MIXED_TIME_ZONES"]
    assert "Europe/Berlin" in warned[-1]["message"]
    assert "Asia/Tokyo" in warned[-1]["message"]


async def test_a_shop_that_never_told_of_a_sale_is_named(golden: GoldenStore) -> None:
    await golden.channel(name="Left", status=ChannelStatus.DISCONNECTED, disconnected_at=NOON)
    assert all(code != "SALES_NOT_SYNCED" for row in (await golden.blended())["totals"] for code, *_ in gaps(row))
    await golden.channel(name="Silent")
    read: dict[str, Any] = {
        "kind": ChannelKind.EBAY,
        "name": "Read",
        "external_id": "1",
        "orders_synced_at": at("2026-11-20T12:00"),
    }
    market = await golden.channel(**read)
    later = {"between": {"from": "2026-11-18", "to": "2026-12-24"}}
    [total] = (await golden.blended(range=later, currency="EUR"))["totals"]
    # Today is the 21st: nobody can know what is sold later.
    assert ("SALES_NOT_SYNCED", 4, None) in gaps(total)
    [total] = (await golden.blended(range=later, currency="EUR", channelIds=[id_of(market)]))["totals"]
    assert gaps(total) == [("SALES_NOT_SYNCED", 1, None)]
    assert (total["spend"], total["orders"], total["netRevenue"], total["coverage"]) == (None, 0, 0, None)


async def test_what_is_not_selected_is_not_read(golden: GoldenStore) -> None:
    with statements(golden.tools.db) as sent:
        await golden.ask("query($input: BlendedInput!) { blended(input: $input) { rows { spend netRevenue } } }")
    assert not any("ad_link" in each or "stored_days" in each for each in sent)
    assert not any("order_line" in each for each in sent)
    assert [sum(table in each for each in sent) for table in ("booked_sales", "sales_order")] == [1, 2]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"range": {"between": {"from": "2020-01-01", "to": "2026-11-02"}}, "grain": "DAY"}, "BAD_USER_INPUT"),
        ({"range": {"between": {"from": "2026-11-02", "to": "2026-11-01"}}}, "BAD_USER_INPUT"),
        ({"range": {"between": {"from": "0001-01-01", "to": "2026-11-01"}}}, "BAD_USER_INPUT"),
        ({"channelIds": [encode_id("Channel", UUID(int=7))]}, "NOT_FOUND"),
        ({"channelIds": [encode_id("Ad", UUID(int=7))]}, "BAD_USER_INPUT"),
        ({"adAccountIds": [encode_id("AdAccount", UUID(int=7))]}, "NOT_FOUND"),
    ],
    ids=["too many periods", "reversed", "before there were any", "no channel", "an ad", "no account"],
)
async def test_questions_that_are_refused(tools: Toolbox, asked: dict[str, Any], code: str) -> None:
    answer = await (await empty_store(tools)).ask(BLENDED, **asked)
    assert answer.codes == [code]


async def test_a_tenant_without_anything_has_one_empty_total_in_the_currency_asked_for(tools: Toolbox) -> None:
    store = await empty_store(tools)
    assert await store.blended() == {"rows": [], "totals": [], "warnings": []}
    found = await store.blended(currency="EUR", range={"preset": "LAST_365_DAYS"}, grain="DAY")
    assert found["rows"] == []
    assert [(row["spend"], row["netRevenue"], row["gaps"]) for row in found["totals"]] == [(None, 0, [])]
