"""Ad-days whose clicks, spend and purchases a test decides, for what is computed of many days."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from analytics.metrics.facts import BASE_FACTS
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.insights.day_swap import StoredInsight
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import InsightWorld

_NOTHING: Mapping[str, Any] = {column: None for fact in BASE_FACTS for column in fact.columns}
# What an ad did on the day of this number; None for a day without a row.
OfDay = Callable[[int], Mapping[str, Any] | None]


def ad_days(ad: Ad, days: DateRange, of_day: OfDay, currency: str = "EUR") -> list[StoredInsight]:
    """A row for each day on which the ad did something; facts that are not told were not reported."""
    told = [(day, of_day(number)) for number, day in enumerate(days.every_day())]
    return [_row(ad, day, facts, currency) for day, facts in told if facts is not None]


def _row(ad: Ad, day: date, facts: Mapping[str, Any], currency: str) -> StoredInsight:
    return StoredInsight(day, ad.id, ad.ad_set_id, ad.campaign_id, currency, {**_NOTHING, **facts})


def door_at(tools: Toolbox, world: InsightWorld, now: datetime = NOON) -> Door:
    """The owner's door on 21 November 2026, if not at another time: the last day that is over is the 20th."""
    return Door(replace(tools, clock=lambda: now), world.entities.viewer)
