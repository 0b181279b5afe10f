"""Reads what a conversion needs to know: the currencies of the rows, and which rates are stored or missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import CTE, String, Table, and_, false, func, literal, select, true, union_all
from sqlmodel import col

from analytics.periods import DateRange
from analytics.rates import EURO
from models.database import ReadSession
from models.insights.question import AccountDays, Conversion
from models.insights.spans import within
from models.insights.statement import answer
from models.insights.tables import insight_account_day, insight_breakdown_account_day
from models.rates.fx_rate import FxRate


@dataclass(frozen=True, slots=True)
class MissingRates:
    """The days of rows for which a currency has no rate: how many, the first and the last."""

    currency: str
    days: int
    first: date
    last: date


async def load_conversion(
    session: ReadSession, target: str, spans: Sequence[AccountDays], days: DateRange
) -> Conversion:
    """The conversion into `target` of all rows within the spans and what they are compared with, from `days`."""
    rows, read = _rows_of(spans)
    stored = _materialized(select(rows.c.currency).where(within(read, rows)).distinct(), "stored")
    # Read apart from the rates, which lie elsewhere on shards.
    needed = union_all(select(stored.c.currency, true().label("is_stored")), select(literal(target, String()), false()))
    wanted: Any = needed.subquery("wanted")
    same = and_(col(FxRate.currency) == wanted.c.currency, col(FxRate.day).between(days.start, days.end))
    query = (
        select(wanted.c.currency, wanted.c.is_stored, func.count(col(FxRate.day)), func.max(col(FxRate.version)))
        .select_from(wanted.outerjoin(FxRate, same))
        .group_by(wanted.c.currency, wanted.c.is_stored)
        .order_by(wanted.c.currency)
    )
    found = (await answer(session, query)).all()
    return Conversion(
        target=target,
        sources=tuple(currency for currency, is_stored, _, _ in found if is_stored),
        rates_version=",".join(dict.fromkeys(f"{currency}:{version}" for currency, _, _, version in found)),
        has_all_rates=all(count == days.days for currency, _, count, _ in found if currency != EURO),
    )


async def missing_rates(
    session: ReadSession, conversion: Conversion, spans: Sequence[AccountDays]
) -> list[MissingRates]:
    """The rates that rows within the spans, or what they are compared with, would need and that are not stored."""
    rows, read = _rows_of(spans)
    is_foreign = (within(read, rows), rows.c.currency != conversion.target)
    pairs = _materialized(select(rows.c.currency, rows.c.day).where(*is_foreign).distinct(), "pairs")
    into = select(literal(conversion.target, String()), pairs.c.day).distinct()
    needed: Any = union_all(select(pairs.c.currency, pairs.c.day), into).subquery("needed")
    same = and_(col(FxRate.currency) == needed.c.currency, col(FxRate.day) == needed.c.day)
    query = (
        select(needed.c.currency, func.count(), func.min(needed.c.day), func.max(needed.c.day))
        .select_from(needed.outerjoin(FxRate, same))
        .where(col(FxRate.day).is_(None), needed.c.currency != EURO)
        .group_by(needed.c.currency)
        .order_by(needed.c.currency)
    )
    return [MissingRates(*row) for row in await answer(session, query)]


def _rows_of(spans: Sequence[AccountDays]) -> tuple[Table, list[AccountDays]]:
    """The smallest table with the currencies of what is read, and the spans with what they are compared with."""
    compared = [
        replace(span, days=span.compared, breakdown_set=span.compared_set)
        for span in spans
        if span.compared is not None
    ]
    is_of_parts = any(span.breakdown_set is not None for span in spans)
    return insight_breakdown_account_day if is_of_parts else insight_account_day, [*spans, *compared]


def _materialized(query: Any, name: str) -> CTE:
    found: CTE = query.cte(name).prefix_with("materialized")
    return found
