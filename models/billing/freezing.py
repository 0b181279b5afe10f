"""Marks what a plan has no room for, and takes the mark away again: the accounts and members that came first stay."""

from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, and_, case, func, update
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from models.ads.ad_account import AdAccount
from models.database import WriteSession
from models.tenants.membership import Membership, Role


async def settle_accounts(session: WriteSession, limit: int | None, now: datetime) -> int:
    """How many accounts are frozen then, of those that are connected."""
    place = func.row_number().over(order_by=(col(AdAccount.created_at), col(AdAccount.id)))
    connected = col(AdAccount.disconnected_at).is_(None)
    ranked = (
        select(AdAccount.id, place.label("place")).where(AdAccount.tenant_id == session.tenant_id, connected).subquery()
    )
    return await _settle(session, AdAccount, ranked, matches=col(AdAccount.id) == ranked.c.id, limit=limit, now=now)


async def settle_members(session: WriteSession, limit: int | None, now: datetime) -> int:
    """How many members are frozen then; owners are the last to be."""
    is_owner = case((col(Membership.role) == Role.OWNER, 0), else_=1)
    place = func.row_number().over(order_by=(is_owner, col(Membership.created_at), col(Membership.id)))
    ranked = select(Membership.id, place.label("place")).where(Membership.tenant_id == session.tenant_id).subquery()
    return await _settle(session, Membership, ranked, matches=col(Membership.id) == ranked.c.id, limit=limit, now=now)


async def _settle(
    session: WriteSession,
    table: type[AdAccount] | type[Membership],
    ranked: Subquery,
    *,
    matches: ColumnElement[bool],
    limit: int | None,
    now: datetime,
) -> int:
    """Changes only what is marked wrongly."""
    connection = await session.connection()
    frozen_at = col(table.frozen_at)
    mine = and_(col(table.tenant_id) == session.tenant_id, matches)
    fits: ColumnElement[Any] = ranked.c.place <= (limit if limit is not None else ranked.c.place)
    thaw = update(table).where(mine, fits, frozen_at.is_not(None)).values(frozen_at=None)
    freeze = update(table).where(mine, ~fits, frozen_at.is_(None)).values(frozen_at=now)
    for statement in (thaw, freeze):
        await connection.execute(statement)
    count = select(func.count()).where(col(table.tenant_id) == session.tenant_id, frozen_at.is_not(None))
    return (await session.exec(count)).one()
