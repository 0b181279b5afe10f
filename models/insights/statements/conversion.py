"""Conversion of money within a statement: each row is multiplied by the rate of its own day, before anything is summed.

Rates lie on the coordinator where tables are on shards, so they are read first, as a part of the statement of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Numeric,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from analytics.periods import DateRange
from analytics.rates import EURO
from models.insights.metric_sql import quotient
from models.insights.question import Conversion
from models.rates.fx_rate import FxRate

# The factor of an amount without a rate. It makes a sum of it what it is, too, so that no sum is a partial one.
NOT_A_NUMBER: ColumnElement[Any] = literal_column("'NaN'::numeric")
_TARGET, _SOURCES = bindparam("rates_target", type_=String()), bindparam("rates_sources", type_=ARRAY(String()))
_FIRST, _LAST = bindparam("rates_first", type_=Date()), bindparam("rates_last", type_=Date())


@dataclass(frozen=True, slots=True)
class ConversionShape:
    """Which kinds of currencies the rows have: foreign ones, the euro, that of the answer.

    `is_into_euro`: the answer's currency is the euro, which has no rate. `is_mixed`: a group may have several.
    `is_single`: all rows have the same.
    """

    is_into_euro: bool
    has_foreign: bool
    has_euro: bool
    has_own: bool
    is_mixed: bool
    is_single: bool


def shape_of(conversion: Conversion, *, is_mixed: bool) -> ConversionShape:
    sources = set(conversion.sources)
    return ConversionShape(
        is_into_euro=conversion.target == EURO,
        has_foreign=bool(sources - {EURO, conversion.target}),
        has_euro=EURO in sources - {conversion.target},
        has_own=conversion.target in sources,
        is_mixed=is_mixed,
        is_single=len(sources) == 1,
    )


def rates_values(conversion: Conversion, days: DateRange) -> Mapping[str, Any]:
    """The values of the statement; `days` are all from the first to the last one that it reads."""
    foreign = [currency for currency in conversion.sources if currency not in (EURO, conversion.target)]
    return {
        "rates_target": conversion.target,
        "rates_sources": foreign,
        "rates_first": days.start,
        "rates_last": days.end,
    }


def joined_rates(tables: FromClause, facts: Any, shape: ConversionShape) -> tuple[FromClause, ColumnElement[Any]]:
    """`tables` with the rates of the rows of `facts`, and the factor by which an amount of a row is multiplied."""
    # Whether groups may have several currencies is no matter of the rates: a statement whose parts differ in it has one
    # table of them nevertheless.
    rates = _rates(replace(shape, is_mixed=False))
    same = rates.c.day == facts.c.day
    # Texts are slow to compare, a hundred thousand times.
    if not shape.is_single:
        same = and_(same, rates.c.currency == facts.c.currency)
    # Outer join: a row without a rate is not left out.
    return tables.join(rates, same, isouter=True), func.coalesce(rates.c.factor, NOT_A_NUMBER)


@lru_cache(maxsize=32)
def _rates(shape: ConversionShape) -> CTE:
    """The factors by currency and day; one table of them in a statement, however many of its parts convert."""
    parts = []
    if shape.has_foreign:
        parts.append(_of_foreign(shape))
    if shape.has_euro:
        target: Any = FxRate.__table__.alias("target")  # type: ignore[attr-defined]  # SQLModel declares it at run time
        is_target = (target.c.currency == _TARGET, target.c.day.between(_FIRST, _LAST))
        parts.append(
            select(_text(EURO).label("currency"), target.c.day, target.c.per_eur.label("factor")).where(*is_target)
        )
    if shape.has_own:
        # 1 on each day, for which no rate needs to be known.
        ahead: Any = func.generate_series(0, _LAST - _FIRST).table_valued("days").render_derived(name="ahead")
        parts.append(
            select(
                _TARGET.label("currency"), (_FIRST + ahead.c.days).label("day"), literal(1, Numeric()).label("factor")
            )
        )
    rates: Any = parts[0] if len(parts) == 1 else union_all(*parts)
    found: CTE = rates.cte("rates").prefix_with("materialized")
    return found


def _of_foreign(shape: ConversionShape) -> Select[Any]:
    source: Any = FxRate.__table__.alias("source")  # type: ignore[attr-defined]  # see above
    is_source = (source.c.currency == any_(_SOURCES), source.c.day.between(_FIRST, _LAST))
    if shape.is_into_euro:
        factor = quotient(literal(1, Numeric()), source.c.per_eur)
        return select(source.c.currency, source.c.day, factor.label("factor")).where(*is_source)
    target: Any = FxRate.__table__.alias("into")  # type: ignore[attr-defined]  # see above
    factor = quotient(target.c.per_eur, source.c.per_eur)
    # The days are given for both sides, so that each is read as one range.
    is_target = (target.c.currency == _TARGET, target.c.day.between(_FIRST, _LAST))
    tables = source.join(target, and_(target.c.day == source.c.day, *is_target))
    return select(source.c.currency, source.c.day, factor.label("factor")).select_from(tables).where(*is_source)


def _text(value: str) -> ColumnElement[Any]:
    return literal_column(f"'{value}'::varchar")
