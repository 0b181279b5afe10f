"""Finds the days that could not be read in full, of which no statistics are made."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from models.database import ReadSession
from models.insights.question import AccountDays
from models.insights.spans import within
from models.insights.tables import DayStatus, insight_day
from models.thin.compiled import fetched


async def gap_days(session: ReadSession, spans: Sequence[AccountDays]) -> dict[UUID, frozenset[date]]:
    """The gaps among the days of the spans, by account; an account without any is left out."""
    days = insight_day.c
    query = select(days.ad_account_id, days.day).where(within(spans, insight_day), days.status == DayStatus.GAP)
    found: dict[UUID, set[date]] = defaultdict(set)
    for account, day in await fetched(session, query):
        found[account].add(day)
    return {account: frozenset(gaps) for account, gaps in found.items()}
