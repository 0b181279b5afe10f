"""Random questions about random stores: the API answers what plain loops over exact fractions answer."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analytics.enums import TimeGrain
from analytics.periods import DateRange, period_start
from models.orders.booked_sales import book_all_anew
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.revenue_truth.made import CURRENCIES, DAYS, WHOLE, Made, made, rates_made
from tests.revenue_truth.naive import Asked, Rates, by_key, by_product
from tests.revenue_truth.told import gaps, same, told
from tests.worlds.rates import stored

SEEDS = (3, 4)


class Truth:
    """The stores by their seeds, and the rates of all; no dataclass, whose fields Hypothesis would print."""

    def __init__(self, worlds: dict[int, Made], rates: Rates) -> None:
        self.worlds, self.rates = worlds, rates


@pytest.fixture(scope="module")
async def truth(tools: Toolbox) -> Truth:
    await stored(tools.db, rates_made())
    # What is carried over days without publication is stored, too.
    worlds = {seed: await made(tools, seed) for seed in SEEDS}
    # What one of them has booked are days of another zone, which answer nothing here: its orders are read.
    async with tools.db.write(worlds[SEEDS[0]].store.entities.viewer) as session:
        await book_all_anew(session, "Asia/Kolkata")
    async with tools.db.read(None) as session:
        rows = await session.fetch("select currency, day, per_eur from fx_rate", [])
    return Truth(worlds, {(currency, day): per_eur for currency, day, per_eur in rows})


@some.composite
def ranges(draw: some.DrawFn) -> DateRange:
    start = DAYS.start + timedelta(days=draw(some.integers(0, DAYS.days - 1)))
    return DateRange(start, min(DAYS.end, start + timedelta(days=draw(some.integers(0, DAYS.days)))))


@dataclass(frozen=True)
class Question:
    """`channels` are places in the world's list."""

    seed: int
    days: DateRange
    grain: TimeGrain
    booking: str
    currency: str | None
    channels: frozenset[int] | None

    def ids(self, world: Made) -> set[UUID] | None:
        return None if self.channels is None else {world.channels[place].id for place in self.channels}

    def asked(self, world: Made) -> Asked:
        return Asked(self.days, self.booking == "ORDER_DATE", self.ids(world), self.currency)

    def written(self, world: Made) -> dict[str, Any]:
        ids = self.ids(world)
        return {
            "range": {"between": {"from": str(self.days.start), "to": str(self.days.end)}},
            "refunds": self.booking,
            "currency": self.currency,
            "channelIds": None if ids is None else [encode_id("Channel", each) for each in ids],
        }


QUESTIONS = some.builds(
    Question,
    seed=some.sampled_from(SEEDS),
    days=ranges(),
    grain=some.sampled_from(TimeGrain),
    booking=some.sampled_from(("REFUND_DATE", "ORDER_DATE")),
    currency=some.sampled_from((None, *CURRENCIES)),
    channels=some.none() | some.frozensets(some.integers(0, 2)),
)


def _key(grain: TimeGrain, days: DateRange) -> Callable[[date, str], Any]:
    def key(day: date, currency: str) -> tuple[str, str]:
        start = days.start if grain is TimeGrain.NONE else max(days.start, period_start(day, grain))
        return str(start), currency

    return key


@settings(max_examples=25)
@given(question=QUESTIONS)
async def test_blended_is_what_plain_loops_add_up(truth: Truth, question: Question) -> None:
    world, days = truth.worlds[question.seed], question.days
    found = await world.store.blended(**question.written(world), grain=question.grain)
    asked = question.asked(world)
    rows = by_key(world, asked, truth.rates, _key(question.grain, days))
    totals = by_key(world, asked, truth.rates, lambda _, told_in: told_in)
    known = {(row["period"]["start"], row["currency"]): row for row in found["rows"]}
    # A day on which nothing was spent is known, too.
    assert known.keys() >= rows.keys()
    for key, expected in rows.items():
        check(known[key], expected)
    for row in found["totals"]:
        if row["currency"] in totals:
            check(row, totals[row["currency"]])


@settings(max_examples=25)
@given(question=QUESTIONS, currency=some.sampled_from(CURRENCIES))
async def test_products_are_what_plain_loops_add_up(truth: Truth, question: Question, currency: str) -> None:
    asked = dataclasses.replace(question, currency=currency)
    world = truth.worlds[question.seed]
    found = await world.store.performance(**asked.written(world))
    skus = {product.id: product.sku for product in world.products}
    expected = by_product(world, asked.asked(world), truth.rates)
    assert found.keys() == {skus.get(product) if product else None for product in expected}
    for product, naive in expected.items():
        row = found[skus[product] if product else None]
        check_part(row, naive)
    # Each amount adds up to that of the whole, to the cent.
    [total] = (await world.store.blended(**asked.written(world)))["totals"]
    for name in ("grossRevenue", "refunds", "netRevenue", "fees", "cost", "spend", "units"):
        assert sum(row[name] or 0 for row in found.values()) == (total[name] or 0), name


def check_part(row: dict[str, Any], expected: Any) -> None:
    """As below, but that an amount may be rounded down, or up, where others of the whole are not."""
    numbers = told(expected)
    for name in ("grossRevenue", "refunds", "fees", "cost", "spend"):
        exact = numbers[name] or 0
        assert abs((row[name] or 0) - Decimal(int(exact * 100)) / 100) <= Decimal("0.01"), name
    for name in ("orders", "units", "coverage"):
        assert same(row[name], numbers[name]), name
    assert row["netRevenue"] == row["grossRevenue"] - row["refunds"]
    spent = sum(row[name] or 0 for name in ("fees", "cost", "spend"))
    assert row["profit"] == (row["netRevenue"] - spent if row["coverage"] else None)
    shown = [(gap["code"], gap["count"], gap["amount"] * 100) for gap in row["gaps"]]
    assert shown == gaps(expected)


def check(row: dict[str, Any], expected: Any) -> None:
    numbers = told(expected)
    wrong = {name: (row[name], value) for name, value in numbers.items() if not same(row[name], value)}
    assert wrong == {}
    assert [(gap["code"], gap["count"], gap["amount"] * 100) for gap in row["gaps"]] == gaps(expected)


async def test_links_are_those_that_plain_loops_find(truth: Truth) -> None:
    sources = set()
    for world in truth.worlds.values():
        async with world.store.entities.db.read(world.store.entities.viewer) as session:
            statement = "select ad_id, product_id, source from ad_link where tenant_id = $1 and not is_removed"
            rows = await session.fetch(statement, [world.tenant_id])
        sources |= {row[2] for row in rows}
        stored = {ad.id: {row[1] for row in rows if row[0] == ad.id} for ad in world.ads}
        assert stored == world.links
    assert sources == {"MANUAL", "TAG", "URL", "SKU"}


async def test_both_bookings_of_refunds_agree_over_all_time(truth: Truth) -> None:
    for world in truth.worlds.values():
        whole = {"between": {"from": str(WHOLE.start), "to": str(WHOLE.end + timedelta(days=1))}}
        both = [await world.store.blended(range=whole, refunds=each) for each in ("REFUND_DATE", "ORDER_DATE")]
        assert both[0]["totals"] == both[1]["totals"]
