"""API keys: the tenant's keys for programs, their list and the mutations on them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.people.user import User
from models.tenants.api_key import ApiKey
from models.tenants.membership import Role
from models.tenants.tenant import Tenant
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation
from resolvers.ok import OkAnswer, done
from resolvers.page import Page, window
from services.tenants import api_keys
from services.tenants.api_keys import KeyWish


@strawberry.input
class CreateApiKeyInput:
    name: str
    role: Role
    expires_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Without it the key works until it is revoked."
    )


@dataclass(slots=True)
class ApiKeyAnswer:
    api_key: ApiKey | None = None
    secret: str | None = None
    user_errors: list[UserError] = field(default_factory=list)


async def keys(
    root: strawberry.Parent[Tenant],  # noqa: ARG001 - always the active tenant: no other one is shown whole
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[ApiKey]:
    viewer, db = signed_in(info), info.context.db
    found = await api_keys.api_keys(db, viewer, window(first, after))
    return Page(found, lambda: api_keys.number_of_api_keys(db, viewer))


maker = loaded(lambda loaders, key: loaders.users_by_id.load(key.created_by), shows=User)


@mutation(ApiKeyAnswer)
async def create_api_key(
    info: Info,
    input: CreateApiKeyInput,  # noqa: A002 - the API's name
    idempotency_key: str | None = strawberry.UNSET,
) -> ApiKeyAnswer:
    wish = KeyWish(input.name, input.role, input.expires_at or None)
    made = await api_keys.create_api_key(
        info.context.tools, signed_in(info), wish, idempotency_key=idempotency_key or None
    )
    info.context.renew()
    return ApiKeyAnswer(await info.context.loaders.api_keys_by_id.load(made.key_id), made.secret)


@mutation(OkAnswer)
async def revoke_api_key(info: Info, key_id: Annotated[strawberry.ID, strawberry.argument(name="id")]) -> OkAnswer:
    ended = await api_keys.revoke_api_key(
        info.context.tools, signed_in(info), claimed_id(info.context, key_id, "ApiKey")
    )
    return done("ApiKey", ended)
