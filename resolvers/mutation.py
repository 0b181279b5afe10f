"""The frame of every mutation: fresh loaders before; what concerns the input becomes userErrors after."""

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
    """What schema/user_error.py reads."""

    code: UserErrorCode
    message: str
    retry_after: int | None = None
    field: list[str] | None = None


class Payload(Protocol):
    """Every field has a default, so that a refusal can be answered with `user_errors` alone."""

    user_errors: list[UserError]


A = TypeVar("A", bound=Payload)


def refusal(error: Refused, path: Sequence[str] | None) -> UserError:
    """`path` leads to what is at fault in the mutation's arguments; None where none of them is."""
    told = None if path is None else [*path, *([] if error.place is None else [str(error.place)])]
    return UserError(error.user_code, error.message, error.retry_after_s, told)


def invalid(error: BadInput) -> UserError:
    """What a query answers as BAD_USER_INPUT."""
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

    `payload` is the class of what the resolver returns; or, where the payload has one field besides `userErrors`, the
    name of that field, and the resolver returns its value alone.

    A service refuses one of its own parameters; the path in the input is that of the resolver's parameter, or of the
    field in its input, of the same name. `called` leads from the service's name to the resolver's where they differ.
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
                is_nobodys = error.user_code is UserErrorCode.NOT_FOUND and context.wrong_id is not None
                answer = _refused(
                    payload, invalid(context.wrong_id) if is_nobodys else refusal(error, paths.get(error.field or ""))
                )
            except BadInput as error:
                answer = _refused(payload, invalid(error))
            context.renew()  # what the payload shows was read after the change
            return answer

        resolve.__payload__ = payload  # type: ignore[attr-defined]  # read by the test that compares it with the schema
        return resolve

    return frame


def _one_field(name: str, value: object, user_errors: Sequence[UserError] = ()) -> Payload:
    return SimpleNamespace(**{name: value}, user_errors=list(user_errors))


def _refused(payload: Callable[..., Payload] | str, told: UserError) -> Payload:
    return _one_field(payload, None, [told]) if isinstance(payload, str) else payload(user_errors=[told])
