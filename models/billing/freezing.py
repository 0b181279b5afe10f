"""Freezes what a price plan has no room for, and thaws what it has room for again.

The ad accounts, members, channels and products that came first stay unfrozen.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Subquery, and_, case, func, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from models.ads.ad_account import AdAccount
from models.channels.channel import Channel
from models.database import WriteSession
from models.products.product import Product
from models.tenants.membership import Membership, Role


class Freeze(NamedTuple):
    """How many are frozen now, and which rows this has frozen or thawed."""

    frozen: int
    changed: list[UUID]


async def freeze_and_thaw_accounts(session: WriteSession, limit: int | None, now: datetime) -> Freeze:
    """Freezes the connected accounts beyond `limit`, thaws the others; answers what is frozen now."""
    return await _by_age(session, AdAccount, col(AdAccount.disconnected_at).is_(None), limit=limit, now=now)


async def freeze_and_thaw_channels(session: WriteSession, limit: int | None, now: datetime) -> Freeze:
    """The same for channels that are not disconnected."""
    return await _by_age(session, Channel, col(Channel.disconnected_at).is_(None), limit=limit, now=now)


async def freeze_and_thaw_products(session: WriteSession, limit: int | None, now: datetime) -> Freeze:
    """The same for products that are not deleted."""
    return await _by_age(session, Product, col(Product.deleted_at).is_(None), limit=limit, now=now)


async def freeze_and_thaw_members(session: WriteSession, limit: int | None, now: datetime) -> Freeze:
    """Freezes the members beyond `limit`, owners last, thaws the others; answers what is frozen now."""
    is_owner = case((col(Membership.role) == Role.OWNER, 0), else_=1)
    place = func.row_number().over(order_by=(is_owner, col(Membership.created_at), col(Membership.id)))
    ranked = select(Membership.id, place.label("place")).where(Membership.tenant_id == session.tenant_id).subquery()
    return await _freeze_and_thaw(
        session, Membership, ranked, matches=col(Membership.id) == ranked.c.id, limit=limit, now=now
    )


async def _by_age(
    session: WriteSession,
    table: type[AdAccount] | type[Channel] | type[Product],
    counts: ColumnElement[bool],
    *,
    limit: int | None,
    now: datetime,
) -> Freeze:
    """Of the rows that `counts`, the oldest stay."""
    place = func.row_number().over(order_by=(col(table.created_at), col(table.id)))
    ranked = select(table.id, place.label("place")).where(table.tenant_id == session.tenant_id, counts).subquery()
    return await _freeze_and_thaw(session, table, ranked, matches=col(table.id) == ranked.c.id, limit=limit, now=now)


async def _freeze_and_thaw(
    session: WriteSession,
    table: type[AdAccount] | type[Channel] | type[Membership] | type[Product],
    ranked: Subquery,
    *,
    matches: ColumnElement[bool],
    limit: int | None,
    now: datetime,
) -> Freeze:
    """Sets and clears `frozen_at` by the place of each row in `ranked`; rows that need no change are not written."""
    connection = await session.connection()
    frozen_at = col(table.frozen_at)
    mine = and_(col(table.tenant_id) == session.tenant_id, matches)
    # Without a limit everything fits: every place is compared with itself.
    fits: ColumnElement[Any] = ranked.c.place <= (limit if limit is not None else ranked.c.place)
    raised: dict[str, Any] = {"data_version": AdAccount.data_version + 1} if table is AdAccount else {}
    if table is Channel:
        raised = {"version": Channel.version + 1}
    thaw = update(table).where(mine, fits, frozen_at.is_not(None)).values(frozen_at=None, **raised)
    freeze = update(table).where(mine, ~fits, frozen_at.is_(None)).values(frozen_at=now, **raised)
    changed = [
        row_id
        for statement in (thaw, freeze)
        for row_id in (await connection.execute(statement.returning(col(table.id)))).scalars()
    ]
    count = select(func.count()).where(col(table.tenant_id) == session.tenant_id, frozen_at.is_not(None))
    return Freeze((await session.exec(count)).one(), changed)
