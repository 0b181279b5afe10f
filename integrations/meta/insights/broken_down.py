"""The question for insights divided by breakdowns: one row per ad, day and value of each breakdown."""

from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import ClassVar

from analytics.enums import Breakdown
from integrations.ads.questions import Asking
from integrations.ads.spoiled import PART
from integrations.meta.decoding import RowPage, Tolerant
from integrations.meta.insights.ad_days import KEYS, METRICS, insights_query
from integrations.meta.records import UNREAD_IN_ROWS, Code, InsightRecord

# Deduplicated people are left out: those of the parts do not add up to anything, and Meta reports none for old days.
PART_METRICS = tuple(name for name in METRICS if name not in ("reach", "unique_clicks"))

# Every row is identified while it is read, so its breakdowns are looked up all at once.
_key = attrgetter("ad_external_id", "day", *(each.lower() for each in Breakdown))


class BrokenDownRecord(InsightRecord, frozen=True, gc=False):
    """A part of an ad's day; a breakdown that was not asked for, or that Meta left out of the row, is None."""

    kind: ClassVar[str] = PART

    country: Code | None = None
    region: Code | None = None
    age: Code | None = None
    gender: Code | None = None
    publisher_platform: Code | None = None
    platform_position: Code | None = None
    device_platform: Code | None = None
    impression_device: Code | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        # A breakdown that Meta left out and an empty one are stored alike.
        return tuple([value or "" for value in _key(self)])

    def values(self, breakdowns: Sequence[Breakdown]) -> tuple[str, ...]:
        """The values of these breakdowns in their order; '' where Meta left one out."""
        return tuple(getattr(self, each.lower()) or "" for each in breakdowns)


DECODER: Tolerant[RowPage[BrokenDownRecord]] = Tolerant(
    PART, BrokenDownRecord, RowPage[BrokenDownRecord], UNREAD_IN_ROWS
)


def broken_down_query(since: date, until: date, breakdowns: Sequence[Breakdown], asking: Asking) -> dict[str, str]:
    names = ",".join(each.value.lower() for each in breakdowns)
    fields = ",".join((*KEYS, *(asking.fields or PART_METRICS)))
    return insights_query(since, until, asking) | {"breakdowns": names, "fields": fields}
