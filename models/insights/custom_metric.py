"""Custom metrics: the formulas that a tenant has written, and the queries on them; no formula is read here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, col, select

from analytics.enums import MetricUnit
from models.columns import TenantRow, TextEnum, dated, is_any, one_of
from models.database import ReadSession, WriteSession

# Of one tenant; services/insights/custom_metrics.py keeps to it.
MOST_CUSTOM_METRICS = 200


class CustomMetric(TenantRow, table=True):
    """`unit` is what the formula was found to result in; `higher_is_better` is None where neither direction is."""

    __tablename__ = "custom_metric"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        one_of("unit", MetricUnit),
        CheckConstraint("char_length(key) between 1 and 64", name="key"),
        CheckConstraint("char_length(formula) between 1 and 500", name="formula"),
    )

    key: str
    name: str
    formula: str
    unit: MetricUnit = Field(sa_type=TextEnum(MetricUnit))
    higher_is_better: bool | None = None
    created_at: datetime = dated()
    updated_at: datetime = dated()


async def custom_metrics(session: ReadSession | WriteSession) -> Sequence[CustomMetric]:
    """All of the tenant, in order of their keys, capitals before small letters."""
    query = (
        select(CustomMetric)
        .where(CustomMetric.tenant_id == session.tenant_id)
        .order_by(col(CustomMetric.key).collate("C"))
        .limit(MOST_CUSTOM_METRICS)
    )
    return (await session.exec(query)).all()


async def custom_metrics_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[CustomMetric]:
    query = select(CustomMetric).where(CustomMetric.tenant_id == session.tenant_id, is_any(col(CustomMetric.id), ids))
    return (await session.exec(query)).all()
