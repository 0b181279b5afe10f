"""Answers what was sold beside what the ads spent, by period and currency."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from analytics.enums import TimeGrain
from analytics.periods import AskedRange, DateRange, period_of
from analytics.revenue.figures import Figures, figures_of
from analytics.revenue.periods import SumsByPeriod
from analytics.revenue.sums import SalesCell, Sums
from analytics.revenue.terms import RefundBooking
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database, ReadSession
from models.revenue.ground import daily_rates
from models.revenue.sales_by_day import SalesDays, products_without_cost, refunds_by_day, sales_by_day
from models.revenue.spend_by_day import spend_by_day
from services.insights.provenance import InsightsWarning
from services.insights.questions import check_points
from services.revenue.ground import Ground, load_ground
from services.revenue.warnings import spend_warnings


@dataclass(frozen=True, slots=True)
class BlendedRequest:
    """What a client asks for; `has_gaps` and `has_warnings`: it reads them."""

    days: AskedRange
    grain: TimeGrain = TimeGrain.NONE
    ad_account_ids: tuple[UUID, ...] | None = None
    channel_ids: tuple[UUID, ...] | None = None
    refunds: RefundBooking = RefundBooking.REFUND_DATE
    currency: str | None = None
    has_gaps: bool = True
    has_warnings: bool = True


@dataclass(slots=True, kw_only=True)
class BlendedRow(Figures):
    """The figures of one period."""

    period: DateRange


@dataclass(slots=True)
class BlendedResult:
    """Rows in order of time and, within a period, of currency; totals in order of currency."""

    rows: list[BlendedRow]
    totals: list[BlendedRow]
    warnings: list[InsightsWarning]


async def blended(db: Database, viewer: Viewer, asked: BlendedRequest, *, now: datetime) -> BlendedResult:
    """Spend of the ads beside what was really sold; needs READ.

    Periods without any sale, refund or known day of spend are left out. Raises NotFound for ad accounts and channels
    that are not the tenant's, BadInput for more than 400 periods.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer, is_snapshot=True) as session:
        ground = await load_ground(
            session, asked.days, channel_ids=asked.channel_ids, ad_account_ids=asked.ad_account_ids, now=now
        )
        check_points(ground.days, asked.grain)
        sums = await _sums(session, ground, asked)
        warnings = await spend_warnings(session, ground, now=now) if asked.has_warnings else []
    periods = sorted(sums.periods.items())
    rows = [_row(each, currency, period_of(start, asked.grain, ground.days)) for (start, currency), each in periods]
    totals = [_row(each, currency, ground.days) for currency, each in sorted(sums.totals.items())]
    return BlendedResult(rows, totals, warnings)


async def _sums(session: ReadSession, ground: Ground, asked: BlendedRequest) -> SumsByPeriod:
    days = ground.sales_days(asked.grain, asked.refunds)
    sold = await sales_by_day(session, days)
    refunded = await refunds_by_day(session, days)
    spend = await spend_by_day(session, ground.account_ids, ground.days, has_links=asked.has_gaps)
    sales = [*sold, *refunded]
    currencies = {cell.currency for cell in sales} | {cell.currency for cell in spend}
    rates = await daily_rates(session, sorted(currencies), ground.days, target=asked.currency)
    without = sorted({(c.day, c.currency) for c in sales if rates.factor(c.currency, c.day) is None})
    if without and asked.has_gaps:
        # Which refund an order is counted with depends on the days that are left out.
        sales = [*sold, *await refunds_by_day(session, days, without_rate=without)]
    taxes = {channel.channel_id: channel.included_tax_rate for channel in ground.channels}
    sums = SumsByPeriod(asked.grain, ground.days, rates, taxes)
    sums.add_sales(sales)
    sums.add_spend(spend)
    if asked.currency is not None:
        sums.totals.setdefault(asked.currency, Sums())
    if asked.has_gaps:
        await _count_products(session, days, sums, sales, without)
        _count_days(ground, sums)
    return sums


async def _count_products(
    session: ReadSession,
    days: SalesDays,
    sums: SumsByPeriod,
    sales: Sequence[SalesCell],
    without: Sequence[tuple[date, str]],
) -> None:
    """Says of how many products costs are missing, where they are."""
    if not any(cell.has_bare for cell in sales):
        return
    found = await products_without_cost(session, days, target=sums.rates.target, without_rate=without)
    starts: dict[int, date] = {}
    for place, day in zip(days.periods, days.days, strict=True):
        starts.setdefault(place, sums.start_of(day))
    for (number, currency), found_count in found.items():
        each = sums.totals[currency] if number is None else sums.periods[starts[number], currency]
        each.cost_missing.count = found_count


def _count_days(ground: Ground, sums: SumsByPeriod) -> None:
    """Says on how many days sales are not known."""
    for (start, _), each in sums.periods.items():
        each.unsynced_days = ground.unsynced_days(period_of(start, sums.grain, ground.days))
    for each in sums.totals.values():
        each.unsynced_days = ground.unsynced_days(ground.days)


def _row(sums: Sums, currency: str, period: DateRange) -> BlendedRow:
    figures = figures_of(sums, currency)
    return BlendedRow(period=period, **{each.name: getattr(figures, each.name) for each in fields(figures)})
