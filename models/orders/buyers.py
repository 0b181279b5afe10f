"""Erases what is known of a buyer from the orders of a channel; amounts and dates stay."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from models.columns import is_any_text
from models.database import WriteSession
from models.orders.order import SalesOrder


async def erase_buyer(session: WriteSession, channel_id: UUID, handles: Sequence[str], now: datetime) -> list[UUID]:
    """Forgets the buyer with one of these handles; answers the ids of the orders that named them.

    An order that is marked as erased stays so, whatever the channel tells again.
    """
    statement = (
        update(SalesOrder)
        .where(
            col(SalesOrder.tenant_id) == session.tenant_id,
            col(SalesOrder.channel_id) == channel_id,
            is_any_text(SalesOrder.buyer_handle, handles),
        )
        .values(buyer_handle=None, buyer_country=None, buyer_erased_at=now)
        .returning(col(SalesOrder.id))
    )
    return list((await (await session.connection()).execute(statement)).scalars())
