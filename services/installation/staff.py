"""Makes people staff of the installation and lists them: its operator does so at a terminal, never over the API.

`owner` is a Database that connects as the owner of the tables: no role of a server may change who is staff.
"""

from collections.abc import Sequence

from errors import NotFound
from models.acting import TenantScope
from models.audit.entry import INSTALLATION, record
from models.database import Database, WriteSession
from models.installation.overview import staff
from models.people.user import User, user_by_email, user_for_update
from services.people.email_addresses import normalized_email

_INSTALLATION = TenantScope(INSTALLATION)  # the owner is bound by policies too: the audit entry needs its tenant


async def staff_members(owner: Database) -> Sequence[User]:
    """Everybody who is staff."""
    async with owner.read(_INSTALLATION) as session:
        return await staff(session)


async def grant_staff(owner: Database, email: str) -> User:
    """Makes a person staff; raises NotFound for an address that has no account or is not verified."""
    async with owner.write(_INSTALLATION) as session:
        user = await _lock_person(session, email)
        if user.email_verified_at is None:
            raise NotFound(f"The address {email} is not verified: its person has to open the link in their mail first.")
        _change(session, user, is_staff=True)
    return user


async def revoke_staff(owner: Database, email: str) -> User:
    """Ends somebody's being staff; raises NotFound. It takes effect within 15 seconds, for open sockets within 30."""
    async with owner.write(_INSTALLATION) as session:
        user = await _lock_person(session, email)
        _change(session, user, is_staff=False)
    return user


def _change(session: WriteSession, user: User, *, is_staff: bool) -> None:
    if user.is_staff is not is_staff:
        user.is_staff = is_staff
        action = "staff.granted" if is_staff else "staff.revoked"
        record(session, TenantScope(INSTALLATION), action=action, target_type="User", target_id=user.id)


async def _lock_person(session: WriteSession, email: str) -> User:
    """The locked account of an address; raises NotFound where nobody may sign in with it."""
    found = await user_by_email(session, normalized_email(email) or "")
    user = await user_for_update(session, found.id) if found else None
    if user is None or user.disabled_at is not None or user.deleted_at is not None:
        raise NotFound(f"No person who may sign in has the address {email}.")
    return user
