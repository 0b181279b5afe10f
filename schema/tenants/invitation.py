"""Invitation: a place in the tenant that is offered to an address."""

from datetime import datetime

import strawberry

from models.tenants.invitation import Invitation as InvitationRow
from models.tenants.membership import Role
from resolvers.tenants import members
from schema.field import field
from schema.node import Node, entity
from schema.people.user import User
from schema.user_error import UserError


@entity(InvitationRow, description="A place in the tenant, offered to an address for 7 days. Needs MANAGE_MEMBERS.")
class Invitation(Node):
    email: str = field(description="Only an account with this address can accept.")
    role: Role
    expires_at: datetime
    invited_by: User | None = field(members.invited_by, description="Null when they are no member any more.")


@strawberry.type
class InvitePayload:
    invitation: Invitation | None
    token: str | None = field(secret=True, description="Shown once, and mailed when mail is configured.")
    user_errors: list[UserError]
