"""Ad accounts in several currencies whose ads have nothing but spend, impressions and the value of their purchases."""

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analytics.metrics.facts import BASE_FACTS
from analytics.periods import DateRange
from models.insights.day_swap import DaySwap, StagedRows, StoredInsight, replace_slice
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON, EntityWorld, entity_world
from tests.worlds.insights import SETTLED, InsightWorld, more_insights
from tests.worlds.rates import rate

FRIDAY, SATURDAY, SUNDAY, MONDAY = "2026-11-06", "2026-11-07", "2026-11-08", "2026-11-09"
RATES = [
    *(rate("USD", FRIDAY, "1.25"), rate("SEK", FRIDAY, "10"), rate("JPY", FRIDAY, "160")),
    *(rate("USD", MONDAY, "1.2"), rate("SEK", MONDAY, "12.5"), rate("JPY", MONDAY, "150")),
    rate("RUB", "2022-03-01", "117.201"),
]
_NOTHING = {column: None for fact in BASE_FACTS for column in fact.columns}


@dataclass(frozen=True, slots=True)
class Paid:
    """What an ad spent on a day and what its purchases were worth, in a currency."""

    day: str
    spend: str | None
    value: str | None = None
    currency: str = ""
    ad: int = 0
    actions: str | None = None
    action_values: str | None = None


async def money_world(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


async def account_that_paid(entities: EntityWorld, currency: str, *paid: Paid) -> InsightWorld:
    """An account with these days, and with none besides."""
    world = await more_insights(entities, store=False, currency=currency)
    await store_paid(world, *paid)
    return world


async def store_paid(world: InsightWorld, *paid: Paid) -> None:
    """Replaces the days that are named."""
    by_day: dict[date, list[StoredInsight]] = {}
    for each in paid:
        by_day.setdefault(date.fromisoformat(each.day), []).append(_row(world, each))
    async with world.db.write(world.entities.viewer) as session:
        for day, rows in by_day.items():
            swap = DaySwap(world.account.id, DateRange(day, day), StagedRows(rows), NOON, SETTLED)
            await replace_slice(session, swap)


def door_to(tools: Toolbox, entities: EntityWorld) -> Door:
    return Door(dataclasses.replace(tools, clock=lambda: NOON), entities.viewer)


def _row(world: InsightWorld, paid: Paid) -> StoredInsight:
    ad = world.ads[paid.ad]
    amounts = {"spend": paid.spend, "purchase_value": paid.value}
    facts = _NOTHING | {name: None if text is None else Decimal(text) for name, text in amounts.items()}
    return StoredInsight(
        date.fromisoformat(paid.day),
        ad.id,
        ad.ad_set_id,
        ad.campaign_id,
        paid.currency or world.account.currency,
        facts | {"impressions": 1000},
        actions=paid.actions,
        action_values=paid.action_values,
    )
