"""Statements that take a person out of every tenant at once; for sessions of the system role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlmodel import col, select

from models.database import WriteSession
from models.people.auth_session import AuthSession
from models.people.oauth_identity import OAuthIdentity
from models.people.one_time_token import OneTimeToken
from models.people.user import User
from models.people.user_password import UserPassword
from models.tenants.api_key import ApiKey
from models.tenants.membership import Membership, Role
from models.tenants.tenant import Tenant

# Locks are taken in the order of the primary key, so that two owners who leave at once wait for each other instead of
# ending in a deadlock.
_HOLD_OWNERS = text("""
    select from membership where role = 'OWNER'
      and tenant_id in (select tenant_id from membership where user_id = :user_id)
    order by tenant_id, user_id for update
""")


@dataclass(frozen=True, slots=True)
class OwnedAlone:
    """A tenant whose only owner the person is."""

    tenant_id: UUID
    name: str


async def owned_alone(session: WriteSession, user_id: UUID) -> Sequence[OwnedAlone]:
    """Tenants that would be without an owner if the person left, at most 10, in order of name.

    All owners of the person's tenants are locked, so the answer stays true until the session ends.
    """
    await (await session.connection()).execute(_HOLD_OWNERS, {"user_id": user_id})
    owners = select(Membership.tenant_id).where(Membership.role == Role.OWNER)
    query = (
        select(Tenant.id, Tenant.name)
        .where(
            col(Tenant.id).in_(owners.where(Membership.user_id == user_id)),
            col(Tenant.id).not_in(owners.where(Membership.user_id != user_id)),
        )
        .order_by(Tenant.name)
        .limit(10)
    )
    return [OwnedAlone(*row) for row in (await session.exec(query)).all()]


async def end_all_access(session: WriteSession, user_id: UUID, *, now: datetime) -> None:
    """Deletes the person's sessions, and ends the API keys that they made in any tenant."""
    connection = await session.connection()
    await connection.execute(delete(AuthSession).where(col(AuthSession.user_id) == user_id))
    await connection.execute(
        update(ApiKey).where(col(ApiKey.created_by) == user_id, col(ApiKey.revoked_at).is_(None)).values(revoked_at=now)
    )


async def leave_all_tenants(session: WriteSession, user_id: UUID) -> Sequence[UUID]:
    """Deletes the person's memberships; answers the ids of the tenants."""
    left = delete(Membership).where(col(Membership.user_id) == user_id).returning(col(Membership.tenant_id))
    return list((await (await session.connection()).execute(left)).scalars())


async def erase_sign_in(session: WriteSession, user_id: UUID) -> None:
    """Deletes the person's password, identities and one-time links."""
    connection = await session.connection()
    for table in (UserPassword, OAuthIdentity, OneTimeToken):
        await connection.execute(delete(table).where(col(table.user_id) == user_id))


async def entomb(session: WriteSession, user_id: UUID, *, name: str, now: datetime) -> None:
    """Makes the account a tombstone: its id, which tenants' rows refer to, and the instant of its deletion stay.

    `is_staff` stays too, since the system role may not change it; nobody can sign in with a tombstone.
    """
    await (await session.connection()).execute(
        update(User)
        .where(col(User.id) == user_id)
        .values(
            email=None,
            email_verified_at=None,
            name=name,
            deleted_at=now,
            token_version=col(User.token_version) + 1,
        )
    )
