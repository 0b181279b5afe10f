"""The frame of every mutation: fresh loaders before; what concerns the input becomes userErrors after."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from errors import BadInput, Refused, UserErrorCode

P = ParamSpec("P")


@dataclass(slots=True)
class UserError:
    """What schema/user_error.py reads."""

    code: UserErrorCode
    message: str
    retry_after: int | None = None
    field: list[str] | None = None


class Payload(Protocol):
    """Every field has a default, so that a refusal can be answered with `user_errors` alone."""

    user_errors: list[UserError]


A = TypeVar("A", bound=Payload)


def refusal(error: Refused) -> UserError:
    return UserError(error.user_code, error.message, error.retry_after_s, error.field)


def invalid(error: BadInput) -> UserError:
    """What a query answers as BAD_USER_INPUT."""
    return UserError(UserErrorCode.INVALID, error.message, field=error.field)


def mutation(answer: Callable[..., A]) -> Callable[[Callable[P, Awaitable[A]]], Callable[P, Awaitable[A]]]:
    """Decorates a mutation's resolver, which must take `info`; `answer` is its payload's class."""

    def frame(resolver: Callable[P, Awaitable[A]]) -> Callable[P, Awaitable[A]]:
        @functools.wraps(resolver)
        async def resolve(*args: P.args, **kwargs: P.kwargs) -> A:
            context = kwargs["info"].context  # type: ignore[attr-defined]  # Strawberry passes arguments by name
            context.renew()
            context.wrong_id = None
            try:
                result = await resolver(*args, **kwargs)
            except Refused as error:
                is_nobodys = error.user_code is UserErrorCode.NOT_FOUND and context.wrong_id is not None
                result = answer(user_errors=[invalid(context.wrong_id) if is_nobodys else refusal(error)])
            except BadInput as error:
                result = answer(user_errors=[invalid(error)])
            context.renew()  # what the payload shows was read after the change
            return result

        return resolve

    return frame
