"""A question about insights, as services ask it, and the rows of its answer; there is no SQL here."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from analytics.enums import AttributionWindow, EntityLevel, Metric, SortOrder, TimeGrain
from analytics.periods import DateRange
from models.insights.filter import InsightsFilter, cuts_groups
from models.insights.metric_values import MetricSet


@dataclass(frozen=True, slots=True)
class AccountDays:
    """Accounts that are asked for the same days. A preset such as LAST_7_DAYS means other days in another time zone."""

    ad_account_ids: tuple[UUID, ...]
    days: DateRange


def may_have_people(level: EntityLevel, *, is_daily: bool) -> bool:
    """Whether deduplicated people can be stored at this level.

    Ads have people by day. Campaigns and accounts have them by day and for the periods that a refresh reads.
    """
    return level in (EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN) or (level is EntityLevel.AD and is_daily)


@dataclass(frozen=True, slots=True)
class InsightsQuestion:
    """`spans` is never empty, but a span may have no account.

    `currency` is that of groups without rows; it is '' when the accounts have several currencies.
    """

    spans: tuple[AccountDays, ...]
    currency: str
    level: EntityLevel = EntityLevel.TENANT
    grain: TimeGrain = TimeGrain.NONE
    wanted: InsightsFilter | None = None
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT

    @property
    def days(self) -> DateRange:
        """The days of all spans together: from the earliest start to the latest end."""
        return DateRange(min(span.days.start for span in self.spans), max(span.days.end for span in self.spans))

    @property
    def ad_account_ids(self) -> tuple[UUID, ...]:
        return tuple(account for span in self.spans for account in span.ad_account_ids)

    @property
    def has_people(self) -> bool:
        """Whether deduplicated people can be stored for exactly these groups; none are stored for a part of a group."""
        is_cut = self.wanted is not None and cuts_groups(self.wanted, self.level)
        is_daily = self.grain is TimeGrain.DAY or all(span.days.days == 1 for span in self.spans)
        return not is_cut and may_have_people(self.level, is_daily=is_daily)


class RowKey(StrEnum):
    """What rows can be sorted by, apart from metrics."""

    PERIOD = "PERIOD"
    NAME = "NAME"


@dataclass(frozen=True, slots=True)
class SortKey:
    by: Metric | RowKey
    order: SortOrder


@dataclass(slots=True)
class InsightsRow:
    """One group of an answer, identified by `key`.

    `entity_id` is None for the tenant, and for the group of ads whose creative is not known.
    """

    key: str
    level: EntityLevel
    entity_id: UUID | None
    period: DateRange
    metrics: MetricSet


@dataclass(slots=True)
class InsightsPoint:
    """The metrics of one period of an entity."""

    period: DateRange
    metrics: MetricSet


def signature(question: InsightsQuestion, sort: tuple[SortKey, ...]) -> str:
    """A text that is equal for the pages of one question: it is part of the cursors.

    Days are left out, since those of a preset move on overnight and its cursors shall stay valid.
    """
    about = (question.level, question.grain, question.attribution, question.wanted)
    parts = (*about, sort, sorted(question.ad_account_ids))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
