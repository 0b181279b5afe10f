"""The frame of a mutation: refusals become userErrors, faults do not, loaders are fresh before and after."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from errors import BadInput, DatabaseUnavailable, Refused, UserErrorCode
from resolvers.mutation import UserError, mutation


@dataclass(slots=True)
class Answer:
    changed: str | None = None
    user_errors: list[UserError] = field(default_factory=list)


class Info:
    def __init__(self) -> None:
        self.renewals = 0
        self.context = SimpleNamespace(renew=self._renew)

    def _renew(self) -> None:
        self.renewals += 1


async def run(error: Exception | None) -> tuple[Answer, int]:
    @mutation(Answer)
    async def change(info: Any) -> Answer:
        if error is not None:
            raise error
        return Answer(changed="yes")

    info = Info()
    return await change(info=info), info.renewals


async def test_a_refusal_is_the_users_to_read() -> None:
    refused = Refused(UserErrorCode.CONFLICT, "Taken.", field=["input", "name"], retry_after_s=3)
    answer, renewals = await run(refused)
    assert answer == Answer(user_errors=[UserError(UserErrorCode.CONFLICT, "Taken.", 3, ["input", "name"])])
    assert renewals == 2


async def test_what_is_wrong_with_the_input_is_the_users_to_read_too() -> None:
    answer, _ = await run(BadInput("At most 9.", field=["ids"]))
    assert answer == Answer(user_errors=[UserError(UserErrorCode.INVALID, "At most 9.", field=["ids"])])


async def test_a_change_is_answered_as_it_is() -> None:
    answer, renewals = await run(None)
    assert (answer, renewals) == (Answer(changed="yes"), 2)


async def test_a_payload_of_one_field_is_named_and_needs_no_class() -> None:
    @mutation("job")
    async def cancel(info: Any, *, ends: bool) -> str:
        if ends:
            raise Refused(UserErrorCode.CONFLICT, "It has ended.")
        return "cancelled"

    answer: Any = await cancel(info=Info(), ends=False)
    assert (answer.job, answer.user_errors) == ("cancelled", [])
    refused: Any = await cancel(info=Info(), ends=True)
    assert (refused.job, refused.user_errors) == (None, [UserError(UserErrorCode.CONFLICT, "It has ended.")])


async def test_a_fault_stays_an_error() -> None:
    with pytest.raises(DatabaseUnavailable):
        await run(DatabaseUnavailable("away"))
