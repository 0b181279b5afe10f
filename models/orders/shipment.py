"""The table of shipments: the parcels of an order, as the channel tells them; and the named queries on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, text
from sqlmodel import col, select

from models.columns import TenantRow, is_any, tenant_key
from models.database import ReadSession, WriteSession
from models.thin.records import rows


class OrderShipment(TenantRow, table=True):
    """`external_id` is the channel's id of the parcel. What a channel does not tell is null."""

    __tablename__ = "order_shipment"
    __table_args__ = (
        tenant_key("order_id", "sales_order"),
        UniqueConstraint("tenant_id", "order_id", "external_id"),
    )

    order_id: UUID
    external_id: str
    carrier: str | None = None
    tracking_code: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


async def shipments_by_order(
    session: ReadSession | WriteSession, order_ids: Sequence[UUID]
) -> list[list[OrderShipment]]:
    """The parcels of each of these orders, by when they were sent."""
    query = select(OrderShipment).where(
        OrderShipment.tenant_id == session.tenant_id, is_any(OrderShipment.order_id, order_ids)
    )
    found: defaultdict[UUID, list[OrderShipment]] = defaultdict(list)
    ordered = query.order_by(col(OrderShipment.order_id), col(OrderShipment.shipped_at), col(OrderShipment.external_id))
    for shipment in await rows(session, OrderShipment, ordered):
        found[shipment.order_id].append(shipment)
    return [found[order_id] for order_id in order_ids]


_STORE = text("""
    insert into order_shipment
        (tenant_id, id, order_id, external_id, carrier, tracking_code, shipped_at, delivered_at)
    values (:tenant_id, cast(:id as uuid), cast(:order_id as uuid), :external_id, :carrier, :tracking_code,
        cast(:shipped_at as timestamptz), cast(:delivered_at as timestamptz))
    on conflict (tenant_id, order_id, external_id) do update
    set carrier = excluded.carrier, tracking_code = excluded.tracking_code, shipped_at = excluded.shipped_at,
        delivered_at = coalesce(excluded.delivered_at, order_shipment.delivered_at)
    returning 1
""")


async def store_shipments(session: WriteSession, shipments: Sequence[OrderShipment]) -> None:
    """Stores parcels, or what the channel tells of known ones by now."""
    for each in shipments:
        values: dict[str, Any] = each.model_dump() | {"tenant_id": session.tenant_id}
        await (await session.connection()).execute(_STORE, values)
