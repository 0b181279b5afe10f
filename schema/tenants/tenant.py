"""Tenant: the team whose data the viewer works with."""

from datetime import datetime

import strawberry

from models.tenants.tenant import Tenant as TenantRow
from resolvers.billing import purchases
from resolvers.tenants import active, api_keys, members
from schema.billing.plan import BillingSubscription, QuotaUsage
from schema.field import field
from schema.node import Node, entity
from schema.page_info import Connection
from schema.scalars import Currency, TimeZone
from schema.tenants.api_key import ApiKey
from schema.tenants.invitation import Invitation
from schema.tenants.membership import Membership
from schema.user_error import UserError


@entity(TenantRow, description="The team whose data the viewer works with; nobody else sees them.")
class Tenant(Node):
    name: str
    slug: str = field(description="A short name of letters, digits and hyphens that no other tenant has.")
    currency: Currency = field(description="Default for reports; every ad account has its own.")
    time_zone: TimeZone = field(description="Default for reports; every ad account has its own.")
    created_at: datetime
    product_tag: str | None = field(
        description="The naming field whose value is the SKU of the product that an ad advertises. Null: none is."
    )
    # Before the members: within the class that field hides the module of its name.
    invitations: Connection[Invitation] | None = field(
        members.invitations, description="Those that can still be accepted, oldest first. Needs MANAGE_MEMBERS."
    )
    members: Connection[Membership] | None = field(
        active.members, description="Everybody who belongs to the tenant, oldest membership first. Needs READ."
    )
    subscription: BillingSubscription | None = field(purchases.subscription, description="Needs READ.")
    usage: list[QuotaUsage] | None = field(
        purchases.usage, description="How much of the plan's quotas is used. Needs READ."
    )
    api_keys: Connection[ApiKey] | None = field(
        api_keys.keys, description="Newest first, ended ones included. Needs MANAGE_API_KEYS."
    )


@strawberry.type
class TenantPayload:
    tenant: Tenant | None
    user_errors: list[UserError]
