"""Deletes the account of a person. A row without personal data stays, because rows of tenants refer to its id."""

from uuid import UUID

from auth.permissions import person_id_of, require_recent_sign_in
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.actor import ActorKind
from models.audit.entry import INSTALLATION, AuditEntry
from models.database import WriteSession
from models.erasure.person import end_all_access, entomb, erase_sign_in, leave_all_tenants, owned_alone
from services.people.tools import SessionTools

TOMBSTONE_NAME = "Deleted person"


async def delete_my_account(tools: SessionTools, viewer: Viewer) -> UUID:
    """Deletes the viewer's own account; needs a recent sign-in, which is read again.

    Raises Refused LAST_OWNER, which names the tenants to hand over or to delete first.
    """
    person_id = person_id_of(viewer)
    # Who somebody is is remembered for seconds: a session that was ended meanwhile must not delete the account.
    await tools.credentials.authenticator.recheck(require_recent_sign_in(viewer, tools.clock()))
    await delete_person(tools, viewer, person_id, kind=ActorKind.USER)
    return person_id


async def delete_person(tools: SessionTools, actor: Viewer, person_id: UUID, *, kind: ActorKind) -> None:
    """Deletes everything of the person in one transaction over all of their tenants; raises Refused LAST_OWNER."""
    async with tools.db.system(reason="delete a person") as session:
        # Locks the owners of these tenants: two last owners who delete themselves at once wait here for each other.
        alone = await owned_alone(session, person_id)
        if alone:
            names = ", ".join(each.name for each in alone)
            raise Refused(
                UserErrorCode.LAST_OWNER, f"Nobody else owns {names}: make somebody else an owner, or delete it first."
            )
        await end_all_access(session, person_id, now=tools.clock())
        tenants = await leave_all_tenants(session, person_id)
        await erase_sign_in(session, person_id)
        await entomb(session, person_id, name=TOMBSTONE_NAME, now=tools.clock())
        for tenant_id in (*tenants, INSTALLATION):
            _note(session, actor, person_id, tenant_id=tenant_id, kind=kind)
    # After the commit, so that no request puts the person back into the memory of this process. Other processes
    # remember who somebody is for 15 seconds, and then read it again.
    tools.credentials.authenticator.forget_person(person_id)


def _note(session: WriteSession, actor: Viewer, person_id: UUID, *, tenant_id: UUID, kind: ActorKind) -> None:
    """Records the deletion in the audit log of one tenant, or of the installation."""
    is_in_tenant = tenant_id != INSTALLATION
    session.add(
        AuditEntry(
            tenant_id=tenant_id,
            actor_kind=kind,
            # Staff are no members: a tenant is told that it was staff, not who of them.
            actor_user_id=None if kind is ActorKind.STAFF and is_in_tenant else actor.user_id,
            action="user.deleted",
            target_type="User",
            target_id=person_id,
            ip=None if kind is ActorKind.STAFF and is_in_tenant else actor.origin.ip,
            request_id=actor.origin.request_id,
        )
    )
