"""Invitations, which offer an e-mail address a membership of the tenant: sends, lists, revokes and accepts them.

The token of an invitation works once, for 7 days and for its address alone, and only while the member who invited may
still grant the role.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from analytics.clock import Clock
from auth.limits.buckets import INVITATIONS, INVITING, Charge, network_of
from auth.limits.limiter import Limiter
from auth.one_time_tokens import About, look_at, make, take
from auth.permissions import (
    Permission,
    may_grant,
    permissions_of,
    person_id_of,
    require,
    require_recent_sign_in,
)
from auth.token_cipher import secret_context
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.mail.letter import Letter, Link
from models.acting import TenantScope
from models.audit.entry import record
from models.database import Database, WriteSession
from models.ids import new_id
from models.keyset import KeysetPage, Window
from models.people.one_time_token import OneTimeToken, TokenPurpose, void_tokens_of_invitation
from models.people.user import User, has_member_with_email, user_by_id
from models.tenants.invitation import (
    Invitation,
    count_open_invitations,
    insert_or_renew,
    invitation_for_update,
    invitations_by_ids,
    open_invitation_for_update,
    open_invitations_page,
)
from models.tenants.membership import Membership, Role, insert_membership_unless_known, owners_and_members_for_update
from models.tenants.tenant import tenants_by_ids
from services.billing.plans import QuotaKind
from services.billing.quotas import check_room, lock_room, lock_seat
from services.idempotency import Answer, KeyedCall, once
from services.mail import MailTools, post
from services.people.email_addresses import normalized_email
from services.people.names import unlinked
from services.people.sessions import SignedIn, move_session
from services.tenants.members import lock_memberships
from services.tenants.tools import InvitationTools, MemberTools
from services.tools import Billing

VALID_FOR = timedelta(days=7)
# The name with which idempotency keys of this change are stored: see KeyedCall.
_STORED_NAME = "inviteMember"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that was just sent. `token` is shown this once; the letter has it too."""

    invitation_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody with a token sees before they accept it; `inviter_name` is None for a deleted person."""

    tenant_name: str
    inviter_name: str | None
    email: str
    role: Role


async def open_invitations(clock: Clock, db: Database, viewer: Viewer, window: Window) -> KeysetPage[Invitation]:
    """One page of the invitations that can still be accepted, oldest first; needs MANAGE_MEMBERS.

    Raises BadInput for a cursor of another list.
    """
    require(viewer, Permission.MANAGE_MEMBERS)
    async with db.read(viewer) as session:
        return await open_invitations_page(session, window, now=clock())


async def number_of_open_invitations(clock: Clock, db: Database, viewer: Viewer) -> int:
    """How many invitations can still be accepted; needs MANAGE_MEMBERS."""
    require(viewer, Permission.MANAGE_MEMBERS)
    async with db.read(viewer) as session:
        return await count_open_invitations(session, now=clock())


async def invite_member(
    tools: InvitationTools, viewer: Viewer, *, email: str, role: Role, idempotency_key: str | None = None
) -> Invited:
    """Invites an address with a role, by mail; an open invitation of the address is replaced, unless it offers more.

    Needs MANAGE_MEMBERS, for OWNER a recent sign-in. Raises Refused: INVALID, FORBIDDEN, ALREADY_EXISTS, CONFLICT,
    QUOTA_EXCEEDED; RateLimited after many letters.
    """
    require(viewer, Permission.MANAGE_MEMBERS)
    address = normalized_email(email)
    if address is None:
        raise Refused(UserErrorCode.INVALID, "This is not an e-mail address.", field="email")
    if role is Role.OWNER and may_grant(viewer, role):
        require_recent_sign_in(viewer, tools.clock())

    async def invite() -> Answer:
        await _charge_letter(tools.limiter, viewer, address)
        async with tools.db.write(viewer) as session:
            return await _invite(tools, session, viewer, address=address, role=role)

    # The viewer is part of the input, so that nobody else sees the token by sending the same idempotency key.
    wanted = {"email": address, "role": role.value, "by": viewer.user_id}
    call = KeyedCall(_STORED_NAME, idempotency_key, wanted)
    answer = await once(tools.db, tools.clock, viewer, call, invite)
    invitation_id = UUID(answer["invitation_id"])
    return Invited(invitation_id, tools.cipher.decrypt(_context(viewer, invitation_id), answer["token_enc"]))


async def revoke_invitation(db: Database, clock: Clock, viewer: Viewer, invitation_id: UUID | None) -> UUID:
    """Revokes an invitation, whose token no longer works then; needs MANAGE_MEMBERS. Revoking twice is no error.

    Raises Refused: NOT_FOUND, FORBIDDEN for a role above the viewer's own.
    """
    require(viewer, Permission.MANAGE_MEMBERS)
    async with db.write(viewer) as session:
        invitation = await invitation_for_update(session, invitation_id) if invitation_id else None
        if invitation is None or invitation.accepted_at is not None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such open invitation.", field="invitation_id")
        if not may_grant(viewer, invitation.role):
            raise Refused(UserErrorCode.FORBIDDEN, "The invitation's role is above your own.", field="invitation_id")
        if invitation.revoked_at is None:
            invitation.revoked_at = clock()
            await void_tokens_of_invitation(session, invitation.id, now=clock())
            before = {"email": invitation.email, "role": invitation.role.value}
            record(
                session,
                viewer,
                action="invitation.revoked",
                target_type="Invitation",
                target_id=invitation.id,
                before=before,
            )
    return invitation.id


async def accept_invitation(tools: MemberTools, viewer: Viewer, token: str) -> SignedIn:
    """Makes the viewer a member, and moves their session to that tenant; their verified address must be the invited.

    Raises Refused: TOKEN_INVALID, TOKEN_EXPIRED, FORBIDDEN, ALREADY_EXISTS, QUOTA_EXCEEDED. Whatever is refused leaves
    the token unused.
    """
    user_id = person_id_of(viewer)
    tenant_id = (await load_invitation(tools.db, tools.clock, token)).for_tenant_id
    async with tools.db.write(TenantScope(tenant_id, user_id)) as session:
        user = await user_by_id(session, user_id)
        if user is None or user.email_verified_at is None:
            raise Refused(UserErrorCode.FORBIDDEN, "Verify your e-mail address first.", field="token")
        membership = await admit(tools.clock, tools.vendors.billing, session, user, token)
        signed_in = await move_session(
            tools.clock, tools.credentials.tokens, session, viewer, user=user, membership=membership
        )
        note_acceptance(session, signed_in.viewer, membership)
    return signed_in


async def load_invitation(db: Database, clock: Clock, token: str) -> OneTimeToken:
    """The token with the invited address and the tenant, without using it; raises Refused as `load_offer` does."""
    async with db.read(None) as session:
        return await look_at(session, token, purpose=TokenPurpose.INVITATION, now=clock())


async def load_offer(db: Database, clock: Clock, token: str) -> Offer:
    """What the token offers, without using it; everybody who has the token may see it.

    Raises Refused: TOKEN_INVALID, TOKEN_EXPIRED.
    """
    found = await load_invitation(db, clock, token)
    async with db.read(TenantScope(found.for_tenant_id)) as session:
        tenants = await tenants_by_ids(session, [found.for_tenant_id]) if found.for_tenant_id else []
        invitations = await invitations_by_ids(session, [found.invitation_id]) if found.invitation_id else []
        inviter = await user_by_id(session, invitations[0].invited_by) if invitations else None
    if not tenants or not invitations:
        raise Refused(UserErrorCode.TOKEN_INVALID, "This link was used, withdrawn or never given out.", field="token")
    is_known = inviter is not None and inviter.deleted_at is None
    name = inviter.name if inviter and is_known else None
    return Offer(tenants[0].name, name, invitations[0].email, invitations[0].role)


async def admit(clock: Clock, billing: Billing | None, session: WriteSession, user: User, token: str) -> Membership:
    """Uses the token for a new membership, in the caller's transaction, which is open for the token's tenant.

    The caller has checked whether the address is verified. Raises Refused: TOKEN_INVALID, TOKEN_EXPIRED, FORBIDDEN for
    another address, ALREADY_EXISTS, QUOTA_EXCEEDED.
    """
    found = await look_at(session, token, purpose=TokenPurpose.INVITATION, now=clock())
    await lock_seat(clock, billing, session)
    if found.email != user.email:
        raise Refused(
            UserErrorCode.FORBIDDEN,
            "This invitation is for another e-mail address: use the account of that one.",
            field="token",
        )
    await take(session, token, purpose=TokenPurpose.INVITATION, now=clock())
    invitation = await invitation_for_update(session, found.invitation_id) if found.invitation_id else None
    if invitation is None or not await _is_backed(session, invitation):
        raise Refused(
            UserErrorCode.TOKEN_INVALID, "The person who invited you may no longer do so: ask for a new invitation."
        )
    invitation.accepted_at = clock()
    membership = Membership(
        tenant_id=session.tenant_id, user_id=user.id, id=new_id(), role=invitation.role, created_at=clock()
    )
    if not await insert_membership_unless_known(session, membership):
        raise Refused(UserErrorCode.ALREADY_EXISTS, "You are a member of this tenant already: switch to it.")
    return membership


def note_acceptance(session: WriteSession, viewer: Viewer, membership: Membership) -> None:
    """Records in the audit log that the viewer has accepted an invitation."""
    record(
        session,
        viewer,
        action="invitation.accepted",
        target_type="User",
        target_id=membership.user_id,
        after={"role": membership.role.value},
    )


async def _invite(tools: MailTools, session: WriteSession, viewer: Viewer, *, address: str, role: Role) -> Answer:
    inviter_id, room = (
        person_id_of(viewer),
        await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.MEMBERS),
    )
    actor = (await lock_memberships(session, viewer, inviter_id)).actor
    if not may_grant(require(actor, Permission.MANAGE_MEMBERS), role):
        raise Refused(UserErrorCode.FORBIDDEN, "This role is above your own.", field="role")
    if await has_member_with_email(session, address):
        raise Refused(UserErrorCode.ALREADY_EXISTS, "This person is a member already.", field="email")
    now = tools.clock()
    await _refuse_lower_offer(session, actor, address=address, role=role, now=now)
    wanted = Invitation(
        tenant_id=session.tenant_id,
        id=new_id(),
        email=address,
        role=role,
        invited_by=inviter_id,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    invitation_id = await insert_or_renew(session, wanted)
    await check_room(tools.clock, session, room)
    await void_tokens_of_invitation(session, invitation_id, now=now)
    token = await _store_token(session, wanted, invitation_id)
    await post(
        tools, session, await _load_letter(tools.addresses.app_url, session, viewer, address=address, token=token)
    )
    record(
        session,
        viewer,
        action="member.invited",
        target_type="Invitation",
        target_id=invitation_id,
        after={"email": address, "role": role.value},
    )
    return {
        "invitation_id": str(invitation_id),
        "token_enc": tools.cipher.encrypt(_context(viewer, invitation_id), token),
    }


async def _charge_letter(limiter: Limiter, viewer: Viewer, address: str) -> None:
    """Counts a letter to the address and one from the viewer's network; raises RateLimited after many.

    Every team can write to any address by inviting it, so that letters are limited over all teams.
    """
    invited_one = sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
    inviting = Charge(INVITING, f"address:{network_of(viewer.origin.ip)}")
    await limiter.take([*(Charge(bucket, f"invited:{invited_one}") for bucket in INVITATIONS), inviting])


async def _refuse_lower_offer(session: WriteSession, actor: Viewer, *, address: str, role: Role, now: datetime) -> None:
    """Raises Refused where an open invitation offers the address a higher role, which a new one would replace."""
    standing = await open_invitation_for_update(session, address, now=now)
    if standing is None or permissions_of(standing.role) <= permissions_of(role):
        return
    if not may_grant(actor, standing.role):
        raise Refused(
            UserErrorCode.FORBIDDEN, "This address has an open invitation to a role above your own.", field="email"
        )
    raise Refused(
        UserErrorCode.CONFLICT,
        f"This address has an open invitation as {standing.role.value}: revoke it before you offer less.",
        field="role",
    )


async def _store_token(session: WriteSession, wanted: Invitation, invitation_id: UUID) -> str:
    about = About(TokenPurpose.INVITATION, wanted.email, for_tenant_id=wanted.tenant_id, invitation_id=invitation_id)
    return await make(session, about, now=wanted.created_at, expires_at=wanted.expires_at)


async def _load_letter(app_url: str, session: WriteSession, viewer: Viewer, *, address: str, token: str) -> Letter:
    tenant = (await tenants_by_ids(session, [session.tenant_id]))[0]
    person = await user_by_id(session, person_id_of(viewer))
    inviter = person.name if person else "A colleague"
    return Letter(
        to=address,
        # Everybody can choose the name of a tenant and invite a stranger: no name may become a link in the letter.
        subject=f"Join {unlinked(tenant.name)} on Adgraph",
        paragraphs=(f"{unlinked(inviter)} invites you to work with {unlinked(tenant.name)} on Adgraph.",),
        link=Link("Accept the invitation", f"{app_url}/accept-invitation#token={token}"),
        closing="The link works once, for 7 days. If you did not expect it, ignore this letter.",
    )


async def _is_backed(session: WriteSession, invitation: Invitation) -> bool:
    """Whether the person who invited may still grant the role."""
    rows = await owners_and_members_for_update(session, [invitation.invited_by])
    roles = [row.role for row in rows if row.user_id == invitation.invited_by]
    return any(
        Permission.MANAGE_MEMBERS in permissions_of(role) and permissions_of(invitation.role) <= permissions_of(role)
        for role in roles
    )


def _context(viewer: Viewer, invitation_id: UUID) -> str:
    return secret_context("idempotency_key", "answer", viewer.tenant_id, invitation_id)
