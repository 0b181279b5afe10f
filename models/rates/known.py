"""Reads which exchange rates are stored; writes none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, Date, any_, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col

from models.columns import is_any_text
from models.database import ReadSession, WriteSession
from models.rates.fx_rate import FxRate


@dataclass(frozen=True, slots=True)
class CurrencyRates:
    """What is stored of a currency: its first and its last published day, and the rate of the latter."""

    currency: str
    first_day: date
    last_day: date
    published_days: int
    per_eur: Decimal


async def known_rates(session: ReadSession) -> list[CurrencyRates]:
    """What is stored, by currency in alphabetical order."""
    currency, day, per_eur = col(FxRate.currency), col(FxRate.day), col(FxRate.per_eur)
    newest_first = func.array_agg(aggregate_order_by(per_eur, day.desc()))
    query = (
        select(currency, func.min(day), func.max(day), func.count(), newest_first)
        .where(col(FxRate.published_on) == day)
        .group_by(currency)
        .order_by(currency)
    )
    rows = (await (await session.connection()).execute(query)).all()
    return [CurrencyRates(name, first, last, days, rates[0]) for name, first, last, days, rates in rows]


async def rates_on(
    session: ReadSession | WriteSession, currencies: Sequence[str], days: Sequence[date]
) -> dict[tuple[str, date], Decimal]:
    """What one euro was on these days in these currencies; of the euro itself there is none."""
    query = select(col(FxRate.currency), col(FxRate.day), col(FxRate.per_eur)).where(
        is_any_text(FxRate.currency, currencies), col(FxRate.day) == any_(literal(list(days), ARRAY(Date())))
    )
    found = (await (await session.connection()).execute(query)).all()
    return {(currency, day): per_eur for currency, day, per_eur in found}
