"""Says of which days of an account a file may write: those that no refresh has read, whatever came of it."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Date, any_, literal, select

from models.database import ReadSession, WriteSession
from models.insights.tables import insight_day
from models.thin.compiled import TENANT, fetched


async def refreshed_days(
    session: ReadSession | WriteSession, ad_account_id: UUID, days: Collection[date]
) -> frozenset[date]:
    """Those of the days that a refresh has read, or has tried to; days that were only imported are not among them."""
    column = insight_day.c
    query = select(column.day).where(
        column.tenant_id == TENANT,
        column.ad_account_id == ad_account_id,
        column.day == any_(literal(sorted(days), ARRAY(Date()))),
        column.imported_at.is_(None),
    )
    return frozenset(row[0] for row in await fetched(session, query))
