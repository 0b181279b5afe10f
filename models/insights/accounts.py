"""Loads the accounts that a question about insights is about, and the tenant's currency for when there are none."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy
from sqlalchemy import func
from sqlmodel import col, select

from analytics.enums import EntityLevel
from models.ads.ad_account import AdAccount
from models.columns import is_any
from models.database import ReadSession
from models.insights.statements.groups import ENTITY_TABLES
from models.tenants.tenant import Tenant

# More than any tenant connects: every list has a limit.
_MOST_ACCOUNTS = 10_000


async def accounts_for_insights(session: ReadSession, ids: Sequence[UUID] | None) -> Sequence[AdAccount]:
    """The accounts of `ids` that the tenant has, disconnected ones included; `ids=None`: all that are connected."""
    of_tenant = AdAccount.tenant_id == session.tenant_id
    query = select(AdAccount).where(of_tenant).order_by(col(AdAccount.id)).limit(_MOST_ACCOUNTS)
    if ids is None:
        return (await session.exec(query.where(col(AdAccount.disconnected_at).is_(None)))).all()
    return (await session.exec(query.where(is_any(col(AdAccount.id), ids)))).all()


async def tenant_currency(session: ReadSession) -> str:
    query = select(Tenant.currency).where(Tenant.id == session.tenant_id)
    return (await session.exec(query)).one()


async def count_entities(session: ReadSession, level: EntityLevel, ad_account_ids: Sequence[UUID]) -> int:
    """How many entities of a level below the accounts these accounts have."""
    entity = ENTITY_TABLES[level]
    wanted = (entity.c.tenant_id == session.tenant_id, is_any(entity.c.ad_account_id, ad_account_ids))
    query = sqlalchemy.select(func.count()).select_from(entity).where(*wanted)
    return int((await (await session.connection()).execute(query)).scalar_one())
