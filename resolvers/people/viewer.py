"""The type Viewer: who is asking. Every look-up goes through loaders or services."""

from collections.abc import Sequence

import strawberry

from auth.permissions import Permission, permissions_of_viewer
from auth.viewer import Viewer
from models.people.auth_session import AuthSession
from models.people.oauth_identity import OAuthIdentity
from models.people.user import User
from models.tenants.api_key import ApiKey
from models.tenants.membership import Membership
from models.tenants.tenant import Tenant
from resolvers.context import Info
from services.people import password_checks, sessions
from services.sign_in import identities as ways_in
from services.tenants import members


def viewer(info: Info) -> Viewer | None:
    """The viewer; None without credentials and, by the contract of the API, with credentials that are not valid."""
    return info.context.viewer


async def user(root: strawberry.Parent[Viewer], info: Info) -> User | None:
    return await info.context.loaders.users_by_id.load(root.user_id) if root.user_id else None


async def api_key(root: strawberry.Parent[Viewer], info: Info) -> ApiKey | None:
    return await info.context.loaders.api_keys_by_id.load(root.api_key_id) if root.api_key_id else None


async def tenant(root: strawberry.Parent[Viewer], info: Info) -> Tenant | None:
    return await info.context.loaders.tenants_by_id.load(root.tenant_id) if root.tenant_id else None


def permissions(root: strawberry.Parent[Viewer]) -> list[Permission]:
    allowed = permissions_of_viewer(root)
    return [permission for permission in Permission if permission in allowed]


async def email(root: strawberry.Parent[Viewer], info: Info) -> str | None:
    person = await user(root, info)
    return person.email if person else None


async def email_verified(root: strawberry.Parent[Viewer], info: Info) -> bool:
    person = await user(root, info)
    return person is not None and person.email_verified_at is not None


async def has_password(root: strawberry.Parent[Viewer], info: Info) -> bool:
    return await password_checks.has_own_password(info.context.db, root)


async def identities(root: strawberry.Parent[Viewer], info: Info) -> Sequence[OAuthIdentity]:
    return [] if root.is_api_key else await ways_in.identities(info.context.db, root)


async def memberships(root: strawberry.Parent[Viewer], info: Info) -> Sequence[Membership]:
    return [] if root.is_api_key else await members.memberships(info.context.db, root)


async def own_sessions(root: strawberry.Parent[Viewer], info: Info) -> Sequence[AuthSession]:
    if root.is_api_key:
        return []
    return await sessions.sessions_of(info.context.db, root, now=info.context.tools.clock())


def is_current(root: strawberry.Parent[AuthSession], info: Info) -> bool:
    return info.context.viewer is not None and info.context.viewer.session_id == root.id
