"""The frame of every mutation: it renews the loaders before and after, and turns refusals into userErrors."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from errors import BadInput, Refused, UserErrorCode
from resolvers.inputs.paths import paths_of

P = ParamSpec("P")
_NOTHING: Mapping[str, str] = {}


@dataclass(slots=True)
class UserError:
    """The record behind the type UserError of schema/user_error.py."""

    code: UserErrorCode
    message: str
    retry_after: int | None = None
    field: list[str] | None = None


class Payload(Protocol):
    """What a mutation answers. Every field has a default, so that a refusal can be answered by `user_errors` alone."""

    user_errors: list[UserError]


A = TypeVar("A", bound=Payload)


def refusal(error: Refused, path: Sequence[str] | None) -> UserError:
    """The user error of a refusal; `path` leads to the wrong argument or input field, None if none is wrong."""
    told = None if path is None else [*path, *([] if error.place is None else [str(error.place)])]
    return UserError(error.user_code, error.message, error.retry_after_s, told)


def invalid(error: BadInput) -> UserError:
    """The user error of invalid input, which a query answers as BAD_USER_INPUT."""
    return UserError(UserErrorCode.INVALID, error.message, field=error.field)


@overload
def mutation(
    payload: type[A], *, called: Mapping[str, str] = _NOTHING
) -> Callable[[Callable[P, Awaitable[A]]], Callable[P, Awaitable[A]]]: ...
@overload
def mutation(
    payload: str, *, called: Mapping[str, str] = _NOTHING
) -> Callable[[Callable[P, Awaitable[object]]], Callable[P, Awaitable[Payload]]]: ...
def mutation(
    payload: type[A] | str, *, called: Mapping[str, str] = _NOTHING
) -> Callable[[Callable[P, Awaitable[Any]]], Callable[P, Awaitable[Payload]]]:
    """Decorates a mutation's resolver, which must take `info`.

    `payload` is the class of what the resolver returns. If the payload has only one field besides `userErrors`, it is
    the name of that field, and the resolver returns the value of the field.

    A service refuses one of its own parameters by name. The path in the userError is that of the resolver's parameter
    of the same name, or of the field in its input. `called` maps a service's name to the resolver's where they differ.
    """

    def frame(resolver: Callable[P, Awaitable[Any]]) -> Callable[P, Awaitable[Payload]]:
        paths = paths_of(resolver, called)

        @functools.wraps(resolver)
        async def resolve(*args: P.args, **kwargs: P.kwargs) -> Payload:
            context = kwargs["info"].context  # type: ignore[attr-defined]  # Strawberry passes arguments by name
            context.renew()
            context.wrong_id = None
            try:
                result = await resolver(*args, **kwargs)
                answer = _one_field(payload, result) if isinstance(payload, str) else result
            except Refused as error:
                # A wrong id was passed on as None, which no row has, so the service has answered NOT_FOUND.
                is_nobodys = error.user_code is UserErrorCode.NOT_FOUND and context.wrong_id is not None
                answer = _refused(
                    payload, invalid(context.wrong_id) if is_nobodys else refusal(error, paths.get(error.field or ""))
                )
            except BadInput as error:
                answer = _refused(payload, invalid(error))
            context.renew()  # the payload's fields must be loaded after the change
            return answer

        resolve.__payload__ = payload  # type: ignore[attr-defined]  # read by the test that compares it with the schema
        return resolve

    return frame


def _one_field(name: str, value: object, user_errors: Sequence[UserError] = ()) -> Payload:
    return SimpleNamespace(**{name: value}, user_errors=list(user_errors))


def _refused(payload: Callable[..., Payload] | str, told: UserError) -> Payload:
    return _one_field(payload, None, [told]) if isinstance(payload, str) else payload(user_errors=[told])
