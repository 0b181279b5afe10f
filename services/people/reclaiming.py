"""Removes every way to sign in to an account that somebody may have registered with an address that is not theirs."""

from uuid import UUID

from models.acting import TenantScope
from models.people.user import User, user_for_update
from models.people.user_password import forget_password
from models.people.ways_in import forget_identities, revoke_sessions_of, void_links_of
from models.tenants.api_key import revoke_keys_of
from models.tenants.membership import memberships_of_user
from services.people.tools import SessionTools


async def reclaim(tools: SessionTools, user: User) -> None:
    """Removes password, sessions, identities, open links and keys of an account whose address is not verified.

    This happens in transactions of its own, before the owner of the address is signed in. Where something fails on the
    way, the address is still not verified, so that the next proof of it removes the rest.
    """
    now = tools.clock()
    async with tools.db.write(TenantScope(None, user.id)) as session:
        locked = await user_for_update(session, user.id)
        if locked is None or locked.email_verified_at is not None:
            return
        locked.token_version += 1
        await forget_password(session, user.id)
        await revoke_sessions_of(session, user.id, now=now, reason="reclaimed")
        await forget_identities(session, user.id)
        await void_links_of(session, user.id, now=now)
    await end_keys(tools, user.id)


async def end_keys(tools: SessionTools, maker_id: UUID) -> None:
    """Revokes every API key that a person created, tenant by tenant.

    To be called when their sessions have ended, so that nobody creates another key meanwhile.
    """
    async with tools.db.read(TenantScope(None, maker_id)) as reading:
        memberships = await memberships_of_user(reading, maker_id)
    for membership in memberships:
        async with tools.db.write(TenantScope(membership.tenant_id, maker_id)) as session:
            await revoke_keys_of(session, maker_id, now=tools.clock())
    tools.credentials.authenticator.forget_person(maker_id)
