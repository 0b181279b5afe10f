"""Owns the question for what an account spent in all by day, which holds every ad, whatever became of it."""

from datetime import date
from decimal import Decimal

import msgspec

from analytics.meta.ad_day_facts import MOST, UNREAD
from analytics.periods import DateRange
from integrations.meta.decoding import RowPage, Tolerant


class TotalRecord(msgspec.Struct, frozen=True, gc=False, rename={"day": "date_start"}):
    """The account's own spend of a day."""

    day: date
    spend: Decimal | None = None


# What a row is called where it could not be read.
TOTAL = "total of the account"
# A spend that could not be read is not zero, which Meta leaves out.
DECODER: Tolerant[RowPage[TotalRecord]] = Tolerant(
    TOTAL, TotalRecord, RowPage[TotalRecord], {TotalRecord: {"spend": UNREAD}}
)


def totals_query(days: DateRange) -> dict[str, str]:
    span = {"since": days.start.isoformat(), "until": days.end.isoformat()}
    time_range = msgspec.json.encode(span).decode()
    return {"level": "account", "time_increment": "1", "time_range": time_range, "fields": "spend"}


def spend_of(record: TotalRecord) -> Decimal | None:
    """None for what is no amount; Meta leaves out what is zero."""
    spend = record.spend if record.spend is not None else Decimal(0)
    return spend if spend.is_finite() and abs(spend) <= MOST else None
