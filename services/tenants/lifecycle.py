"""Tenants: creates them, switches a session between those of a person, and changes their settings."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, person_id_of, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import TenantScope
from models.audit.entry import record
from models.database import Database, WriteSession
from models.ids import new_id
from models.naming.template import naming_templates, rules_of
from models.orders.booked_sales import book_all_anew
from models.people.user import User
from models.tenants.membership import Membership, Role, memberships_of_user
from models.tenants.tenant import Tenant, tenant_for_update, tenant_summaries_by_ids
from services.ad_links.queueing import find_links_anew
from services.idempotency import Answer, KeyedCall, once
from services.people.names import checked_name, slug_of
from services.people.own_account import lock_person
from services.people.sessions import SignedIn, move_session
from services.people.tools import SessionTools
from services.tenants.members import memberships

# A new tenant's defaults for reports; each ad account brings its own currency and time zone.
NEW_TENANT_CURRENCY = "USD"
NEW_TENANT_TIME_ZONE = "UTC"
MOST_TENANTS = 100
# Idempotency keys are stored by tenant. For a person without a tenant, a second request for a tenant of the same name
# within this time counts as the same request.
_TWICE_WITHIN = timedelta(hours=24)
# The name with which idempotency keys of this change are stored: see KeyedCall.
_STORED_NAME = "createTenant"


@dataclass(frozen=True, slots=True)
class ProductTagWish:
    """The naming field whose value is to be a SKU; None: no field."""

    field: str | None


@dataclass(frozen=True, slots=True)
class TenantWish:
    """What somebody wants of a tenant; None leaves it as it is, or takes the default for a new one."""

    name: str | None = None
    currency: str | None = None
    time_zone: str | None = None
    product_tag: ProductTagWish | None = None


async def create_tenant(
    tools: SessionTools, viewer: Viewer, wish: TenantWish, *, idempotency_key: str | None = None
) -> SignedIn:
    """Creates a tenant with the viewer as its owner, and moves their session there.

    Raises Refused: INVALID, CONFLICT, QUOTA_EXCEEDED for the one after a person's hundredth tenant.
    """
    person_id_of(viewer)
    tenant = new_tenant(tools.clock, wish.name, field="name")
    tenant.sqlmodel_update(_given(wish))
    if viewer.tenant_id is None:
        return await _create_and_switch(tools, viewer, tenant, is_repeatable=idempotency_key is not None)
    created: list[SignedIn] = []

    async def run() -> Answer:
        created.append(await _create_and_switch(tools, viewer, tenant, is_repeatable=False))
        return {"tenant_id": str(tenant.id)}

    wanted = {"name": tenant.name, "currency": tenant.currency, "time_zone": tenant.time_zone}
    answer = await once(tools.db, tools.clock, viewer, KeyedCall(_STORED_NAME, idempotency_key, wanted), run)
    return created[0] if created else await switch_tenant(tools, viewer, UUID(answer["tenant_id"]))


async def switch_tenant(tools: SessionTools, viewer: Viewer, tenant_id: UUID | None) -> SignedIn:
    """Moves the viewer's session to another of their tenants; raises Refused NOT_FOUND for any other tenant."""
    # The membership is checked before a transaction is opened for the tenant, since the id comes from the client.
    mine = await memberships(tools.db, viewer)
    chosen = [membership for membership in mine if membership.tenant_id == tenant_id]
    if not chosen:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such tenant of yours.", field="tenant_id")
    async with tools.db.write(TenantScope(tenant_id, viewer.user_id)) as session:
        user = await lock_person(session, viewer)
        return await move_session(
            tools.clock, tools.credentials.tokens, session, viewer, user=user, membership=chosen[0]
        )


