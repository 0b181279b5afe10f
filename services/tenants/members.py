"""The members of the active tenant: lists them, changes their roles, removes them, lets them leave.

Nobody grants a role above their own or changes a member above them, and a tenant always has an owner. The acting member
is read again with the member whom they act upon, so that a role that was taken away a moment ago counts no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, may_grant, permissions_of, person_id_of, require, require_recent_sign_in
from auth.relay.authenticator import PAIRS
from auth.viewer import Viewer
from errors import Forbidden, Refused, UserErrorCode
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.database import Database, WriteSession
from models.keyset import KeysetPage, Window
from models.relay.secret import end_pairings_of
from models.tenants.membership import (
    Membership,
    Role,
    count_members,
    members_page,
    memberships_of_user,
    owners_and_members_for_update,
)
from services.billing.freezing import freeze_and_thaw
from services.tenants.tools import MemberTools
from services.tools import Billing


@dataclass(frozen=True, slots=True)
class LockedMemberships:
    """`actor` is the viewer with the role that they have now, `target` the member whom they act upon.

    Both memberships and those of all owners stay locked until the transaction ends.
    """

    actor: Viewer
    target: Membership
    is_last_owner: bool


async def change_member_role(
    db: Database, clock: Clock, viewer: Viewer, *, user_id: UUID | None, role: Role
) -> Membership:
    """Gives a member another role; needs MANAGE_MEMBERS, to or from OWNER a recent sign-in.

    Raises Refused: NOT_FOUND, FORBIDDEN, LAST_OWNER.
    """
    require(viewer, Permission.MANAGE_MEMBERS)
    async with db.write(viewer) as session:
        locked = await _lock_manageable(session, viewer, user_id)
        member = locked.target
        if not may_grant(locked.actor, role):
            raise Refused(UserErrorCode.FORBIDDEN, "This role is above your own.", field="role")
        if member.role is not role:
            _check_owner_change(clock, locked, is_about_owner=Role.OWNER in (member.role, role))
            before, member.role = member.role, role
            if PAIRS not in permissions_of(role):
                await end_pairings_of(session, member.user_id)
            _note(session, viewer, "member.role_changed", member, before=before, after=role)
    return member


async def remove_member(
    db: Database, clock: Clock, billing: Billing | None, viewer: Viewer, *, user_id: UUID | None
) -> UUID:
    """Ends a member's membership; needs MANAGE_MEMBERS, for an owner a recent sign-in. Answers the person's id.

    Raises Refused: NOT_FOUND, FORBIDDEN, LAST_OWNER.
    """
    require(viewer, Permission.MANAGE_MEMBERS)
    async with db.write(viewer) as session:
        await lock_quotas(session)
        locked = await _lock_manageable(session, viewer, user_id)
        _check_owner_change(clock, locked, is_about_owner=locked.target.role is Role.OWNER)
        await session.delete(locked.target)
        await end_pairings_of(session, locked.target.user_id)
        await freeze_and_thaw(clock, billing, session)
        _note(session, viewer, "member.removed", locked.target, before=locked.target.role)
    return locked.target.user_id


async def leave_tenant(tools: MemberTools, viewer: Viewer) -> UUID:
    """Ends the viewer's own membership; for an owner it needs a recent sign-in. Raises Refused: LAST_OWNER."""
    require(viewer, Permission.READ)
    async with tools.db.write(viewer) as session:
        await lock_quotas(session)
        locked = await lock_memberships(session, viewer, person_id_of(viewer))
        _check_owner_change(tools.clock, locked, is_about_owner=locked.target.role is Role.OWNER)
        await session.delete(locked.target)
        await end_pairings_of(session, locked.target.user_id)
        await freeze_and_thaw(tools.clock, tools.vendors.billing, session)
        _note(session, viewer, "member.left", locked.target, before=locked.target.role)
    if viewer.session_id is not None:
        tools.credentials.authenticator.forget(viewer.session_id)
    return locked.target.tenant_id


async def lock_memberships(session: WriteSession, viewer: Viewer, user_id: UUID) -> LockedMemberships:
    """Locks the viewer's membership, that of the member whom they act upon, and those of all owners.

    Raises Forbidden when the viewer is no member any more, Refused NOT_FOUND for somebody who is none.
    """
    actor_id = person_id_of(viewer)
    rows = await owners_and_members_for_update(session, [actor_id, user_id])
    by_person = {row.user_id: row for row in rows}
    if actor_id not in by_person:
        raise Forbidden("You are no member of this tenant any more.")
    if user_id not in by_person:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such member.", field="user_id")
    target = by_person[user_id]
    owners = [row for row in rows if row.role is Role.OWNER]
    return LockedMemberships(replace(viewer, role=by_person[actor_id].acts_as), target, owners == [target])


async def _lock_manageable(session: WriteSession, viewer: Viewer, user_id: UUID | None) -> LockedMemberships:
    if user_id is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such member.", field="user_id")
    locked = await lock_memberships(session, viewer, user_id)
    require(locked.actor, Permission.MANAGE_MEMBERS)
    if not may_grant(locked.actor, locked.target.role):
        raise Refused(UserErrorCode.FORBIDDEN, "This member's role is above your own.", field="user_id")
    return locked


def _check_owner_change(clock: Clock, locked: LockedMemberships, *, is_about_owner: bool) -> None:
    if is_about_owner:
        require_recent_sign_in(locked.actor, clock())
    if locked.is_last_owner:
        raise Refused(UserErrorCode.LAST_OWNER, "A tenant must have an owner: make somebody else an owner first.")


def _note(
    session: WriteSession,
    viewer: Viewer,
    action: str,
    member: Membership,
    *,
    before: Role | None = None,
    after: Role | None = None,
) -> None:
    record(
        session,
        viewer,
        action=action,
        target_type="User",
        target_id=member.user_id,
        before={"role": before.value} if before else None,
        after={"role": after.value} if after else None,
    )


async def members(db: Database, viewer: Viewer, window: Window) -> KeysetPage[Membership]:
    """One page of the tenant's members, oldest first; needs READ. Raises BadInput for another list's cursor."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await members_page(session, window)


async def number_of_members(db: Database, viewer: Viewer) -> int:
    """How many members the tenant has; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_members(session)


async def memberships(db: Database, viewer: Viewer) -> Sequence[Membership]:
    """The viewer's own memberships in all tenants, oldest first."""
    async with db.read(viewer) as session:
        return await memberships_of_user(session, person_id_of(viewer))
