"""Reads what a conversion needs to know: the currencies of the rows, and which rates are stored or missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Date,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    column,
    distinct,
    false,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import col

from analytics.periods import DateRange
from analytics.rates import EURO
from models.database import ReadSession
from models.insights.question import AccountDays, Conversion
from models.insights.tables import insight_account_day, insight_breakdown_account_day
from models.rates.fx_rate import FxRate
from models.thin.compiled import TENANT, Compiled, compiled, fetched

_TARGET = bindparam("target", type_=String())
# What is read, an account and the first and last of its days in each place; `of_set` is None where no parts are read.
_READ: dict[str, TypeEngine[Any]] = {"account": Uuid(), "first": Date(), "last": Date(), "of_set": String()}


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
    values = {**_read(spans), "target": target, "rates_first": days.start, "rates_last": days.end}
    rows = await fetched(session, _currencies_statement(_is_of_parts(spans)), values)
    return Conversion(
        target=target,
        sources=tuple(currency for currency, is_stored, *_ in rows if is_stored),
        has_mixed_accounts=any(has_mixed for *_, has_mixed in rows),
        rates_version=",".join(dict.fromkeys(f"{currency}:{version}" for currency, _, _, version, _ in rows)),
        has_all_rates=all(count == days.days for currency, _, count, *_ in rows if currency != EURO),
    )


async def missing_rates(
    session: ReadSession, conversion: Conversion, spans: Sequence[AccountDays]
) -> list[MissingRates]:
    """The rates that rows within the spans, or what they are compared with, would need and that are not stored."""
    values = {**_read(spans), "target": conversion.target}
    rows = await fetched(session, _missing_statement(_is_of_parts(spans)), values)
    return [MissingRates(*row) for row in rows]


def _is_of_parts(spans: Sequence[AccountDays]) -> bool:
    return any(span.breakdown_set is not None for span in spans)


def _read(spans: Sequence[AccountDays]) -> Mapping[str, list[Any]]:
    read = [
        (account, span.days.start, span.days.end, span.breakdown_set)
        for span in _with_compared(spans)
        for account in span.ad_account_ids
    ]
    return dict(zip(_READ, map(list, zip(*read, strict=True)), strict=True)) if read else {name: [] for name in _READ}


def _with_compared(spans: Sequence[AccountDays]) -> Iterator[AccountDays]:
    for span in spans:
        yield span
        if span.compared is not None:
            yield replace(span, days=span.compared, breakdown_set=span.compared_set)


def _rows(is_of_parts: bool, *names: str) -> Select[Any]:
    """The columns of these names of all rows that are read, each combination once, from the smallest table."""
    rows = insight_breakdown_account_day if is_of_parts else insight_account_day
    arrays: list[Any] = [bindparam(name, type_=ARRAY(kind)) for name, kind in _READ.items()]
    given = func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in _READ.items()))
    read: Any = given.render_derived(name="read")
    is_read = [rows.c.tenant_id == TENANT, rows.c.ad_account_id == read.c.account]
    is_read += [rows.c.day.between(read.c.first, read.c.last)]
    is_read += [rows.c.breakdown_set == read.c.of_set] if is_of_parts else []
    return select(*(rows.c[name] for name in names)).select_from(rows.join(read, and_(*is_read))).distinct()


@lru_cache
def _currencies_statement(is_of_parts: bool) -> Compiled:
    """By currency of the rows, and for the target: how many of the days have rates, and the newest version of them."""
    stored = _materialized(_rows(is_of_parts, "ad_account_id", "currency"), "stored")
    has_mixed = select(func.count() > func.count(distinct(stored.c.ad_account_id))).scalar_subquery()
    # Read apart from the rates, which lie elsewhere on shards.
    needed = union_all(
        select(stored.c.currency, true().label("is_stored")).distinct(), select(_TARGET, false().label("is_stored"))
    )
    wanted: Any = needed.subquery("wanted")
    days = (bindparam("rates_first", type_=Date()), bindparam("rates_last", type_=Date()))
    # One currency after the other: together Postgres would read the days of all that there are.
    rates = (
        select(func.count().label("days"), func.max(col(FxRate.version)).label("version"))
        .where(col(FxRate.currency) == wanted.c.currency, col(FxRate.day).between(*days))
        .lateral("rates")
    )
    return compiled(
        select(wanted.c.currency, wanted.c.is_stored, rates.c.days, rates.c.version, has_mixed)
        .select_from(wanted.join(rates, true()))
        .order_by(wanted.c.currency)
    )


@lru_cache
def _missing_statement(is_of_parts: bool) -> Compiled:
    stored = _rows(is_of_parts, "currency", "day").subquery("stored")
    foreign = _materialized(select(stored.c.currency, stored.c.day).where(stored.c.currency != _TARGET), "foreign_rows")
    into = select(_TARGET, foreign.c.day).distinct()
    needed: Any = union_all(select(foreign.c.currency, foreign.c.day), into).subquery("needed")
    same = and_(col(FxRate.currency) == needed.c.currency, col(FxRate.day) == needed.c.day)
    return compiled(
        select(needed.c.currency, func.count(), func.min(needed.c.day), func.max(needed.c.day))
        .select_from(needed.outerjoin(FxRate, same))
        .where(col(FxRate.day).is_(None), needed.c.currency != EURO)
        .group_by(needed.c.currency)
        .order_by(needed.c.currency)
    )


def _materialized(query: Any, name: str) -> CTE:
    found: CTE = query.cte(name).prefix_with("materialized")
    return found
