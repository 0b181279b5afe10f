"""The rows of an answer as clients see them; what of a row is told by its place is made when somebody asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote
from uuid import UUID

from analytics.enums import Breakdown, EntityLevel, TimeGrain
from analytics.periods import DateRange, period_of
from models.ads.entity_tag import Tag
from models.insights.metric_values import MetricSet
from models.insights.statements.tags import key_of_tags


@dataclass(frozen=True, slots=True)
class Dimensions:
    """By what a row is grouped besides its entity and period.

    A breakdown is None where rows are not grouped by it, and where the platform left it out. `tags` are in the order of
    the question.
    """

    country: str | None = None
    region: str | None = None
    age: str | None = None
    gender: str | None = None
    publisher_platform: str | None = None
    platform_position: str | None = None
    device_platform: str | None = None
    impression_device: str | None = None
    tags: tuple[Tag, ...] = ()


_NO_DIMENSIONS = Dimensions()


@dataclass(frozen=True, slots=True)
class Grouping:
    """What all rows of a page have in common; `days` are those of each account, `whole` those of all together."""

    level: EntityLevel
    grain: TimeGrain
    breakdowns: tuple[Breakdown, ...]
    days: Mapping[UUID, DateRange]
    whole: DateRange
    is_compared: bool


@dataclass(slots=True)
class InsightsRow:
    """One group of an answer, identified by `key`.

    `entity_id` is None for the tenant, and for the group of ads whose creative is not known. `previous` is None without
    a comparison (`is_compared`), and for a group that had no row then. A value of a breakdown among `parts` is '' where
    the platform left it out.
    """

    of: Grouping
    account_id: UUID
    entity_id: UUID | None
    start: date | None
    parts: Sequence[str]
    tags: tuple[Tag, ...]
    metrics: MetricSet
    previous: MetricSet | None = None

    @property
    def level(self) -> EntityLevel:
        return self.of.level

    @property
    def is_compared(self) -> bool:
        return self.of.is_compared

    @property
    def key(self) -> str:
        """Level, entity, start of the period and values of breakdowns, each escaped, then the tags.

        The range is not part of it: a preset's moves on overnight, and the group stays the same.
        """
        about = [self.level.value, *(str(each) for each in (self.entity_id, self.start) if each is not None)]
        # A value that is not known has no equals sign; behind one stands what the platform sent.
        named = zip(self.of.breakdowns, self.parts, strict=True)
        parts = (f"{by}={quote(value, safe='')}" if value else by.value for by, value in named)
        return "/".join([*about, *parts]) + key_of_tags(self.tags)

    @property
    def period(self) -> DateRange:
        # Rows of the tenant belong to no single account: their periods are cut to the days of all spans.
        within = self.of.days.get(self.account_id, self.of.whole)
        return within if self.start is None else period_of(self.start, self.of.grain, within)

    @property
    def dimensions(self) -> Dimensions:
        if not self.parts and not self.tags:
            return _NO_DIMENSIONS
        parts = {by.value.lower(): value or None for by, value in zip(self.of.breakdowns, self.parts, strict=True)}
        return Dimensions(**parts, tags=self.tags)


@dataclass(slots=True)
class InsightsPoint:
    """The metrics of one period of an entity."""

    period: DateRange
    metrics: MetricSet
