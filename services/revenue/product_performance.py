"""Answers what each product earned: its sales beside the spend of the ads that are linked to it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from analytics.enums import TimeGrain
from analytics.periods import AskedRange
from analytics.revenue.figures import Figures, figures_of_parts
from analytics.revenue.products import SumsByProduct
from analytics.revenue.sums import ZERO, Sums
from analytics.revenue.terms import ProductPerformanceOrder, RefundBooking
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import AppError, BadInput, MixedCurrency
from models.database import Database, ReadSession
from models.insights.by_day.ranked_pages import RankedPage, Ranking, ranked_page
from models.keyset import Window
from models.revenue.ground import daily_rates, products_with_attributes
from models.revenue.linked_spend import linked_spend
from models.revenue.sales_by_product import factor_arrays, sales_by_product, sold_currencies
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
        rows = await _rows(session, asked, now=now)
        wanted = await _wanted(session, asked)
    found = [row for row in rows if wanted is None or row.product_id in wanted]
    kinds = (int, Decimal, int, UUID)
    return ranked_page(found, Ranking((replace(asked, has_gaps=True),), _KEYS[asked.order], kinds), window)


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
            rows = await _rows(session, question[0], now=question[1], shown=product_ids)
            found[question] = {row.product_id: row for row in rows}
        except (BadInput, MixedCurrency) as refused:
            found[question] = refused
    answers = ((found[key.asked, key.now], key.product_id) for key in keys)
    return [each if isinstance(each, AppError) else each[product_id] for each, product_id in answers]


async def _rows(
    session: ReadSession, asked: PerformanceRequest, *, now: datetime, shown: Collection[UUID | None] = ()
) -> list[ProductPerformance]:
    """Of all products, whichever are wanted: what is left of a cent depends on all of them.

    Those that are `shown` have a row even if there is nothing to tell of them.
    """
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
    sums.add_sales(*await sales_by_product(session, sales_days, factors))
    sums.add_spend(await linked_spend(session, ground.account_ids, ground.days, factors), cells)
    for product_id in shown:
        sums.products.setdefault(product_id, Sums(spend=ZERO if cells else None))
    if asked.has_gaps:
        for each in sums.products.values():
            each.unsynced_days = ground.unsynced_days(ground.days)
    told_in = asked.currency or (currencies[0] if currencies else ground.tenant.currency)
    return _told(sums.products, told_in)


async def _wanted(session: ReadSession, asked: PerformanceRequest) -> set[UUID] | None:
    """The products that are asked for; None for all, and what belongs to none."""
    named = None if asked.product_ids is None else {*asked.product_ids}
    if asked.attribute_ids is None:
        return named
    described = await products_with_attributes(session, asked.attribute_ids)
    return described if named is None else described & named


def _told(products: Mapping[UUID | None, Sums], currency: str) -> list[ProductPerformance]:
    # In a fixed order, so that the same cents go to the same products each time.
    ordered = sorted(products.items(), key=lambda item: -1 if item[0] is None else item[0].int)
    figures = figures_of_parts([sums for _, sums in ordered], currency)
    names = [each.name for each in fields(Figures)]
    return [
        ProductPerformance(product_id=product_id, **{name: getattr(each, name) for name in names})
        for (product_id, _), each in zip(ordered, figures, strict=True)
    ]


# A row that has not the number comes last in both directions. What belongs to no product comes behind its equals.
_NO_PRODUCT = UUID(int=0)


def _key(number: Callable[[ProductPerformance], Decimal | int | None], sign: int) -> Callable[[Any], tuple[Any, ...]]:
    def key(row: ProductPerformance) -> tuple[int, Decimal, int, UUID]:
        found = number(row)
        is_none = int(row.product_id is None)
        return int(found is None), Decimal(found or 0) * sign, is_none, row.product_id or _NO_PRODUCT

    return key


_KEYS = {
    ProductPerformanceOrder.PROFIT_DESC: _key(lambda row: row.profit, -1),
    ProductPerformanceOrder.PROFIT_ASC: _key(lambda row: row.profit, 1),
    ProductPerformanceOrder.NET_REVENUE_DESC: _key(lambda row: row.net_revenue, -1),
    ProductPerformanceOrder.SPEND_DESC: _key(lambda row: row.spend, -1),
    ProductPerformanceOrder.UNITS_DESC: _key(lambda row: row.units, -1),
}
