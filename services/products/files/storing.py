"""Stores rows of a file as products, some hundreds in a transaction: each is made, changed or refused by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from analytics.periods import local_day
from analytics.rates import EURO
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.database import WriteSession
from models.listener import notify_changes
from models.listings.reading import renew_drift
from models.orders.line import put_products_into_lines
from models.orders.storing import SoldProduct
from models.orders.unknown_costs import CostlessLine, costless_lines, store_costs
from models.products.product import Product, insert_products, products_of_skus_for_update
from models.rates.known import rates_on
from services.ad_links.queueing import find_links_anew
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.channel_jobs.sales import follow_by_hand
from services.imports.problems import ProblemList
from services.orders.costs import CostBook
from services.products.files.parsing import ProductRow
from services.products.saving import CatalogueTools, shown
from services.products.statuses import check_quantity
from services.products.wishes import check_wish

# Of one transaction, in the audit log.
_MOST_TOLD = 50
_FROZEN = "The plan has no room for this product: delete another one or choose a larger plan."


@dataclass(slots=True)
class StoredRows:
    """What came of the rows so far; of a trial `made` takes room in the plan too, since nothing of it is stored."""

    is_trial: bool
    rows: int = 0
    made: int = 0
    changed: int = 0
    costs: int = 0
    problems: ProblemList = field(default_factory=ProblemList)


@dataclass(slots=True)
class _Batch:
    """The products of one transaction, and what the audit log is to say of them; `left` are new quantities."""

    now: datetime
    made: list[Product] = field(default_factory=list)
    changed: list[Product] = field(default_factory=list)
    left: dict[UUID, int] = field(default_factory=dict)
    costed: list[tuple[ProductRow, Product]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def tell(self, product: Product, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        if len(self.told) < _MOST_TOLD:
            self.told.append({"sku": product.sku, "before": before, "after": after})


async def store_rows(
    tools: CatalogueTools,
    session: WriteSession,
    viewer: Viewer,
    rows: Sequence[ProductRow],
    *,
    time_zone: str,
    done: StoredRows,
) -> None:
    """Adds what came of these rows to `done`; raises Refused QUOTA_EXCEEDED while a payment is overdue."""
    room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.PRODUCTS)
    taken = room.used + (done.made if done.is_trial else 0)
    known = {each.sku: each for each in await products_of_skus_for_update(session, [row.sku for row in rows])}
    batch = _Batch(tools.clock())
    for row in rows:
        product = known.get(row.sku)
        has_room = room.limit is None or taken + len(batch.made) < room.limit
        try:
            if product is None:
                product = _made(session, row, batch, room.limit if not has_room else None)
            else:
                _change(product, row, batch)
        except Refused as refused:
            told = " ".join(each.message for each in (refused, *refused.others))
            batch.problems.append((row.line, told))
            continue
        if row.cost_from is not None:
            batch.costed.append((row, product))
    await _store(session, viewer, batch, done, time_zone=time_zone)
    done.rows += len(rows) - len(batch.problems)
    for line, message in batch.problems:
        done.problems.add(line, message)


def _made(session: WriteSession, row: ProductRow, batch: _Batch, limit: int | None) -> Product:
    """A new product; raises Refused. `limit` is that of a plan without room."""
    check_wish(row.wish, stored={})
    _check_cost(row, None)
    if limit is not None:
        raise _refused(f"The plan allows {limit} products, and has no room for a new one.")
    product = Product(tenant_id=session.tenant_id, created_at=batch.now, updated_at=batch.now, **row.wish.columns)
    batch.made.append(product)
    batch.tell(product, None, shown(product))
    return product


def _change(product: Product, row: ProductRow, batch: _Batch) -> None:
    if product.frozen_at is not None:
        raise _refused(_FROZEN)
    check_wish(row.wish, stored=product.model_dump(include={"title", "currency", "price", "cost"}))
    check_quantity(product, row.wish.quantity)
    _check_cost(row, product.cost)
    changed = {name: value for name, value in row.wish.columns.items() if value != getattr(product, name)}
    if changed:
        before = shown(product, *changed)
        product.sqlmodel_update({**changed, "version": product.version + 1, "updated_at": batch.now})
        batch.changed.append(product)
        if "quantity" in changed:
            batch.left[product.id] = product.quantity
        batch.tell(product, before, shown(product, *changed))


def _check_cost(row: ProductRow, stored: Decimal | None) -> None:
    if row.cost_from is not None and row.wish.cost is None and stored is None:
        raise _refused("The line says from which day the cost counts, and there is no cost.")


def _refused(message: str) -> Refused:
    return Refused(UserErrorCode.INVALID, message)


async def _store(session: WriteSession, viewer: Viewer, batch: _Batch, done: StoredRows, *, time_zone: str) -> None:
    await session.flush()
    await insert_products(session, batch.made)
    await put_products_into_lines(session, {each.sku: each.id for each in batch.made})
    drifted = await renew_drift(session, product_ids=[each.id for each in batch.changed])
    await notify_changes(session, "LISTING", drifted)
    await follow_by_hand(session, viewer, batch.left, now=batch.now)
    costs = await _costs(session, batch.costed, time_zone)
    await store_costs(session, costs)
    done.made += len(batch.made)
    done.changed += len(batch.changed)
    done.costs += len(costs)
    if batch.told or costs:
        counts = {"made": len(batch.made), "changed": len(batch.changed), "costs_of_lines": len(costs)}
        told = {**counts, "products": batch.told}
        record(session, viewer, action="products.imported", target_type="Product", after=told)
    if batch.made or batch.changed:
        await find_links_anew(session)


async def _costs(
    session: WriteSession, costed: Sequence[tuple[ProductRow, Product]], time_zone: str
) -> dict[UUID, Decimal]:
    """The cost of each line that knew none, in its order's currency; without a rate of the day it stays unknown."""
    if not costed:
        return {}
    of_product = {product.id: (row, product) for row, product in costed}
    first = min(row.cost_from for row, _ in costed if row.cost_from is not None)
    # No zone is further from UTC than a day; which lines are meant is decided by the day in the tenant's zone.
    since = datetime.combine(first, time(), UTC) - timedelta(days=1)
    lines = [
        each
        for each in await costless_lines(session, [*of_product], since)
        if local_day(each.placed_at, time_zone) >= (of_product[each.product_id][0].cost_from or first)
    ]
    book = await _book(session, lines, of_product, time_zone)
    found = {
        each.id: book.unit_cost(_sold(of_product[each.product_id][1]), each.currency, each.placed_at) for each in lines
    }
    return {line_id: cost for line_id, cost in found.items() if cost is not None}


async def _book(
    session: WriteSession,
    lines: Sequence[CostlessLine],
    of_product: Mapping[UUID, tuple[ProductRow, Product]],
    time_zone: str,
) -> CostBook:
    """The rates of the days of lines whose order is in another currency than the product's cost."""
    pairs = [(each, of_product[each.product_id][1].currency) for each in lines]
    others = [(line, currency) for line, currency in pairs if line.currency != currency]
    currencies = {each for line, currency in others for each in (line.currency, currency)} - {EURO}
    days = {local_day(line.placed_at, time_zone) for line, _ in others}
    rates = await rates_on(session, sorted(currencies), sorted(days)) if others else {}
    return CostBook(rates, time_zone)


def _sold(product: Product) -> SoldProduct:
    return SoldProduct(
        product.id,
        product.sku,
        product.currency,
        product.cost,
        product.quantity,
        product.status,
        product.created_at,
        is_deleted=False,
    )
