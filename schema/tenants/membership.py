"""Membership: who belongs to which tenant, and as what."""

from datetime import datetime

import strawberry

from models.tenants.membership import Membership as MembershipRow
from models.tenants.membership import Role
from resolvers.tenants import active
from schema.field import field
from schema.node import Node, entity
from schema.people.user import User
from schema.tenants.summary import TenantSummary
from schema.user_error import UserError
from services.installation.administration import SeenMembership


@entity(MembershipRow, SeenMembership, description="A person's place in a tenant.")
class Membership(Node):
    user: User = field(active.member)
    tenant: TenantSummary = field(active.tenant_of_member)
    role: Role
    joined_at: datetime = field(active.joined_at)
    frozen_at: datetime | None = field(
        description="Set: the plan has no room for this member, who may only read until it has."
    )


@strawberry.type
class MembershipPayload:
    membership: Membership | None
    user_errors: list[UserError]
