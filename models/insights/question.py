"""A question about insights, as services ask it, and the rows of its answer; there is no SQL here."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from analytics.comparison import Comparison
from analytics.enums import AttributionWindow, Breakdown, EntityLevel, SortOrder, TimeGrain
from analytics.metrics.measure import Measure
from analytics.periods import DateRange
from models.insights.filter import InsightsFilter, cuts_groups
from models.insights.having import Having


@dataclass(frozen=True, slots=True)
class AccountDays:
    """Accounts that are asked for the same days. A preset such as LAST_7_DAYS means other days in another time zone.

    `compared` are the days that they are compared with; None without a comparison, and where no day stands for any.
    Where parts by breakdowns are read, `breakdown_set` is the name of the set that they are read from, of the days and
    of those that they are compared with.
    """

    ad_account_ids: tuple[UUID, ...]
    days: DateRange
    compared: DateRange | None = None
    breakdown_set: str | None = None
    compared_set: str | None = None


def may_have_people(level: EntityLevel, *, is_daily: bool) -> bool:
    """Whether deduplicated people can be stored at this level.

    Ads have people by day. Campaigns and accounts have them by day and for the periods that a refresh reads.
    """
    return level in (EntityLevel.AD_ACCOUNT, EntityLevel.CAMPAIGN) or (level is EntityLevel.AD and is_daily)


@dataclass(frozen=True, slots=True)
class Conversion:
    """All money of an answer is told in `target`; `sources` are the currencies of the rows, in order.

    `has_mixed_accounts`: some account has rows in several. `rates_version` is another text after a change of rates that
    are used. `has_all_rates`: every currency has a rate on every day.
    """

    target: str
    sources: tuple[str, ...]
    has_mixed_accounts: bool = False
    rates_version: str = ""
    has_all_rates: bool = True

    @property
    def is_needed(self) -> bool:
        """Whether some rows are in another currency."""
        return bool({*self.sources} - {self.target})


@dataclass(frozen=True, slots=True)
class SummedMonths:
    """The days of a question as whole months whose sums are stored, and as ranges of days that are left.

    `months` are pairs of an account and the first of a month, `days` pairs of an account and a range.
    """

    months: tuple[tuple[UUID, date], ...]
    days: tuple[tuple[UUID, DateRange], ...]


@dataclass(frozen=True, slots=True)
class InsightsQuestion:
    """`spans` is never empty, but a span may have no account.

    `currency` is that of groups without rows; it is '' when the accounts have several currencies, and the asked one
    where money is converted. `comparison` says which day of the past stands for a day of the range; with it each row
    has the metrics of both. `breakdowns` are those that rows are grouped by, in the order of their set. `tags` are
    fields whose values part the groups: those of the ads whose days are summed. `has_tags_of_campaigns`: in the fields
    that the question is about each ad has the value of its campaign. `conversion` is there where a
    currency was asked for.
    """

    spans: tuple[AccountDays, ...]
    currency: str
    level: EntityLevel = EntityLevel.TENANT
    grain: TimeGrain = TimeGrain.NONE
    breakdowns: tuple[Breakdown, ...] = ()
    wanted: InsightsFilter | None = None
    having: Having | None = None
    tags: tuple[str, ...] = ()
    has_tags_of_campaigns: bool = False
    comparison: Comparison | None = None
    conversion: Conversion | None = None
    summed: SummedMonths | None = None
    fills_gaps: bool = False
    attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT

    @property
    def told_in(self) -> str | None:
        """The currency that was asked for; None where money is told in that of the rows."""
        return None if self.conversion is None else self.conversion.target

    @property
    def needed_breakdowns(self) -> frozenset[Breakdown]:
        """The breakdowns by which parts are grouped or chosen; none where ad-days are read as they are."""
        return frozenset(self.breakdowns) | (self.wanted.breakdowns if self.wanted is not None else frozenset())

    @property
    def days(self) -> DateRange:
        """The days of all spans together: from the earliest start to the latest end."""
        return _together([span.days for span in self.spans])

    @property
    def compared_days(self) -> DateRange | None:
        """The days of all comparisons together; None where there is nothing to compare with."""
        compared = [span.compared for span in self.spans if span.compared is not None]
        return _together(compared) if compared else None

    @property
    def read_days(self) -> DateRange:
        """All days from the first to the last one that is read, those of comparisons included."""
        return _together([days for days in (self.days, self.compared_days) if days is not None])

    @property
    def ad_account_ids(self) -> tuple[UUID, ...]:
        return tuple(account for span in self.spans for account in span.ad_account_ids)

    @property
    def has_people(self) -> bool:
        """Whether deduplicated people can be stored for exactly these groups; none are stored for a part of a group."""
        return self._may_have_people([span.days for span in self.spans])

    @property
    def compared_has_people(self) -> bool:
        """The same for the groups that these are compared with."""
        compared = [span.compared for span in self.spans if span.compared is not None]
        return bool(compared) and self._may_have_people(compared)

    def _may_have_people(self, ranges: list[DateRange]) -> bool:
        is_cut = self.wanted is not None and cuts_groups(self.wanted, self.level)
        is_cut = is_cut or (bool(self.tags) and self.level is not EntityLevel.AD)
        is_daily = self.grain is TimeGrain.DAY or all(days.days == 1 for days in ranges)
        return not is_cut and not self.needed_breakdowns and may_have_people(self.level, is_daily=is_daily)


def _together(ranges: list[DateRange]) -> DateRange:
    return DateRange(min(days.start for days in ranges), max(days.end for days in ranges))


class RowKey(StrEnum):
    """What rows can be sorted by, apart from metrics."""

    PERIOD = "PERIOD"
    NAME = "NAME"


@dataclass(frozen=True, slots=True)
class TagKey:
    """The value of a tag that rows are grouped by; `place` is that of its field among them."""

    place: int


@dataclass(frozen=True, slots=True)
class SortKey:
    """`is_change`: not the measure itself, but by how much it differs from that of the comparison."""

    by: Measure | RowKey | TagKey
    order: SortOrder
    is_change: bool = False


def signature(question: InsightsQuestion, sort: tuple[SortKey, ...]) -> str:
    """A text that is equal for the pages of one question: it is part of the cursors.

    Days are left out, since those of a preset move on overnight and its cursors shall stay valid.
    """
    about = (question.level, question.grain, question.attribution, question.wanted, question.having)
    ways = (question.comparison, question.fills_gaps, question.breakdowns, question.tags, question.told_in)
    parts = (*about, *ways, sort, sorted(question.ad_account_ids))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
