"""A field that is named as the reason of a refusal is left out of the question, and no question is endless."""

from dataclasses import dataclass, field

import pytest

from integrations.errors import Rejected, VendorError
from services.ingestion.field_memory import LeftOut


@dataclass
class Question:
    """It is refused while it asks for one of the fields in `refused`."""

    refused: tuple[str, ...]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def fetch(self, names: tuple[str, ...]) -> tuple[str, ...]:
        self.asked.append(names)
        if reasons := tuple(name for name in names if name in self.refused):
            raise Rejected("Refused.", said=VendorError(400, named_fields=reasons[:1]))
        return names


async def test_each_field_that_is_named_is_left_out() -> None:
    left_out, question = LeftOut(), Question(refused=("clicks", "reach"))
    assert await left_out.fetch_rest(("clicks", "spend", "reach"), question.fetch) == ("spend",)
    assert (left_out.names, left_out.is_changed, len(question.asked)) == ({"clicks", "reach"}, True, 3)


async def test_the_last_field_is_not_left_out() -> None:
    left_out, question = LeftOut(), Question(refused=("clicks", "reach"))
    with pytest.raises(Rejected):
        await left_out.fetch_rest(("clicks", "reach"), question.fetch)
    assert (left_out.names, question.asked) == ({"clicks"}, [("clicks", "reach"), ("reach",)])


async def test_a_question_of_which_every_field_is_left_out_is_asked_once() -> None:
    left_out, question = LeftOut({"clicks", "reach"}), Question(refused=("clicks", "reach"))
    with pytest.raises(Rejected):
        await left_out.fetch_rest(("clicks", "reach"), question.fetch)
    assert question.asked == [("clicks", "reach")]
