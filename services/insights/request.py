"""A question for insights as a client asks it, before anything of it was checked."""

from dataclasses import dataclass
from uuid import UUID

from analytics.comparison import ComparisonPreset
from analytics.enums import AttributionWindow, Breakdown, EntityLevel, TimeGrain
from analytics.metrics.measure import Measure
from analytics.periods import AskedDays, AskedRange
from models.insights.filter import InsightsFilter
from models.insights.having import Having
from models.insights.metric_values import AskedMetrics
from models.insights.question import SortKey


@dataclass(frozen=True, slots=True)
class InsightsRequest:
    """What a client asks for; `tags` are fields by whose values the groups are parted.

    `shown` are all metrics that it reads, of rows and totals, those of the comparison too; `has_rows`: it reads some of
    them by row.
    """

    days: AskedRange
    shown: AskedMetrics
    has_rows: bool = True
    ad_account_ids: tuple[UUID, ...] | None = None
    level: EntityLevel = EntityLevel.TENANT
    grain: TimeGrain = TimeGrain.NONE
    breakdowns: tuple[Breakdown, ...] = ()
    wanted: InsightsFilter | None = None
    having: Having | None = None
    tags: tuple[str, ...] = ()
    compare_to: ComparisonPreset | AskedDays | None = None
    fills_gaps: bool = False
    sort: tuple[SortKey, ...] = ()
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT
    currency: str | None = None

    @property
    def compared(self) -> tuple[Measure, ...]:
        """The measures by which rows are sorted or left out."""
        by = [key.by for key in self.sort if isinstance(key.by, Measure)]
        return (*by, *(self.having.measures if self.having is not None else ()))

    @property
    def customs(self) -> tuple[Measure, ...]:
        """The custom metrics that are shown or compared, in the order of their keys."""
        found = {each.key: each for each in (*self.shown.measures, *self.compared) if each.metric is None}
        return tuple(found[key] for key in sorted(found))
