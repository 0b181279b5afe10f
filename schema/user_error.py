"""UserError: how a mutation says what is wrong with its input."""

import strawberry

from errors import UserErrorCode
from schema.field import field


@strawberry.type(description="What is wrong with the input, or why the outcome is not the one that was asked for.")
class UserError:
    code: UserErrorCode
    message: str
    retry_after: int | None = field(description="Seconds to wait, where waiting helps.")
    field: list[str] | None = field(description="Path of the input that is wrong.")