async def update_tenant(db: Database, viewer: Viewer, wish: TenantWish) -> Tenant:
    """Changes name, currency, time zone and product tag of the active tenant; its slug stays. Needs MANAGE_TENANT.

    Raises Refused INVALID, also for a product tag that no naming template has.
    """
    require(viewer, Permission.MANAGE_TENANT)
    wanted = _given(wish)
    if wish.name is not None:
        wanted["name"] = checked_name(wish.name, what="A tenant's name", field="name")
    if wish.product_tag is not None:
        wanted["product_tag"] = wish.product_tag.field
    async with db.write(viewer) as session:
        tenant = await tenant_for_update(session)
        if wish.product_tag is not None and wish.product_tag.field is not None:
            await _check_product_tag(session, wish.product_tag.field)
        changed = {name: value for name, value in wanted.items() if getattr(tenant, name) != value}
        if changed:
            before = {name: getattr(tenant, name) for name in changed}
            tenant.sqlmodel_update(changed)
            if "time_zone" in changed:
                await book_all_anew(session, tenant.time_zone)
            record(
                session,
                viewer,
                action="tenant.changed",
                target_type="Tenant",
                target_id=tenant.id,
                before=before,
                after=changed,
            )
        if "product_tag" in changed:
            await find_links_anew(session)
    return tenant


def new_tenant(clock: Clock, name: str | None, *, field: str | None) -> Tenant:
    """A tenant that is not stored yet; raises Refused INVALID for the name."""
    checked = checked_name(name, what="A tenant's name", field=field)
    return Tenant(
        id=new_id(),
        name=checked,
        slug=slug_of(checked, secrets.token_hex(4)),
        currency=NEW_TENANT_CURRENCY,
        time_zone=NEW_TENANT_TIME_ZONE,
        created_at=clock(),
    )


async def store_new_tenant(session: WriteSession, tenant: Tenant, *, owner: User) -> Membership:
    """Stores a tenant and its first membership, in the caller's transaction, which is open for that tenant."""
    membership = Membership(
        id=new_id(), tenant_id=tenant.id, user_id=owner.id, role=Role.OWNER, created_at=tenant.created_at
    )
    session.add(tenant)
    await session.flush()
    session.add(membership)
    await session.flush()
    return membership


async def _create_and_switch(tools: SessionTools, viewer: Viewer, tenant: Tenant, *, is_repeatable: bool) -> SignedIn:
    async with tools.db.write(TenantScope(tenant.id, viewer.user_id)) as session:
        # The account is locked, so that of two calls at once the second one sees what the first one has created.
        user = await lock_person(session, viewer)
        mine = await memberships_of_user(session, user.id)
        known = await _load_same(session, mine, tenant) if is_repeatable else None
        if known is None:
            if len(mine) >= MOST_TENANTS:
                message = (
                    f"You belong to {MOST_TENANTS} tenants already, and nobody can belong to more: leave one first."
                )
                raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)
            membership = await store_new_tenant(session, tenant, owner=user)
            signed_in = await move_session(
                tools.clock, tools.credentials.tokens, session, viewer, user=user, membership=membership
            )
            record(session, signed_in.viewer, action="tenant.created", target_type="Tenant", target_id=tenant.id)
            return signed_in
    return await switch_tenant(tools, viewer, known.tenant_id)


async def _load_same(session: WriteSession, mine: Sequence[Membership], tenant: Tenant) -> Membership | None:
    """The person's membership in a tenant of the same name that they own and that was created within a day."""
    own = {each.tenant_id: each for each in mine if each.role is Role.OWNER}
    for known in await tenant_summaries_by_ids(session, list(own)):
        if known.name == tenant.name and tenant.created_at - known.created_at < _TWICE_WITHIN:
            return own[known.id]
    return None


async def _check_product_tag(session: WriteSession, product_tag: str) -> None:
    fields = {each.key for template in await naming_templates(session) for each in rules_of(template).fields}
    if product_tag not in fields:
        message = "No naming template has a field of this name: save one first, and then say that it holds SKUs."
        raise Refused(UserErrorCode.INVALID, message, field="product_tag")


def _given(wish: TenantWish) -> dict[str, Any]:
    """The currency and time zone that were given; the name is checked by itself."""
    said = {"currency": wish.currency, "time_zone": wish.time_zone}
    return {name: value for name, value in said.items() if value is not None}
