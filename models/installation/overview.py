"""What the installation's staff may see of all tenants, which never includes a tenant's insights.

The queries need a session of the system role.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, func, or_, text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.audit.entry import AuditEntry, AuditFilter, audit_entries
from models.billing.subscription import BillingSubscription
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.people.auth_session import AuthSession
from models.people.user import User
from models.tenants.membership import Membership
from models.tenants.tenant import Tenant
from models.text_match import TextMatch, matches

_PEOPLE = Ordering("adminUsers", col(User.created_at), col(User.id), descending=True)
_TENANTS = Ordering("adminTenants", col(Tenant.created_at), col(Tenant.id), descending=True)
_LOG = Ordering("adminAudit", col(AuditEntry.at), col(AuditEntry.id), descending=True)
# One statement for each table: shards join nothing with a table that only the coordinator has.
_COUNTS = tuple(
    text(f"select tenant_id, count(*) from {rows} and tenant_id = any(:ids) group by tenant_id")  # noqa: S608 - our own text
    for rows in ("membership where true", "ad_account where disconnected_at is null", "insight where true")
)
# Counting many millions of rows would take minutes: beyond a million the estimate of Postgres' last ANALYZE is used.
_MOST_COUNTED = 1_000_000
_ROWS = {table: text(f"select count(*) from {table}") for table in ("insight", "product", "sales_order")}  # noqa: S608 - our own names
_ROWS_ESTIMATED = text("select reltuples from pg_class where oid = cast(:table as regclass)")
_BYTES = text("select pg_total_relation_size('insight')")
# Where tables are on shards, the one that has their name is empty.
_ROWS_ESTIMATED_ON_SHARDS = text("""
    select sum(result::float8) from run_command_on_shards(
        cast(:table as regclass), $$select reltuples from pg_class where oid = '%s'::regclass$$
    ) where success
""")
_BYTES_ON_SHARDS = text("select citus_total_relation_size('insight')")
_STATISTICS = text("""
    select (select count(*) from user_account where deleted_at is null),
      (select count(*) from tenant),
      (select count(*) from ad_account where disconnected_at is null),
      (select count(*) from channel where disconnected_at is null),
      (select count(*) from refresh_job where queued_at >= :today),
      (select count(*) from refresh_job where finished_at >= :today and status = 'FAILED')
""")


@dataclass(frozen=True, slots=True)
class TenantCounts:
    members: int
    ad_accounts: int
    insight_rows: int


@dataclass(frozen=True, slots=True)
class InstallationCounts:
    users: int
    tenants: int
    ad_accounts: int
    insight_rows: int
    channels: int
    products: int
    orders: int
    refreshes_today: int
    failed_refreshes_today: int


async def people_page(session: WriteSession, search: str | None, window: Window) -> KeysetPage[User]:
    """Users whose name or e-mail address contains the text, newest account first; tombstones are left out."""
    return await load_page(session, Listing(_people(search), _PEOPLE), window)


async def count_people(session: WriteSession, search: str | None) -> int:
    return await count_rows(session, _people(search))


async def tenants_page(session: WriteSession, search: str | None, window: Window) -> KeysetPage[Tenant]:
    """Tenants whose name or slug contains the text, newest first."""
    return await load_page(session, Listing(_tenants(search), _TENANTS), window)


async def count_tenants(session: WriteSession, search: str | None) -> int:
    return await count_rows(session, _tenants(search))


async def whole_audit_page(session: WriteSession, wanted: AuditFilter, window: Window) -> KeysetPage[AuditEntry]:
    """Entries of all tenants and of the installation itself, newest first."""
    return await load_page(session, Listing(audit_entries(wanted), _LOG), window)


async def count_whole_audit(session: WriteSession, wanted: AuditFilter) -> int:
    return await count_rows(session, audit_entries(wanted))


async def last_seen(session: WriteSession, user_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When a session of each user was last used; users without a session are left out."""
    query = (
        select(AuthSession.user_id, func.max(AuthSession.last_used_at))
        .where(col(AuthSession.user_id).in_(user_ids))
        .group_by(col(AuthSession.user_id))
    )
    return {user_id: seen_at for user_id, seen_at in (await session.exec(query)).all()}  # noqa: C416 - rows are no pairs to mypy


