"""Finds the days of which everything is known: read in full, and read after they had ended."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import case, null, select
from sqlmodel import col

from models.ads.ad_account import AdAccount
from models.database import ReadSession
from models.insights.days import is_account_of, is_early, may_be_early
from models.insights.question import AccountDays
from models.insights.spans import within
from models.insights.tables import DayStatus, insight_day
from models.thin.compiled import fetched


async def known_days(session: ReadSession, spans: Sequence[AccountDays]) -> dict[UUID, dict[date, int]]:
    """The days of the spans that are known as a whole, by account, each with the number of its ad-days.

    An account without any is left out. A gap is not known, nor a day that was last read before its midnight in the
    account's time zone: its numbers are those of a part of the day.
    """
    days = insight_day.c
    # Hardly any day may be early, so time zones are worked out for few of them.
    read_at = case((may_be_early(days.refreshed_at, days.day), days.refreshed_at), else_=null())
    query = (
        select(days.ad_account_id, days.day, days.rows, read_at, col(AdAccount.time_zone))
        .join_from(insight_day, AdAccount, is_account_of(insight_day))
        .where(within(spans, insight_day), days.status != DayStatus.GAP)
    )
    found: dict[UUID, dict[date, int]] = defaultdict(dict)
    for account_id, day, rows, early_at, time_zone in await fetched(session, query):
        if early_at is None or not is_early(early_at, day, time_zone):
            found[account_id][day] = rows
    return dict(found)
