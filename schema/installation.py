"""Admin: what staff of the installation see over all tenants, and what they do to people."""

from datetime import datetime

import strawberry

from models.billing.subscription import PlanKey
from resolvers import installation
from schema.audit import AuditEntry
from schema.field import field
from schema.ok_payload import OkPayload
from schema.page_info import Connection
from schema.people.user import User
from schema.scalars import BigInt
from schema.tenants.membership import Membership
from schema.tenants.summary import TenantSummary


@strawberry.type(description="A person, as staff of the installation see them.")
class AdminUser:
    user: User
    disabled_at: datetime | None = field(description="Set: they cannot sign in.")
    last_seen_at: datetime | None = field(description="When one of the sessions that are still kept was last renewed.")
    memberships: list[Membership] = field(description="Oldest first.")


@strawberry.type(description="A tenant, as staff of the installation see it: how much there is, never what.")
class AdminTenant:
    tenant: TenantSummary
    plan: PlanKey
    members: int
    ad_accounts: int = field(description="Connected ones.")
    insight_rows: BigInt = field(description="Stored days of ads.")
    stored_bytes: BigInt = field(description="The tenant's share of what the stored insights take, by rows.")


@strawberry.type(description="Numbers of the whole installation; days begin at midnight UTC.")
class Statistics:
    users: int
    tenants: int
    ad_accounts: int = field(description="Connected ones.")
    insight_rows: BigInt = field(description="Stored days of ads; an estimate from a million on.")
    channels: int = field(description="Those that are not disconnected.")
    products: BigInt = field(
        description="Stored products, with those that can be restored; an estimate from a million on."
    )
    orders: BigInt = field(description="Stored orders of all channels; an estimate from a million on.")
    refreshes_today: int
    failed_refreshes_today: int
    queue_depth: int = field(description="Jobs that are due and wait.")
    oldest_queued_seconds: float | None = field(description="How long the oldest of them has waited.")


@strawberry.type(description="Administration of the installation.")
class Admin:
    users: Connection[AdminUser] | None = field(
        installation.users, description="Newest account first; `search` looks into names and addresses."
    )
    tenants: Connection[AdminTenant] | None = field(
        installation.tenants, description="Newest first; `search` looks into names and slugs."
    )
    statistics: Statistics | None = field(installation.statistics)
    audit_log: Connection[AuditEntry] | None = field(
        installation.audit_log, description="Of the whole installation, acts of staff included; newest first."
    )


@strawberry.type
class InstallationMutations:
    admin_set_user_disabled: OkPayload | None = field(
        installation.set_user_disabled,
        description="By staff of the installation. A disabled person loses sessions, open sockets and API keys within "
        "30 seconds, and for good; enabled again, they sign in anew.",
    )
    admin_delete_user: OkPayload | None = field(
        installation.delete_user,
        description="By staff of the installation, signed in within the last 5 minutes. Refused while the person is "
        "the last owner of a tenant.",
    )