async def memberships_of_people(session: WriteSession, user_ids: Sequence[UUID]) -> Sequence[tuple[Membership, Tenant]]:
    """The memberships of these users, each with its tenant, oldest first."""
    query = select(Membership, Tenant).join(Tenant, col(Tenant.id) == col(Membership.tenant_id))
    query = query.where(col(Membership.user_id).in_(user_ids))
    return (await session.exec(query.order_by(col(Membership.created_at), col(Membership.id)))).all()


async def people_by_ids(session: WriteSession, ids: Sequence[UUID]) -> Sequence[User]:
    return (await session.exec(select(User).where(col(User.id).in_(ids)))).all()


async def staff(session: ReadSession) -> Sequence[User]:
    """The installation's staff in order of e-mail address; at most 1,000."""
    query = select(User).where(col(User.is_staff).is_(True), col(User.deleted_at).is_(None))
    return (await session.exec(query.order_by(col(User.email)).limit(1000))).all()


async def billing_by_tenant(session: WriteSession, ids: Sequence[UUID]) -> dict[UUID, BillingSubscription]:
    query = select(BillingSubscription).where(col(BillingSubscription.tenant_id).in_(ids))
    return {row.tenant_id: row for row in (await session.exec(query)).all()}


async def counts_by_tenant(session: WriteSession, ids: Sequence[UUID]) -> dict[UUID, TenantCounts]:
    connection = await session.connection()
    found: list[dict[UUID, int]] = []
    for counts in _COUNTS:
        rows = await connection.execute(counts, {"ids": list(ids)})
        found.append({row[0]: row[1] for row in rows})
    return {tenant_id: TenantCounts(*(counts.get(tenant_id, 0) for counts in found)) for tenant_id in ids}


async def bytes_per_insight_row(session: WriteSession) -> float:
    """The bytes on disk of an ad-day on average, with its share of the indexes."""
    size = await _number(session, _BYTES_ON_SHARDS if session.sharded else _BYTES)
    return size / max(await _stored_rows(session, "insight"), 1)


async def installation_counts(session: WriteSession, *, today: datetime) -> InstallationCounts:
    """The counts of the whole installation; `today` is the instant at which the present day began."""
    row = (await (await session.connection()).execute(_STATISTICS, {"today": today})).one()
    users, tenants, ad_accounts, channels, refreshes, failed = row
    return InstallationCounts(
        users=users,
        tenants=tenants,
        ad_accounts=ad_accounts,
        insight_rows=await _stored_rows(session, "insight"),
        channels=channels,
        products=await _stored_rows(session, "product"),
        orders=await _stored_rows(session, "sales_order"),
        refreshes_today=refreshes,
        failed_refreshes_today=failed,
    )


async def _stored_rows(session: WriteSession, table: str) -> int:
    query = _ROWS_ESTIMATED_ON_SHARDS if session.sharded else _ROWS_ESTIMATED
    estimate = await _number(session, query, table=table)
    return int(estimate if estimate > _MOST_COUNTED else await _number(session, _ROWS[table]))


async def _number(session: WriteSession, query: TextClause, **values: str) -> float:
    return float((await (await session.connection()).execute(query, values)).scalar_one() or 0)


def _people(search: str | None) -> SelectOfScalar[User]:
    people = select(User).where(col(User.deleted_at).is_(None))
    if not search:
        return people
    return people.where(_holds(search, User.name, User.email))


def _tenants(search: str | None) -> SelectOfScalar[Tenant]:
    if not search:
        return select(Tenant)
    return select(Tenant).where(_holds(search, Tenant.name, Tenant.slug))


def _holds(search: str, *columns: Any) -> ColumnElement[bool]:
    """The condition that one of the columns contains the text; raises BadInput for text that Postgres cannot store."""
    return or_(*(matches(column, TextMatch(contains=search)) for column in columns))
