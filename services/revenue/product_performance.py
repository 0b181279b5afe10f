"""Answers what each product earned: its sales beside the spend of the ads that are linked to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from analytics.enums import TimeGrain
from analytics.periods import AskedRange
from analytics.revenue.figures import Figures
from analytics.revenue.products import ProductCents, ProductDetails, SumsByProduct
from analytics.revenue.terms import ProductPerformanceOrder, RefundBooking
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import AppError, BadInput, MixedCurrency
from models.database import Database, ReadSession
from models.insights.by_day.ranked_pages import RankedPage, Ranking, ranked_page
from models.keyset import Window
from models.revenue.ground import daily_rates, products_with_attributes
from models.revenue.sales_by_day import SalesDays
from models.revenue.sales_by_product import (
    FactorArrays,
    amounts_by_product,
    details_by_product,
    factor_arrays,
    sold_currencies,
)
from models.revenue.spend_by_day import spend_by_day
from services.revenue.ground import load_ground


@dataclass(frozen=True, slots=True)
class PerformanceRequest:
    """What a client asks for; `has_gaps`: it reads them. Of products that are named there is no row of none."""

    days: AskedRange
    product_ids: tuple[UUID, ...] | None = None
    attribute_ids: tuple[UUID, ...] | None = None
    channel_ids: tuple[UUID, ...] | None = None
    currency: str | None = None
    refunds: RefundBooking = RefundBooking.REFUND_DATE
    order: ProductPerformanceOrder = ProductPerformanceOrder.PROFIT_DESC
    has_gaps: bool = True


@dataclass(slots=True, kw_only=True)
class ProductPerformance(Figures):
    """The figures of one product; of what belongs to none where `product_id` is None."""

    product_id: UUID | None


async def product_performance(
    db: Database, viewer: Viewer, asked: PerformanceRequest, window: Window, *, now: datetime
) -> RankedPage[ProductPerformance]:
    """A page of the products that were sold, refunded or advertised in the range; needs READ.

    Raises NotFound for channels that are not the tenant's, MixedCurrency, BadInput.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer, is_snapshot=True) as session:
        everything = await _everything(session, asked, now=now)
        wanted = await _wanted(session, asked)
        found = [row for row in everything.sums.told() if wanted is None or row.exact.product_id in wanted]
        ranking = Ranking((replace(asked, has_gaps=True),), _KEYS[asked.order], (int, int, int, UUID))
        page = ranked_page(found, ranking, window)
        rows = await _shown(session, everything, page.rows)
    return RankedPage(rows, page.cursors, page.has_next, page.has_previous, page.total)


class PerformanceKey(NamedTuple):
    """What is asked of one product, at which moment."""

    product_id: UUID
    asked: PerformanceRequest
    now: datetime


async def performance_by_product(
    session: ReadSession, keys: Sequence[PerformanceKey]
) -> list[ProductPerformance | AppError]:
    """The same of each product of the keys; one that was neither sold nor advertised has zeros.

    What is asked of several products is read once. An error is that of each product of which the same is asked.
    """
    wanted: dict[tuple[PerformanceRequest, datetime], set[UUID | None]] = {}
    for key in keys:
        wanted.setdefault((key.asked, key.now), set()).add(key.product_id)
    found: dict[tuple[PerformanceRequest, datetime], dict[UUID | None, ProductPerformance] | AppError] = {}
    for question, product_ids in wanted.items():
        try:
            everything = await _everything(session, question[0], now=question[1])
            everything.sums.show(product_ids)
            shown = [row for row in everything.sums.told() if row.exact.product_id in product_ids]
            found[question] = {row.product_id: row for row in await _shown(session, everything, shown)}
        except (BadInput, MixedCurrency) as refused:
            found[question] = refused
    answers = ((found[key.asked, key.now], key.product_id) for key in keys)
    return [each if isinstance(each, AppError) else each[product_id] for each, product_id in answers]


@dataclass(frozen=True, slots=True)
class _Everything:
    """What was read of all products, whichever are wanted: what is left of a cent depends on each of them."""

    sums: SumsByProduct
    days: SalesDays
    factors: FactorArrays
    currency: str
    unsynced_days: int


async def _everything(session: ReadSession, asked: PerformanceRequest, *, now: datetime) -> _Everything:
    ground = await load_ground(session, asked.days, channel_ids=asked.channel_ids, now=now)
    sales_days = ground.sales_days(TimeGrain.NONE, asked.refunds)
    sold_in = await sold_currencies(session, sales_days)
    cells = await spend_by_day(session, ground.account_ids, ground.days, has_links=asked.has_gaps)
    currencies = sorted({*sold_in, *(cell.currency for cell in cells if cell.spend)})
    if asked.currency is None and len(currencies) > 1:
        raise MixedCurrency(
            f"Sales and spend are in several currencies ({', '.join(currencies)}): ask for one `currency` to convert"
            " them into."
        )
    rates = await daily_rates(session, currencies, ground.days, target=asked.currency)
    factors = factor_arrays(rates, currencies, sales_days.days)
    sums = SumsByProduct(rates)
    sums.add(await amounts_by_product(session, sales_days, factors, ground.account_ids), cells)
    told_in = asked.currency or (currencies[0] if currencies else ground.tenant.currency)
    unsynced = ground.unsynced_days(ground.days) if asked.has_gaps else 0
    return _Everything(sums, sales_days, factors, told_in, unsynced)


async def _shown(
    session: ReadSession, everything: _Everything, told: Sequence[ProductCents]
) -> list[ProductPerformance]:
    """All that is told of some products."""
    named = [row.exact.product_id for row in told]
    details, unrated = await details_by_product(session, everything.days, everything.factors, named)
    rows = []
    for row, product_id in zip(told, named, strict=True):
        left_out = [each for each in unrated if each.product_id == product_id]
        figures = everything.sums.figures(row, details.get(product_id, ProductDetails()), left_out, everything.currency)
        figures.sums.unsynced_days = everything.unsynced_days
        rows.append(ProductPerformance(product_id=product_id, **{name: getattr(figures, name) for name in _FIGURES}))
    return rows


async def _wanted(session: ReadSession, asked: PerformanceRequest) -> set[UUID] | None:
    """The products that are asked for; None for all, and what belongs to none."""
    named = None if asked.product_ids is None else {*asked.product_ids}
    if asked.attribute_ids is None:
        return named
    described = await products_with_attributes(session, asked.attribute_ids)
    return described if named is None else described & named


_FIGURES = [each.name for each in fields(Figures)]
# A row that has not the number comes last in both directions. What belongs to no product comes behind its equals.
_NO_PRODUCT = UUID(int=0)


def _key(number: Callable[[ProductCents], int | None], sign: int) -> Callable[[ProductCents], tuple[Any, ...]]:
    def key(row: ProductCents) -> tuple[int, int, int, UUID]:
        found, product_id = number(row), row.exact.product_id
        return int(found is None), (found or 0) * sign, int(product_id is None), product_id or _NO_PRODUCT

    return key


_KEYS = {
    ProductPerformanceOrder.PROFIT_DESC: _key(lambda row: row.profit, -1),
    ProductPerformanceOrder.PROFIT_ASC: _key(lambda row: row.profit, 1),
    ProductPerformanceOrder.NET_REVENUE_DESC: _key(lambda row: row.net, -1),
    ProductPerformanceOrder.SPEND_DESC: _key(lambda row: row.spend, -1),
    ProductPerformanceOrder.UNITS_DESC: _key(lambda row: row.exact.units, -1),
}
