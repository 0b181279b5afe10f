"""API keys for programs: creates, lists and revokes them; auth decides what a request with a key may do."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.api_key_secrets import new_secret, public_part, secret_hash
from auth.key_authenticator import HIGHEST_ROLE
from auth.permissions import Permission, may_grant, require, require_recent_sign_in
from auth.token_cipher import secret_context
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.database import Database
from models.ids import new_id
from models.keyset import KeysetPage, Window
from models.tenants.api_key import ApiKey, api_key_for_update, api_keys_page, count_api_keys, store_api_key
from models.tenants.membership import Membership, Role
from services.idempotency import Answer, KeyedCall, once
from services.people.names import checked_name
from services.people.own_account import lock_person
from services.people.tools import SessionTools
from services.tools import HasCipher, HasClock, HasDb

# The name with which idempotency keys of this change are stored: see KeyedCall.
_STORED_NAME = "createApiKey"


class ApiKeyTools(HasDb, HasClock, HasCipher, Protocol):
    """What creates a key: its secret is kept encrypted for a repeated call."""


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What somebody wants a new key to be; `expires_at` of None: it does not expire."""

    name: str
    role: Role
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just created. `secret` is shown this once: it is stored as a hash."""

    key_id: UUID
    secret: str


async def create_api_key(
    tools: ApiKeyTools, viewer: Viewer, wish: KeyWish, *, idempotency_key: str | None = None
) -> NewKey:
    """Creates a key for the active tenant; needs MANAGE_API_KEYS and a recent sign-in.

    Raises Refused: INVALID, FORBIDDEN for a role above the viewer's own or above the highest of keys, CONFLICT for the
    idempotency key.
    """
    require_recent_sign_in(require(viewer, Permission.MANAGE_API_KEYS), tools.clock())
    name = checked_name(wish.name, what="A key's name", field="name")
    _check(tools.clock, viewer, wish)
    # The viewer is part of the input, so that nobody else sees the secret by sending the same idempotency key.
    wanted = {"name": name, "role": wish.role, "until": wish.expires_at, "by": viewer.user_id}
    call = KeyedCall(_STORED_NAME, idempotency_key, wanted)
    kept = await once(tools.db, tools.clock, viewer, call, partial(_create, tools, viewer, name, wish))
    key_id = UUID(kept["id"])
    return NewKey(key_id, tools.cipher.decrypt(_context(viewer, key_id), kept["secret_enc"]))


async def revoke_api_key(tools: SessionTools, viewer: Viewer, key_id: UUID | None) -> UUID:
    """Revokes a key; needs MANAGE_API_KEYS and a recent sign-in. Revoking twice is no error.

    Raises Refused NOT_FOUND.
    """
    require_recent_sign_in(require(viewer, Permission.MANAGE_API_KEYS), tools.clock())
    async with tools.db.write(viewer) as session:
        key = await api_key_for_update(session, key_id) if key_id else None
        if key is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such API key.", field="key_id")
        if key.revoked_at is None:
            key.revoked_at = tools.clock()
            record(session, viewer, action="api_key.revoked", target_type="ApiKey", target_id=key.id)
    tools.credentials.authenticator.forget_key(key.id)
    return key.id


async def api_keys(db: Database, viewer: Viewer, window: Window) -> KeysetPage[ApiKey]:
    """One page of the tenant's keys, newest first; needs MANAGE_API_KEYS. Raises BadInput for another list's cursor."""
    require(viewer, Permission.MANAGE_API_KEYS)
    async with db.read(viewer) as session:
        return await api_keys_page(session, window)


async def number_of_api_keys(db: Database, viewer: Viewer) -> int:
    """How many keys the tenant has; needs MANAGE_API_KEYS."""
    require(viewer, Permission.MANAGE_API_KEYS)
    async with db.read(viewer) as session:
        return await count_api_keys(session)


def _check(clock: Clock, viewer: Viewer, wish: KeyWish) -> None:
    if wish.role is Role.OWNER or not may_grant(viewer, wish.role):
        raise Refused(
            UserErrorCode.FORBIDDEN,
            f"An API key can have at most the role {HIGHEST_ROLE}, and no role above your own.",
            field="role",
        )
    if wish.expires_at is not None and wish.expires_at <= clock():
        message = f"An API key must expire in the future, not at {wish.expires_at.isoformat()}."
        raise Refused(UserErrorCode.INVALID, message, field="expires_at")


async def _create(tools: ApiKeyTools, viewer: Viewer, name: str, wish: KeyWish) -> Answer:
    secret, key_id = new_secret(), new_id()
    async with tools.db.write(viewer) as session:
        maker_id = (await lock_person(session, viewer)).id
        membership = await session.get(Membership, (session.tenant_id, maker_id))
        if membership is None:
            raise Refused(UserErrorCode.FORBIDDEN, "You are no member of this tenant any more.")
        key = ApiKey(
            tenant_id=session.tenant_id,
            id=key_id,
            name=name,
            prefix=public_part(secret),
            role=wish.role,
            created_by=maker_id,
            membership_id=membership.id,
            created_at=tools.clock(),
            expires_at=wish.expires_at,
        )
        await store_api_key(session, key, secret_hash=secret_hash(secret))
        after = {"name": name, "role": wish.role, "expires_at": wish.expires_at, "prefix": key.prefix}
        record(session, viewer, action="api_key.created", target_type="ApiKey", target_id=key_id, after=after)
    # The answer of an idempotency key is stored for a day, so the secret in it is encrypted.
    return {"id": str(key_id), "secret_enc": tools.cipher.encrypt(_context(viewer, key_id), secret)}


def _context(viewer: Viewer, key_id: UUID) -> str:
    return secret_context("idempotency_key", "answer", viewer.tenant_id, key_id)
