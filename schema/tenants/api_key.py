"""ApiKey: a tenant's key for programs, without its secret."""

from datetime import datetime

import strawberry

from models.tenants.api_key import ApiKey as ApiKeyRow
from models.tenants.membership import Role
from resolvers.tenants import api_keys
from schema.field import field
from schema.node import Node, entity
from schema.people.user import User
from schema.user_error import UserError


@entity(ApiKeyRow, description="A key for programs; its secret is shown once, when it is made.")
class ApiKey(Node):
    name: str
    prefix: str = field(description="How the secret begins, to tell keys apart.")
    role: Role = field(description="At most; a maker who has a lesser role by now lowers the key's with it.")
    created_by: User | None = field(api_keys.maker, description="Null when they are no member any more.")
    created_at: datetime
    last_used_at: datetime | None = field(description="To within ten minutes.")
    expires_at: datetime | None
    revoked_at: datetime | None


@strawberry.type(description="The secret is shown this once; whoever loses it makes another key.")
class ApiKeyPayload:
    api_key: ApiKey | None
    secret: str | None = field(secret=True, description="To send as `Authorization: Bearer <secret>`.")
    user_errors: list[UserError]
