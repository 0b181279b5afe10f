"""Ad accounts that tenants have connected: the table, and the queries that find, lock, insert and delete accounts.

Pages of accounts, as clients ask for them, are in models/ads/entity_list.py.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CTE, BigInteger, CheckConstraint, Index, UniqueConstraint, delete, update
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import Select

from models.ads.name_order import by_name, name_key
from models.columns import TenantRow, TextEnum, dated, is_any, one_of, tenant_key
from models.database import ReadSession, WriteSession
from models.platform import Platform
from models.tenants.tenant import Tenant
from models.upsert import insert_unless_there


class AdAccountStatus(StrEnum):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    UNSETTLED = "UNSETTLED"
    PENDING_RISK_REVIEW = "PENDING_RISK_REVIEW"
    PENDING_SETTLEMENT = "PENDING_SETTLEMENT"
    IN_GRACE_PERIOD = "IN_GRACE_PERIOD"
    PENDING_CLOSURE = "PENDING_CLOSURE"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


class AdAccount(TenantRow, table=True):
    """`data_version` rises with every change that an answer about insights can show: of stored insights and what is
    known of their days, of campaigns, ad sets, ads, creatives and tags, and of the account itself. `data_from` and
    `data_through` are the first and the last stored day, in `time_zone`. `months_version` is the `data_version` whose
    whole months are summed. `has_placeholders`: an import has made campaigns, ad sets or ads that no refresh has seen,
    under ids of its own (models/ads/placeholders.py).

    `frozen_at` is set while the price plan has no room for the account.
    """

    __tablename__ = "ad_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "platform", "external_id"),
        one_of("platform", Platform),
        one_of("status", AdAccountStatus),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("refresh_every_hours between 1 and 168", name="refresh_every_hours"),
        CheckConstraint("lookback_days between 1 and 90", name="lookback_days"),
        tenant_key("grant_id", "access_grant", cascade=False),
        Index(None, "tenant_id", "grant_id"),
        by_name(),
        # Without the tenant: the tick of the schedules looks for due accounts over all tenants at once.
        Index(None, "next_refresh_at", postgresql_where="next_refresh_at is not null"),
        # Without the tenant too: a chore looks for accounts whose months are to be summed.
        Index(None, "id", postgresql_where="months_version <> data_version"),
    )

    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_id: str
    name: str
    name_key: str = name_key()
    currency: str
    time_zone: str
    status: AdAccountStatus = Field(default=AdAccountStatus.ACTIVE, sa_type=TextEnum(AdAccountStatus))
    grant_id: UUID | None = None
    disconnected_at: datetime | None = None
    frozen_at: datetime | None = None
    last_refreshed_at: datetime | None = None
    data_from: date | None = None
    data_through: date | None = None
    data_version: int = Field(default=0, sa_type=BigInteger)
    months_version: int = Field(default=0, sa_type=BigInteger)
    has_placeholders: bool = False
    refresh_every_hours: int | None = None
    next_refresh_at: datetime | None = None
    lookback_days: int = 28
    created_at: datetime = dated()


# More than any tenant connects: every list has a limit.
_MOST_ACCOUNTS = 10_000


async def connected_external_ids(session: ReadSession, platform: Platform) -> frozenset[str]:
    """The platform's ids of all accounts that the tenant has connected now."""
    query = select(AdAccount.external_id).where(
        AdAccount.tenant_id == session.tenant_id,
        AdAccount.platform == platform,
        col(AdAccount.disconnected_at).is_(None),
    )
    return frozenset((await session.exec(query)).all())


async def refreshable_ad_accounts(session: ReadSession | WriteSession) -> Sequence[AdAccount]:
    """The tenant's accounts that are connected and not frozen, in order of name."""
    query = select(AdAccount).where(
        AdAccount.tenant_id == session.tenant_id,
        col(AdAccount.disconnected_at).is_(None),
        col(AdAccount.frozen_at).is_(None),
    )
    return (await session.exec(query.order_by(AdAccount.name_key, col(AdAccount.id)).limit(_MOST_ACCOUNTS))).all()


async def ad_accounts_by_ids(session: ReadSession | WriteSession, ids: Sequence[UUID]) -> Sequence[AdAccount]:
    """The accounts of `ids` that the tenant has, in any order."""
    query = select(AdAccount).where(AdAccount.tenant_id == session.tenant_id, col(AdAccount.id).in_(ids))
    return (await session.exec(query)).all()


async def ad_account_for_update(session: WriteSession, account_id: UUID) -> AdAccount | None:
    """The account, locked until the session ends. Code that locks its refresh jobs too locks the account first."""
    query = select(AdAccount).where(AdAccount.tenant_id == session.tenant_id, AdAccount.id == account_id)
    return (await session.exec(query.with_for_update())).one_or_none()


