"""What staff of the installation see and do over all tenants. They act as themselves and see no numbers of ads.

Their acts are recorded in the installation's audit log, and the deletion of a person also in that of each of their
tenants.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import require_recent_sign_in, require_staff
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.actor import ActorKind
from models.audit.entry import INSTALLATION, AuditEntry, AuditFilter, record
from models.billing.subscription import PlanKey
from models.database import Database
from models.erasure.person import end_all_access
from models.installation.overview import (
    billing_by_tenant,
    bytes_per_insight_row,
    count_people,
    count_tenants,
    count_whole_audit,
    counts_by_tenant,
    installation_counts,
    last_seen,
    memberships_of_people,
    people_by_ids,
    people_page,
    tenants_page,
    whole_audit_page,
)
from models.keyset import KeysetPage, Window
from models.people.user import User, user_for_update
from models.queue.work_load import work_load
from models.tenants.membership import Membership, Role
from models.tenants.tenant import Tenant
from services.billing.entitlements import entitlement
from services.people.deletion import delete_person
from services.people.tools import SessionTools
from services.tools import HasClock, HasDb, HasVendors

_WHY = "staff looks at the installation"


@dataclass(frozen=True, slots=True)
class SeenMembership:
    """A membership with the person and the tenant, which the viewer's own policies would not show."""

    id: UUID
    user: User
    tenant: Tenant
    role: Role
    created_at: datetime
    frozen_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenUser:
    """A person as staff see them, with their memberships in all tenants."""

    user: User
    disabled_at: datetime | None
    last_seen_at: datetime | None
    memberships: Sequence[SeenMembership]


@dataclass(frozen=True, slots=True)
class SeenTenant:
    """A tenant as staff see it; `stored_bytes` is its share of the stored insights, by its number of rows."""

    tenant: Tenant
    plan: PlanKey
    members: int
    ad_accounts: int
    insight_rows: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class SeenStatistics:
    """Counts over the installation; `oldest_queued_seconds` is None when no job waits."""

    users: int
    tenants: int
    ad_accounts: int
    insight_rows: int
    channels: int
    products: int
    orders: int
    refreshes_today: int
    failed_refreshes_today: int
    queue_depth: int
    oldest_queued_seconds: float | None


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry of any audit log with the person who acted, whom the viewer's own policies would not show."""

    id: UUID
    at: datetime
    actor_kind: ActorKind
    actor_user: User | None
    actor_api_key_id: UUID | None
    action: str
    target_type: str | None
    target_id: UUID | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    ip: str | None
    request_id: str | None


async def users(db: Database, viewer: Viewer, search: str | None, window: Window) -> KeysetPage[SeenUser]:
    """One page of users, searched by name or address, newest account first. Raises Forbidden for all but staff."""
    require_staff(viewer)
    async with db.system(reason=_WHY) as session:
        page = await people_page(session, search, window)
        ids = [user.id for user in page.rows]
        seen_at = await last_seen(session, ids)
        memberships = await memberships_of_people(session, ids)
    rows = [
        SeenUser(
            user,
            user.disabled_at,
            seen_at.get(user.id),
            [_membership(row, user, tenant) for row, tenant in memberships if row.user_id == user.id],
        )
        for user in page.rows
    ]
    return page.holding(rows)


async def number_of_users(db: Database, viewer: Viewer, search: str | None) -> int:
    """How many users match the search. Raises Forbidden for all but staff."""
    require_staff(viewer)
    async with db.system(reason=_WHY) as session:
        return await count_people(session, search)


class AdministrationTools(HasDb, HasClock, HasVendors, Protocol):
    """What shows all tenants with their price plans, which exist where Stripe is among the vendors."""


async def tenants(
    tools: AdministrationTools, viewer: Viewer, search: str | None, window: Window
) -> KeysetPage[SeenTenant]:
    """One page of tenants, searched by name or slug, newest first. Raises Forbidden for all but staff."""
    require_staff(viewer)
    async with tools.db.system(reason=_WHY) as session:
        page = await tenants_page(session, search, window)
        ids = [tenant.id for tenant in page.rows]
        counts, bought = await counts_by_tenant(session, ids), await billing_by_tenant(session, ids)
        row_bytes = await bytes_per_insight_row(session)
    now = tools.clock()
    rows = [
        SeenTenant(
            tenant,
            entitlement(bought.get(tenant.id), now).plan.key if tools.vendors.billing else PlanKey.FREE,
            counts[tenant.id].members,
            counts[tenant.id].ad_accounts,
            counts[tenant.id].insight_rows,
            round(counts[tenant.id].insight_rows * row_bytes),
        )
        for tenant in page.rows
    ]
    return page.holding(rows)


