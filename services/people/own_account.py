"""Locks a person's own account for a change, and reads again whether their session may make it."""

from auth.permissions import person_id_of
from auth.viewer import Viewer
from errors import Unauthenticated
from models.database import WriteSession
from models.people.auth_session import auth_session_by_id
from models.people.user import User, user_for_update


async def lock_person(session: WriteSession, viewer: Viewer) -> User:
    """The viewer's account, locked until the transaction ends.

    Raises Forbidden for an API key, Unauthenticated when the viewer's sign-in session has ended. What was read of a
    session is believed for 15 seconds elsewhere. Somebody who was put out of an account in that time, by a new password
    or the return of its owner, must not add another way to sign in, so both are read again here.
    """
    # The account is locked before the session is read: a new password locks it too and ends the sessions with it. So
    # either this transaction sees them ended, or the other one sees what was added here.
    user = await user_for_update(session, person_id_of(viewer))
    family = await auth_session_by_id(session, viewer.session_id) if viewer.session_id else None
    if user is None or user.disabled_at or user.deleted_at or family is None or family.revoked_at:
        raise Unauthenticated
    return user
