"""What is known of the days of accounts: how many are stored, which are gaps, which may still change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from models.database import ReadSession
from models.insight import DayStatus, insight_day
from models.insight_columns import is_any
from models.insight_question import AccountDays


@dataclass(frozen=True, slots=True)
class StoredDays:
    """Of the days that were asked about."""

    stored: int
    gaps: int
    provisional: int


async def stored_days(session: ReadSession, spans: Sequence[AccountDays]) -> dict[UUID, StoredDays]:
    """By account; one that has none of its days stored is left out."""
    days = insight_day.c
    query = (
        select(
            days.ad_account_id,
            func.count(),
            func.count().filter(days.status == DayStatus.GAP),
            func.count().filter(days.status == DayStatus.PROVISIONAL),
        )
        .where(or_(*(_asked(span) for span in spans)))
        .group_by(days.ad_account_id)
    )
    rows = await (await session.connection()).execute(query)
    return {row[0]: StoredDays(row[1], row[2], row[3]) for row in rows}


def _asked(span: AccountDays) -> Any:
    days = insight_day.c
    return and_(is_any(days.ad_account_id, span.ad_account_ids), days.day.between(span.days.start, span.days.end))
