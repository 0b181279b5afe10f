"""Viewer: who is asking, and what they may do."""

from datetime import datetime

import strawberry

from auth.permissions import Permission
from models.people.oauth_identity import IdentityProvider
from models.tenants.membership import Role
from resolvers.people import viewer
from schema.field import field
from schema.people.session import Session
from schema.people.user import User
from schema.tenants.api_key import ApiKey
from schema.tenants.membership import Membership
from schema.tenants.tenant import Tenant
from schema.user_error import UserError


@strawberry.type(description="The viewer's account at an identity provider.")
class Identity:
    provider: IdentityProvider
    email: str | None = field(description="As the provider said when it was linked.")
    linked_at: datetime


@strawberry.type(description="Who is asking: a person, or an API key. `user` is null for a key, `apiKey` for a person.")
class Viewer:
    user: User | None = field(viewer.user)
    api_key: ApiKey | None = field(viewer.api_key)
    tenant: Tenant | None = field(viewer.tenant, description="The active tenant; null for somebody without any.")
    role: Role | None = field(description="In the active tenant.")
    permissions: list[Permission] = field(viewer.permissions, description="What the role allows.")
    email: str | None = field(viewer.email)
    email_verified: bool = field(viewer.email_verified)
    has_password: bool = field(viewer.has_password)
    identities: list[Identity] = field(viewer.identities)
    memberships: list[Membership] = field(
        viewer.memberships, description="Your place in each of your tenants, oldest first."
    )
    sessions: list[Session] = field(
        viewer.own_sessions, description="Your sessions that can still be used, last used first."
    )
    is_staff: bool = field(description="Staff of the installation, not of a tenant.")


@strawberry.type
class ViewerPayload:
    viewer: Viewer | None
    user_errors: list[UserError]