async def ad_accounts_for_update(
    session: WriteSession, platform: Platform, external_ids: Sequence[str]
) -> Sequence[AdAccount]:
    """The accounts of `external_ids` that the tenant has, connected or not, locked until the session ends.

    They are locked in a fixed order, so that two callers cannot wait for each other.
    """
    query = select(AdAccount).where(
        AdAccount.tenant_id == session.tenant_id,
        AdAccount.platform == platform,
        col(AdAccount.external_id).in_(external_ids),
    )
    return (await session.exec(query.order_by(col(AdAccount.external_id)).with_for_update())).all()


async def lock_ad_accounts(session: WriteSession) -> list[UUID]:
    """The ids of all accounts of the tenant, which nobody else changes before the session ends.

    Rows that belong to them may still be inserted. They are locked in the order of `raise_data_version`.
    """
    query = select(AdAccount.id).where(AdAccount.tenant_id == session.tenant_id).order_by(col(AdAccount.id))
    return list((await session.exec(query.with_for_update(key_share=True))).all())


async def lock_contents(session: WriteSession, account_id: UUID) -> bool:
    """Keeps others from changing the account's entities and days until the session ends; says `has_placeholders`.

    Whoever writes these begins with it, so that a refresh and an import wait for each other, and never both at once.
    """
    query = select(AdAccount.has_placeholders).where(
        AdAccount.tenant_id == session.tenant_id, AdAccount.id == account_id
    )
    return bool((await session.exec(query.with_for_update(key_share=True))).one_or_none())


async def raise_data_version(session: WriteSession, account_ids: Collection[UUID]) -> None:
    """Says that answers about these accounts are others from now on; whoever changes what they show calls this.

    It is the last statement of a change: the account stays locked from here to the end of the transaction.
    """
    # In a fixed order, so that two callers cannot wait for each other.
    is_one = (col(AdAccount.tenant_id) == session.tenant_id, is_any(col(AdAccount.id), sorted(account_ids)))
    raised = update(AdAccount).where(*is_one).values(data_version=AdAccount.data_version + 1)
    await (await session.connection()).execute(raised)


async def insert_ad_account_unless_known(session: WriteSession, account: AdAccount) -> bool:
    """False, and nothing is stored, when the tenant has it already; of two callers at once only one gets True."""
    return await insert_unless_there(session, account, on=("tenant_id", "platform", "external_id"))


async def delete_ad_account(session: WriteSession, account_id: UUID) -> None:
    """Deletes the account and, by foreign keys, all that belongs to it.

    Insights and tags have no such key: call `delete_insights` and `delete_tags` first.
    """
    is_it = (col(AdAccount.tenant_id) == session.tenant_id, col(AdAccount.id) == account_id)
    await (await session.connection()).execute(delete(AdAccount).where(*is_it))


async def has_ad_accounts(session: ReadSession) -> bool:
    """Whether the tenant has any account, connected or not."""
    query = select(AdAccount.id).where(AdAccount.tenant_id == session.tenant_id).limit(1)
    return (await session.exec(query)).first() is not None


async def tenants_of_account(session: WriteSession, external_id: str) -> list[tuple[UUID, UUID, str]]:
    """Tenant, account and the tenant's slug for each tenant that has this account of the platform connected.

    Needs a session of the system role.
    """
    tenants = _read_once(select(Tenant.id, Tenant.slug))
    query = (
        select(AdAccount.tenant_id, AdAccount.id, tenants.c.slug)
        .join(tenants, tenants.c.id == col(AdAccount.tenant_id))
        .where(AdAccount.external_id == external_id, col(AdAccount.disconnected_at).is_(None))
        .order_by(tenants.c.slug)
        .limit(1000)
    )
    return [(tenant_id, account_id, slug) for tenant_id, account_id, slug in await session.exec(query)]


async def all_refreshable_accounts(session: WriteSession, tenant_slug: str | None) -> list[tuple[UUID, UUID, str, str]]:
    """Tenant, account, slug and external id of every account that is connected and not frozen.

    The accounts are those of all tenants, or of the one with `tenant_slug`. Needs a session of the system role.
    """
    of_tenants = select(Tenant.id, Tenant.slug).where(col(Tenant.deleted_at).is_(None))
    tenants = _read_once(of_tenants if tenant_slug is None else of_tenants.where(Tenant.slug == tenant_slug))
    query = (
        select(AdAccount.tenant_id, AdAccount.id, tenants.c.slug, AdAccount.external_id)
        .join(tenants, tenants.c.id == col(AdAccount.tenant_id))
        .where(col(AdAccount.disconnected_at).is_(None), col(AdAccount.frozen_at).is_(None))
        .order_by(tenants.c.slug, col(AdAccount.external_id))
        .limit(_MOST_ACCOUNTS)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await session.exec(query)]


def _read_once(tenants: Select[UUID, str]) -> CTE:
    """A select of tenants that comes before the rest: shards cannot join a table that only the coordinator has."""
    return tenants.cte("tenants").prefix_with("materialized")
