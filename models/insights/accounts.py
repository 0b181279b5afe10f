"""Loads the accounts that a question about insights is about, and what all answers about them depend on."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
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
from models.thin.compiled import TENANT, Compiled, compiled, fetched
from models.thin.records import rows

# More than any tenant connects: every list has a limit.
_MOST_ACCOUNTS = 10_000
# Columns of an account that answers show: a change that forgets to raise `data_version` is noticed all the same.
_SHOWN = "name, status, currency, time_zone, disconnected_at, frozen_at, last_refreshed_at"
# The parts lie on different nodes where tables are on shards, so each is read by itself. A concatenation of rows that
# is in the order of their ids is hashed by Postgres: a tenant may have 10,000 accounts.
_VERSIONS = f"""
    with accounts as materialized (
        select md5(coalesce(string_agg(concat_ws('|', id, data_version, {_SHOWN}), ',' order by id), '')) as version,
            coalesce(array_agg(distinct time_zone order by time_zone), '{{}}') as time_zones
        from ad_account where tenant_id = $1
    ), formulas as materialized (
        select md5(coalesce(string_agg(concat_ws('|', id, updated_at), ',' order by id), '')) as version
        from custom_metric where tenant_id = $1
    ), ground as materialized (
        select currency, naming_version from tenant where id = $1
    ), rates as materialized (
        select coalesce(max(version), 0) as version from fx_rate
    )
    select accounts.version, accounts.time_zones, formulas.version, ground.currency,
        ground.naming_version, rates.version
    from accounts, formulas, ground, rates
"""  # noqa: S608 - names of our own columns


async def accounts_for_insights(session: ReadSession, ids: Sequence[UUID] | None) -> Sequence[AdAccount]:
    """The accounts of `ids` that the tenant has, disconnected ones included; `ids=None`: all that are connected."""
    of_tenant = AdAccount.tenant_id == session.tenant_id
    query = select(AdAccount).where(of_tenant).order_by(col(AdAccount.id)).limit(_MOST_ACCOUNTS)
    if ids is None:
        return await rows(session, AdAccount, query.where(col(AdAccount.disconnected_at).is_(None)))
    return await rows(session, AdAccount, query.where(is_any(col(AdAccount.id), ids)))


async def all_accounts(session: ReadSession) -> Sequence[AdAccount]:
    """All accounts of the tenant, disconnected ones included."""
    return await rows(session, AdAccount, _all())


@cache
def _all() -> Compiled:
    return compiled(select(AdAccount).where(col(AdAccount.tenant_id) == TENANT).limit(_MOST_ACCOUNTS))


async def tenant_currency(session: ReadSession) -> str:
    query = select(Tenant.currency).where(Tenant.id == session.tenant_id)
    return str((await fetched(session, query))[0][0])


async def count_entities(session: ReadSession, level: EntityLevel, ad_account_ids: Sequence[UUID]) -> int:
    """How many entities of a level below the accounts these accounts have."""
    entity = ENTITY_TABLES[level]
    wanted = (entity.c.tenant_id == session.tenant_id, is_any(entity.c.ad_account_id, ad_account_ids))
    query = sqlalchemy.select(func.count()).select_from(entity).where(*wanted)
    return int((await fetched(session, query))[0][0])


class ShownVersions(NamedTuple):
    """Each is another one after a change of what it stands for; `time_zones` are those of the accounts."""

    accounts: str
    time_zones: tuple[str, ...]
    formulas: str
    currency: str
    naming: int
    rates: int


async def shown_versions(session: ReadSession) -> ShownVersions | None:
    """The versions of all that the tenant's answers about insights show; None for a tenant that is gone."""
    for accounts, time_zones, *others in await session.fetch(_VERSIONS, [session.tenant_id]):
        return ShownVersions(accounts, tuple(time_zones), *others)
    return None
