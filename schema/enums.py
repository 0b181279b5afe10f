"""The GraphQL enums: each wraps the plain enum of the layer that owns it."""

import strawberry

from auth.permissions import Permission
from errors import UserErrorCode
from models.membership import Role
from models.oauth_identity import IdentityProvider

strawberry.enum(UserErrorCode)
strawberry.enum(Permission)
strawberry.enum(Role)
strawberry.enum(IdentityProvider)
