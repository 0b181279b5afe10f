"""The frame of every mutation: it renews the loaders before and after, and turns refusals into userErrors."""

import functools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from strawberry.utils.str_converters import to_camel_case

from errors import BadInput, Refused, UserErrorCode
from execution.masking import shortened
from resolvers.first_answers import asked_key, first_answer
from resolvers.inputs.paths import paths_of
from services.idempotency import ASK_AGAIN

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
    within = [*([] if error.place is None else [error.place]), *error.within]
    told = None if path is None else [*path, *(to_camel_case(str(each)) for each in within)]
    return UserError(error.user_code, shortened(error.message), error.retry_after_s, told)


def invalid(error: BadInput) -> UserError:
    """The user error of invalid input, which a query answers as BAD_USER_INPUT."""
    return UserError(UserErrorCode.INVALID, shortened(error.message), field=error.field)


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
        teller = _Teller(payload, paths_of(resolver, called))

        @functools.wraps(resolver)
        async def resolve(*args: P.args, **kwargs: P.kwargs) -> Payload:
            info: Any = kwargs["info"]  # Strawberry passes arguments by name
            info.context.renew()
            info.context.wrong_id = None
            key = asked_key(info)

            async def answered() -> Payload:
                result = await resolver(*args, **kwargs)
                return _one_field(payload, result) if isinstance(payload, str) else result

            if key is None:
                answer = await teller.told(info, answered)
            else:
                run = functools.partial(teller.told, info, answered, but=ASK_AGAIN)
                again = functools.partial(first_answer, info, key, kwargs, run=run, remade=teller.remade)
                answer = await teller.told(info, again)
            info.context.renew()  # the payload's fields must be loaded after the change
            return answer

        resolve.__payload__ = payload  # type: ignore[attr-defined]  # read by the test that compares it with the schema
        return resolve

    return frame


@dataclass(frozen=True, slots=True)
class _Teller:
    """Makes the payload of what a mutation refuses, and that of values that were kept of an earlier call."""

    payload: Callable[..., Payload] | str
    paths: Mapping[str, Sequence[str]]

    async def told(
        self, info: Any, change: Callable[[], Awaitable[Payload]], *, but: Collection[UserErrorCode] = ()
    ) -> Payload:
        """What `change` answers, or the payload of its refusal; raises Refused with a code of `but`."""
        try:
            return await change()
        except Refused as error:
            if error.user_code in but:
                raise
            # A wrong id was passed on as None, which no row has, so the service has answered NOT_FOUND.
            wrong = info.context.wrong_id if error.user_code is UserErrorCode.NOT_FOUND else None
            refused = [refusal(each, self.paths.get(each.field or "")) for each in (error, *error.others)]
            return self._refused(refused if wrong is None else [invalid(wrong)])
        except BadInput as error:
            return self._refused([invalid(error)])

    def remade(self, values: Mapping[str, Any]) -> Payload:
        told = [vars(each) for each in values["user_errors"]]
        user_errors = [UserError(**each | {"code": UserErrorCode(each["code"])}) for each in told]
        if isinstance(self.payload, str):
            return _one_field(self.payload, values[self.payload], user_errors)
        return self.payload(**{**values, "user_errors": user_errors})

    def _refused(self, told: list[UserError]) -> Payload:
        if isinstance(self.payload, str):
            return _one_field(self.payload, None, told)
        return self.payload(user_errors=told)


def _one_field(name: str, value: object, user_errors: Sequence[UserError] = ()) -> Payload:
    return SimpleNamespace(**{name: value}, user_errors=list(user_errors))
