"""Standing: what is true at this moment of a session or an API key that a request presents."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import Uuid, and_, bindparam
from sqlmodel import col, select

from models.database import ReadSession, WriteSession
from models.people.auth_session import AuthSession
from models.people.user import User
from models.tenants.api_key import ApiKey
from models.tenants.membership import Membership, Role, acting_role
from models.thin.compiled import TENANT, Compiled, compiled, fetched


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true now of a session that was not revoked, of an enabled account.

    `role` is None when the person does not belong to the tenant.
    """

    token_version: int
    is_staff: bool
    role: Role | None
    expires_at: datetime
    signed_in_at: datetime | None = None


async def standing_of(
    session: ReadSession, *, user_id: UUID, session_id: UUID, tenant_id: UUID | None
) -> Standing | None:
    """The session's standing; None when it was revoked, or the account is disabled or deleted.

    Whether the session has expired is left to the caller.
    """
    found = await fetched(
        session, _of_session(), {"of_user": user_id, "of_session": session_id, "of_tenant": tenant_id}
    )
    if not found:
        return None
    version, is_staff, role, expires_at, signed_in_at = found[0]
    return Standing(version, is_staff, Role(role) if role is not None else None, expires_at, signed_in_at)


@cache
def _of_session() -> Compiled:
    of_tenant = bindparam("of_tenant", type_=Uuid())
    of_person: list[Any] = [User.token_version, User.is_staff, acting_role()]
    of_session: list[Any] = [AuthSession.expires_at, AuthSession.created_at]
    return compiled(
        sqlalchemy.select(*of_person, *of_session)
        .select_from(User)
        .join(AuthSession, col(AuthSession.user_id) == col(User.id))
        .outerjoin(Membership, and_(col(Membership.user_id) == col(User.id), col(Membership.tenant_id) == of_tenant))
        .where(
            col(User.id) == bindparam("of_user", type_=Uuid()),
            col(AuthSession.id) == bindparam("of_session", type_=Uuid()),
            col(AuthSession.revoked_at).is_(None),
            col(User.disabled_at).is_(None),
            col(User.deleted_at).is_(None),
        )
    )


async def role_of_person(session: ReadSession, user_id: UUID) -> Role | None:
    """The role of a member of the session's tenant; None for who is none, or whose account is disabled or deleted."""
    found = await fetched(session, _of_member(), {"of_user": user_id})
    return Role(found[0][0]) if found else None


@cache
def _of_member() -> Compiled:
    role: Any = acting_role()
    return compiled(
        sqlalchemy.select(role)
        .select_from(User)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(
            col(Membership.tenant_id) == TENANT,
            col(User.id) == bindparam("of_user", type_=Uuid()),
            col(User.disabled_at).is_(None),
            col(User.deleted_at).is_(None),
        )
    )


async def role_of_membership(session: ReadSession | WriteSession, user_id: UUID, membership_id: UUID) -> Role | None:
    """The role of a member by a membership that has not ended; None too where the account is disabled or deleted.

    A person who joins the tenant again has another membership.
    """
    role: Any = acting_role()
    query = (
        select(role)
        .select_from(Membership)
        .join(User, col(User.id) == col(Membership.user_id))
        .where(
            Membership.tenant_id == session.tenant_id,
            Membership.user_id == user_id,
            Membership.id == membership_id,
            col(User.disabled_at).is_(None),
            col(User.deleted_at).is_(None),
        )
    )
    found = (await session.exec(query)).one_or_none()
    return None if found is None else Role(found)


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """What is true now of an API key that was not revoked and whose maker still belongs to its tenant."""

    tenant_id: UUID
    key_id: UUID
    role: Role
    maker_id: UUID
    maker_role: Role
    expires_at: datetime | None
    last_used_at: datetime | None


async def standing_of_key(session: ReadSession | WriteSession, key_id: UUID) -> KeyStanding | None:
    """The key's standing; None when it was revoked, its maker's membership ended, or the maker's account is disabled
    or deleted.

    A person who joins the tenant again has another membership, which revives no old key.
    """
    query = (
        select(ApiKey, acting_role())
        .join(
            Membership,
            and_(
                col(Membership.tenant_id) == col(ApiKey.tenant_id),
                col(Membership.user_id) == col(ApiKey.created_by),
                col(Membership.id) == col(ApiKey.membership_id),
            ),
        )
        .join(User, col(User.id) == col(ApiKey.created_by))
        .where(
            ApiKey.tenant_id == session.tenant_id,
            ApiKey.id == key_id,
            col(ApiKey.revoked_at).is_(None),
            col(User.disabled_at).is_(None),
            col(User.deleted_at).is_(None),
        )
    )
    row = (await session.exec(query)).one_or_none()
    if row is None:
        return None
    key, maker_role = row
    return KeyStanding(
        key.tenant_id, key.id, key.role, key.created_by, Role(maker_role), key.expires_at, key.last_used_at
    )
