"""The frame of a mutation: refusals become userErrors, faults do not, loaders are fresh before and after."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
import strawberry

from errors import BadInput, DatabaseUnavailable, Refused, UserErrorCode
from resolvers.mutation import UserError, mutation


@dataclass(slots=True)
class Answer:
    changed: str | None = None
    user_errors: list[UserError] = field(default_factory=list)


class Info:
    def __init__(self) -> None:
        self.renewals = 0
        self.context = SimpleNamespace(renew=self._renew, viewer=None)
        self._raw_info = SimpleNamespace(field_nodes=[], variable_values={})

    def _renew(self) -> None:
        self.renewals += 1


@strawberry.input
class Wanted:
    tenant_name: str = ""
    range: str = ""


async def run(error: Exception | None) -> tuple[Answer, int]:
    @mutation(Answer, called={"days": "range"})
    async def change(
        info: Any,
        row_id: Annotated[str, strawberry.argument(name="id")] = "",
        external_ids: list[str] | None = None,
        wanted: Wanted | None = None,
    ) -> Answer:
        if error is not None:
            raise error
        return Answer(changed="yes")

    info = Info()
    return await change(info=info), info.renewals


async def test_a_refusal_is_the_users_to_read() -> None:
    refused = Refused(UserErrorCode.CONFLICT, "Taken.", field="tenant_name", retry_after_s=3)
    answer, renewals = await run(refused)
    assert answer == Answer(user_errors=[UserError(UserErrorCode.CONFLICT, "Taken.", 3, ["wanted", "tenantName"])])
    assert renewals == 2


@pytest.mark.parametrize(
    ("field", "place", "path"),
    [
        ("row_id", None, ["id"]),
        ("external_ids", None, ["externalIds"]),
        ("external_ids", 2, ["externalIds", "2"]),
        ("tenant_name", None, ["wanted", "tenantName"]),
        ("days", None, ["wanted", "range"]),
        ("unheard_of", None, None),
        (None, None, None),
    ],
)
async def test_a_parameter_of_a_service_is_told_by_its_path_in_the_input(
    field: str | None, place: int | None, path: list[str] | None
) -> None:
    answer, _ = await run(Refused(UserErrorCode.INVALID, "Wrong.", field=field, place=place))
    assert answer.user_errors == [UserError(UserErrorCode.INVALID, "Wrong.", field=path)]


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
