"""ApiKey: a tenant's key for programs, without its secret."""

from datetime import datetime

from models.api_key import ApiKey as ApiKeyRow
from models.membership import Role
from resolvers import tenants
from schema.field import field
from schema.node import Node, entity
from schema.user import User


@entity(ApiKeyRow, description="A key for programs; its secret is shown once, when it is made.")
class ApiKey(Node):
    name: str
    prefix: str = field(description="How the secret begins, to tell keys apart.")
    role: Role
    created_by: User | None = field(tenants.key_maker, description="Null when they are no member any more.")
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
