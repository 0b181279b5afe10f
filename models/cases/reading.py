"""Queries of order cases for clients: the list with its filter, and look-ups by id and by order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, not_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.cases.case import OrderCase, OrderCaseKind, OrderCaseStatus
from models.columns import is_any, is_any_text
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.orders.order import SalesOrder
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows

_NEWEST_FIRST = Ordering("order_cases", key=col(OrderCase.opened_at), row_id=col(OrderCase.id), descending=True)
_by_ids = by_ids(OrderCase, col(OrderCase.tenant_id) == TENANT)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Every given part must hold; an empty tuple matches nothing.

    `is_overdue`: whether the seller should have answered before `now`, and the case is still open.
    """

    channel_ids: tuple[UUID, ...] | None = None
    kinds: tuple[OrderCaseKind, ...] | None = None
    statuses: tuple[OrderCaseStatus, ...] | None = None
    is_overdue: bool | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderAtChannel:
    """An order by the channel's own id of it."""

    channel_id: UUID
    external_id: str


def _rows(session: ReadSession, wanted: CaseFilter) -> SelectOfScalar[OrderCase]:
    found = select(OrderCase).where(OrderCase.tenant_id == session.tenant_id)
    if wanted.channel_ids is not None:
        found = found.where(is_any(OrderCase.channel_id, wanted.channel_ids))
    if wanted.kinds is not None:
        found = found.where(is_any_text(OrderCase.kind, wanted.kinds))
    if wanted.statuses is not None:
        found = found.where(is_any_text(OrderCase.status, wanted.statuses))
    if wanted.is_overdue is not None:
        # A case without a time to answer is never overdue.
        is_past = func.coalesce(col(OrderCase.respond_by) < wanted.now, False)
        overdue = and_(is_past, col(OrderCase.status) != OrderCaseStatus.CLOSED)
        found = found.where(overdue if wanted.is_overdue else not_(overdue))
    return found


async def list_order_cases(session: ReadSession, wanted: CaseFilter, window: Window) -> KeysetPage[OrderCase]:
    """One page, the newest first; raises BadInput for a cursor of another list."""
    return await load_page(session, Listing(_rows(session, wanted), _NEWEST_FIRST), window)


async def count_order_cases(session: ReadSession, wanted: CaseFilter) -> int:
    return await count_rows(session, _rows(session, wanted))


async def order_cases_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[OrderCase]:
    return await rows(session, OrderCase, _by_ids(), {"ids": ids})


async def cases_by_order(session: ReadSession, orders: Sequence[OrderAtChannel]) -> list[list[OrderCase]]:
    """The cases of each of these orders, the oldest first."""
    query = select(OrderCase).where(
        OrderCase.tenant_id == session.tenant_id,
        is_any(OrderCase.channel_id, [each.channel_id for each in orders]),
        is_any_text(OrderCase.order_external_id, [each.external_id for each in orders]),
    )
    found: defaultdict[OrderAtChannel, list[OrderCase]] = defaultdict(list)
    for case in await rows(session, OrderCase, query.order_by(col(OrderCase.opened_at), col(OrderCase.id))):
        if case.order_external_id is not None:
            found[OrderAtChannel(case.channel_id, case.order_external_id)].append(case)
    return [found[each] for each in orders]


async def orders_at_channels(
    session: ReadSession | WriteSession, orders: Sequence[OrderAtChannel]
) -> list[SalesOrder | None]:
    """The stored order of each of these ids; None where none has come yet."""
    query = select(SalesOrder).where(
        SalesOrder.tenant_id == session.tenant_id,
        is_any(SalesOrder.channel_id, [each.channel_id for each in orders]),
        is_any_text(SalesOrder.external_id, [each.external_id for each in orders]),
    )
    found = {
        OrderAtChannel(order.channel_id, order.external_id): order for order in await rows(session, SalesOrder, query)
    }
    return [found.get(each) for each in orders]
