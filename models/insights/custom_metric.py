"""Custom metrics: the formulas that a tenant has written, the queries on them, and the measures that they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, col, select

from analytics.enums import MetricUnit
from analytics.metrics.custom.formula_book import CustomFormula, FormulaBook
from analytics.metrics.measure import Measure
from models.columns import TenantRow, TextEnum, dated, is_any, one_of
from models.database import ReadSession, WriteSession
from models.thin.records import rows

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
    return await rows(session, CustomMetric, query)


def book_of(metrics: Iterable[CustomMetric], *changed: CustomFormula) -> FormulaBook:
    """The formulas of a tenant's metrics; a changed one stands for the stored one with its key."""
    return FormulaBook([*(CustomFormula(each.key, each.formula, each.unit) for each in metrics), *changed])


async def custom_measures_by_key(session: ReadSession, keys: Sequence[str]) -> list[Measure | None]:
    """For each key the measure of the tenant's metric; None where there is no such metric, or none that it needs."""
    stored = {each.key: each for each in await custom_metrics(session)}
    book = book_of(stored.values())
    found = (stored.get(key) for key in keys)
    return [_measure(each, book) if each is not None and book.lacks_nothing(each.key) else None for each in found]


def _measure(metric: CustomMetric, book: FormulaBook) -> Measure:
    return Measure(
        key=metric.key,
        unit=metric.unit,
        expression=book.expanded(metric.key),
        higher_is_better=metric.higher_is_better,
    )
