"""The frame of every mutation: fresh loaders before, `Refused` turned into userErrors after."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from errors import Refused, UserErrorCode

P = ParamSpec("P")


@dataclass(slots=True)
class UserError:
    """What schema/user_error.py reads."""

    code: UserErrorCode
    message: str
    retry_after: int | None = None
    field: list[str] | None = None


class Answer(Protocol):
    """A payload: every field has a default, so that a refusal can be answered with `user_errors` alone."""

    user_errors: list[UserError]


A = TypeVar("A", bound=Answer)


def refusal(error: Refused) -> UserError:
    return UserError(error.user_code, error.message, error.retry_after_s, error.field)


def mutation(answer: Callable[..., A]) -> Callable[[Callable[P, Awaitable[A]]], Callable[P, Awaitable[A]]]:
    """Decorates a mutation's resolver, which must take `info`; `answer` is its payload's class."""

    def frame(resolver: Callable[P, Awaitable[A]]) -> Callable[P, Awaitable[A]]:
        @functools.wraps(resolver)
        async def resolve(*args: P.args, **kwargs: P.kwargs) -> A:
            context = kwargs["info"].context  # type: ignore[attr-defined]  # Strawberry passes arguments by name
            context.renew()
            try:
                result = await resolver(*args, **kwargs)
            except Refused as error:
                result = answer(user_errors=[refusal(error)])
            context.renew()  # what the payload shows was read after the change
            return result

        return resolve

    return frame
