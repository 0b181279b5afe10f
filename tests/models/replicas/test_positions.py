"""A question that many share: nobody gets an answer that is older than their asking."""

import asyncio

import pytest

from embedded.postgres import DatabaseUrls
from models.replicas.positions import Primary, Shared


class Asked:
    """Counts the questions, and answers the present one when told to."""

    def __init__(self) -> None:
        self.count = 0
        self._answers: list[asyncio.Future[int]] = []

    async def __call__(self) -> int:
        self.count += 1
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        return await answer

    def answer(self, value: int) -> None:
        self._answers[-1].set_result(value)

    def fail(self, error: Exception) -> None:
        self._answers[-1].set_exception(error)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_asks_while_a_question_is_under_way_shares_the_next_one() -> None:
    asked = Asked()
    shared = Shared(asked)
    early = [asyncio.create_task(shared()) for _ in range(2)]
    await settle()
    late = [asyncio.create_task(shared()) for _ in range(3)]
    await settle()
    assert asked.count == 1
    asked.answer(1)
    await settle()
    assert asked.count == 2
    asked.answer(2)
    assert (await asyncio.gather(*early), await asyncio.gather(*late)) == ([1, 1], [2, 2, 2])


async def test_a_question_that_fails_is_asked_again_for_the_next() -> None:
    asked = Asked()
    shared = Shared(asked)
    first = asyncio.create_task(shared())
    await settle()
    second = asyncio.create_task(shared())
    await settle()
    asked.fail(OSError("away"))
    with pytest.raises(OSError, match="away"):
        await first
    await settle()
    asked.answer(2)
    assert await second == 2


async def test_a_caller_that_leaves_takes_no_answer_from_the_others() -> None:
    asked = Asked()
    shared = Shared(asked)
    leaving, staying = asyncio.create_task(shared()), asyncio.create_task(shared())
    await settle()
    leaving.cancel()
    await settle()
    asked.answer(1)
    assert await staying == 1
    assert leaving.cancelled()


async def test_a_question_that_is_under_way_at_the_end_leaves_no_connection(postgres: DatabaseUrls) -> None:
    primary = Primary(postgres.runtime)
    asking = asyncio.ensure_future(primary.point())
    await asyncio.sleep(0)  # it has begun to connect; after more rounds of a busy loop it may be answered
    primary.close()
    with pytest.raises(ConnectionAbortedError):
        await asking
    assert primary._probe._connection is None
