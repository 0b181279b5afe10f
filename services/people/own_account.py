"""A person's own account, held for a change that their session, still alive, makes of it."""

from auth.permissions import person_id_of
from auth.viewer import Viewer
from errors import Unauthenticated
from models.database import WriteSession
from models.people.auth_session import auth_session_by_id
from models.people.user import User, user_for_update


async def lock_person(session: WriteSession, viewer: Viewer) -> User:
    """Held until the session ends; raises Forbidden for an API key, Unauthenticated once the sign-in has ended.

    Requests believe a sign-in for 15 seconds. In that time whoever was put out of an account, by its owner's return or
    a new password, must not give themselves another way in.
    """
    user = await user_for_update(session, person_id_of(viewer))
    family = await auth_session_by_id(session, viewer.session_id) if viewer.session_id else None
    if user is None or user.disabled_at or user.deleted_at or family is None or family.revoked_at:
        raise Unauthenticated
    return user
