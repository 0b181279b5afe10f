"""The question for an account's total spend by day, which includes all ads, deleted ones too."""

from datetime import date
from decimal import Decimal

import msgspec

from analytics.meta.ad_day_facts import MOST, UNREAD
from analytics.periods import DateRange
from integrations.ads.spoiled import ACCOUNT_TOTAL
from integrations.meta.decoding import RowPage, Tolerant


class TotalRecord(msgspec.Struct, frozen=True, gc=False, rename={"day": "date_start"}):
    """The account's own spend of a day."""

    day: date
    spend: Decimal | None = None


# Meta leaves out a spend of zero, so one that could not be read must not be absent: it is UNREAD.
DECODER: Tolerant[RowPage[TotalRecord]] = Tolerant(
    ACCOUNT_TOTAL, TotalRecord, RowPage[TotalRecord], {TotalRecord: {"spend": UNREAD}}
)


def totals_query(days: DateRange) -> dict[str, str]:
    span = {"since": days.start.isoformat(), "until": days.end.isoformat()}
    time_range = msgspec.json.encode(span).decode()
    return {"level": "account", "time_increment": "1", "time_range": time_range, "fields": "spend"}


def spend_of(record: TotalRecord) -> Decimal | None:
    """The spend of the day, 0 where Meta leaves it out; None for a value that is no amount."""
    spend = record.spend if record.spend is not None else Decimal(0)
    return spend if spend.is_finite() and abs(spend) <= MOST else None
