"""Mutations on a tenant itself: creating it, switching to it, its settings, leaving and deleting it."""

from dataclasses import replace
from uuid import UUID

import strawberry

from auth.viewer import Viewer
from models.tenants.tenant import Tenant
from resolvers.auth_answer import AuthAnswer, auth_answer
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.ok import OkAnswer, done
from resolvers.scalars import Currency, TimeZone
from services.tenants import deletion, lifecycle, members
from services.tenants.lifecycle import ProductTagWish, TenantWish


@strawberry.input
class CreateTenantInput:
    name: str
    currency: Currency | None = strawberry.field(
        default=strawberry.UNSET, description="Default for reports; without it USD."
    )
    time_zone: TimeZone | None = strawberry.field(
        default=strawberry.UNSET, description="Default for reports; without it UTC."
    )


@strawberry.input(description="What is left out stays as it is, and so does what is null, apart from `productTag`.")
class UpdateTenantInput:
    name: str | None = strawberry.UNSET
    currency: Currency | None = strawberry.UNSET
    time_zone: TimeZone | None = strawberry.UNSET
    product_tag: str | None = strawberry.UNSET


@mutation(AuthAnswer)
async def create_tenant(
    info: Info,
    input: CreateTenantInput,  # noqa: A002 - the argument's name in the API
    idempotency_key: str | None = strawberry.UNSET,
) -> AuthAnswer:
    wish = TenantWish(input.name, given(input.currency), given(input.time_zone))
    key = given(idempotency_key)
    return auth_answer(
        info, await lifecycle.create_tenant(info.context.tools, signed_in(info), wish, idempotency_key=key)
    )


@mutation(AuthAnswer)
async def switch_tenant(info: Info, tenant_id: strawberry.ID) -> AuthAnswer:
    viewer, chosen = signed_in(info), claimed_id(info.context, tenant_id, "Tenant", at=["tenantId"])
    return auth_answer(info, await lifecycle.switch_tenant(info.context.tools, viewer, chosen))


@mutation("tenant")
async def update_tenant(info: Info, input: UpdateTenantInput) -> Tenant:  # noqa: A002 - the API's name
    tag = None if input.product_tag is strawberry.UNSET else ProductTagWish(input.product_tag)
    wish = TenantWish(given(input.name), given(input.currency), given(input.time_zone), tag)
    return await lifecycle.update_tenant(info.context.tools.db, signed_in(info), wish)


@mutation(OkAnswer)
async def delete_tenant(info: Info) -> OkAnswer:
    viewer = signed_in(info)
    deleted = await deletion.delete_tenant(info.context.tools, viewer)
    return _outside(info, viewer, deleted)


@mutation(OkAnswer)
async def leave_tenant(info: Info) -> OkAnswer:
    viewer = signed_in(info)
    return _outside(info, viewer, await members.leave_tenant(info.context.tools, viewer))


def _outside(info: Info, viewer: Viewer, tenant_id: UUID) -> OkAnswer:
    """The answer of leaving or deleting the tenant; the rest of the operation has a viewer without a tenant."""
    info.context.viewer = replace(viewer, tenant_id=None, role=None)
    return done("Tenant", tenant_id)
