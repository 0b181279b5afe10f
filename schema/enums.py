"""The GraphQL enums: each wraps the plain enum of the layer that owns it."""

import strawberry

from errors import UserErrorCode

strawberry.enum(UserErrorCode)
