"""Who belongs to which tenant, as its people may see it."""

from collections.abc import Sequence

from auth.permissions import Permission, person_id_of, require
from auth.viewer import Viewer
from models.database import Database
from models.keyset import Slice, Window
from models.membership import Membership
from models.oauth_identity import OAuthIdentity
from models.tenants import count_members, identities_of_user, members_slice, memberships_of_user


async def members(db: Database, viewer: Viewer, window: Window) -> Slice[Membership]:
    """The members of the active tenant, oldest membership first; needs READ, BadInput for a foreign cursor."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await members_slice(session, window)


async def number_of_members(db: Database, viewer: Viewer) -> int:
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_members(session)


async def memberships(db: Database, viewer: Viewer) -> Sequence[Membership]:
    """The viewer's own memberships in all tenants, oldest first."""
    async with db.read(viewer) as session:
        return await memberships_of_user(session, person_id_of(viewer))


async def identities(db: Database, viewer: Viewer) -> Sequence[OAuthIdentity]:
    """The accounts at identity providers that the viewer may sign in with, oldest link first."""
    async with db.read(viewer) as session:
        return await identities_of_user(session, person_id_of(viewer))