async def number_of_tenants(db: Database, viewer: Viewer, search: str | None) -> int:
    """How many tenants match the search. Raises Forbidden for all but staff."""
    require_staff(viewer)
    async with db.system(reason=_WHY) as session:
        return await count_tenants(session, search)


async def audit_log(db: Database, viewer: Viewer, wanted: AuditFilter, window: Window) -> KeysetPage[SeenEntry]:
    """One page of all audit logs, the installation's included, newest first. Raises Forbidden for all but staff."""
    require_staff(viewer)
    async with db.system(reason=_WHY) as session:
        page = await whole_audit_page(session, wanted, window)
        actors = {entry.actor_user_id for entry in page.rows if entry.actor_user_id is not None}
        persons = {user.id: user for user in await people_by_ids(session, list(actors))}
    return page.holding([_entry(entry, persons) for entry in page.rows])


async def number_of_entries(db: Database, viewer: Viewer, wanted: AuditFilter) -> int:
    """How many entries of all audit logs match the filter. Raises Forbidden for all but staff."""
    require_staff(viewer)
    async with db.system(reason=_WHY) as session:
        return await count_whole_audit(session, wanted)


async def statistics(db: Database, clock: Clock, viewer: Viewer) -> SeenStatistics:
    """Counts over the installation; today is the day in UTC. Raises Forbidden for all but staff."""
    require_staff(viewer)
    now = clock()
    async with db.system(reason=_WHY) as session:
        counts = await installation_counts(session, today=now.replace(hour=0, minute=0, second=0, microsecond=0))
        load = await work_load(session, now)
    depth = sum(load.queued.values())
    return SeenStatistics(
        users=counts.users,
        tenants=counts.tenants,
        ad_accounts=counts.ad_accounts,
        insight_rows=counts.insight_rows,
        channels=counts.channels,
        products=counts.products,
        orders=counts.orders,
        refreshes_today=counts.refreshes_today,
        failed_refreshes_today=counts.failed_refreshes_today,
        queue_depth=depth,
        oldest_queued_seconds=load.oldest_s if depth else None,
    )


async def set_user_disabled(tools: SessionTools, viewer: Viewer, user_id: UUID | None, *, is_disabled: bool) -> UUID:
    """Disables a person, whose sessions and API keys end for good, or enables them again; answers their id.

    Raises Forbidden for all but staff, Refused: NOT_FOUND, CONFLICT for the viewer themselves.
    """
    if require_staff(viewer) == user_id:
        raise Refused(UserErrorCode.CONFLICT, "You cannot disable your own account.", field="user_id")
    async with tools.db.system(reason="staff disables or enables a person") as session:
        user = await user_for_update(session, user_id) if user_id else None
        if user is None or user.deleted_at is not None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such person.", field="user_id")
        if (user.disabled_at is not None) is not is_disabled:
            user.disabled_at = tools.clock() if is_disabled else None
            user.token_version += 1
            await end_all_access(session, user.id, now=tools.clock())
            record(
                session,
                viewer,
                action="user.disabled" if is_disabled else "user.enabled",
                target_type="User",
                target_id=user.id,
                kind=ActorKind.STAFF,
                in_tenant=INSTALLATION,
            )
    tools.credentials.authenticator.forget_person(user.id)
    return user.id


async def delete_user(tools: SessionTools, viewer: Viewer, user_id: UUID | None) -> UUID:
    """Deletes a person; needs a recent sign-in. Answers their id.

    Raises Forbidden for all but staff, Refused: NOT_FOUND, LAST_OWNER while a tenant has no other owner.
    """
    require_staff(viewer)
    await tools.credentials.authenticator.recheck(require_recent_sign_in(viewer, tools.clock()))
    async with tools.db.system(reason=_WHY) as session:
        found = await people_by_ids(session, [user_id]) if user_id else []
    if not found or found[0].deleted_at is not None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such person.", field="user_id")
    await delete_person(tools, viewer, found[0].id, kind=ActorKind.STAFF)
    return found[0].id


def _membership(row: Membership, user: User, tenant: Tenant) -> SeenMembership:
    return SeenMembership(row.id, user, tenant, row.role, row.created_at, row.frozen_at)


def _entry(row: AuditEntry, persons: Mapping[UUID, User]) -> SeenEntry:
    return SeenEntry(
        id=row.id,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_user=persons.get(row.actor_user_id) if row.actor_user_id is not None else None,
        actor_api_key_id=row.actor_api_key_id,
        action=row.action,
        target_type=row.target_type,
        target_id=row.target_id,
        before=row.before,
        after=row.after,
        ip=row.ip,
        request_id=row.request_id,
    )
