"""API keys: a tenant's keys for programs, as its members see them, and the hashes by which a presented key is found.

A key is looked up before its tenant is known, so the hashes are in a table without a tenant. What a presented key may
do at this moment is read by models/people/standing.py.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, update
from sqlmodel import Field, col, select

from models.columns import Row, TenantRow, TextEnum, dated, one_of, owned_by_tenant
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.tenants.membership import Role
from models.thin.compiled import fetched
from models.thin.records import by_ids, rows


class ApiKey(TenantRow, table=True):
    __tablename__ = "api_key"
    __table_args__ = (one_of("role", Role), owned_by_tenant())

    name: str
    prefix: str
    role: Role = Field(sa_type=TextEnum(Role))
    created_by: UUID
    # The maker's membership: the key ends with it, and a later one does not revive it.
    membership_id: UUID
    created_at: datetime = dated()
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class ApiKeySecret(Row, table=True):
    __tablename__ = "api_key_secret"
    __table_args__ = (
        ForeignKeyConstraint(["in_tenant_id", "api_key_id"], ["api_key.tenant_id", "api_key.id"], ondelete="CASCADE"),
    )

    secret_hash: bytes = Field(primary_key=True)
    in_tenant_id: UUID
    api_key_id: UUID


_NEWEST_FIRST = Ordering("apiKeys", col(ApiKey.created_at), col(ApiKey.id), descending=True)


async def key_place(session: ReadSession, secret_hash: bytes) -> tuple[UUID, UUID] | None:
    """The tenant and the id of the key whose secret has this hash."""
    query = select(ApiKeySecret.in_tenant_id, ApiKeySecret.api_key_id).where(ApiKeySecret.secret_hash == secret_hash)
    found = await fetched(session, query)
    return (found[0][0], found[0][1]) if found else None


async def touch_key(session: WriteSession, key_id: UUID, *, now: datetime) -> None:
    statement = update(ApiKey).where(col(ApiKey.tenant_id) == session.tenant_id, col(ApiKey.id) == key_id)
    await (await session.connection()).execute(statement.values(last_used_at=now))


_by_ids = by_ids(ApiKey)


async def api_keys_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[ApiKey]:
    return await rows(session, ApiKey, _by_ids(), {"ids": ids})


async def api_keys_page(session: ReadSession, window: Window) -> KeysetPage[ApiKey]:
    """A page of the tenant's keys, revoked and expired ones included, newest first."""
    return await load_page(session, Listing(select(ApiKey), _NEWEST_FIRST), window)


async def count_api_keys(session: ReadSession) -> int:
    return await count_rows(session, select(ApiKey))


async def api_key_for_update(session: WriteSession, key_id: UUID) -> ApiKey | None:
    query = select(ApiKey).where(ApiKey.tenant_id == session.tenant_id, ApiKey.id == key_id)
    return (await session.exec(query.with_for_update())).one_or_none()


async def store_api_key(session: WriteSession, key: ApiKey, *, secret_hash: bytes) -> None:
    session.add(key)
    await session.flush()
    session.add(ApiKeySecret(secret_hash=secret_hash, in_tenant_id=key.tenant_id, api_key_id=key.id))


async def revoke_keys_of(session: WriteSession, maker_id: UUID, *, now: datetime) -> None:
    """Revokes all keys that a person made in the session's tenant."""
    statement = update(ApiKey).where(
        col(ApiKey.tenant_id) == session.tenant_id,
        col(ApiKey.created_by) == maker_id,
        col(ApiKey.revoked_at).is_(None),
    )
    await (await session.connection()).execute(statement.values(revoked_at=now))
