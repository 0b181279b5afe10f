"""Completion of long lists: others run in between, and errors are those of graphql-core."""

import asyncio
from collections import Counter
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse

from execution import turns as turns_module
from execution.completion import LONG, Completion
from execution.engine import Engine

MANY = LONG * 4
BAD = MANY - 3


@strawberry.type
class Part:
    number: int

    @strawberry.field
    def odd(self) -> int | None:
        return _checked(self.number)

    @strawberry.field
    async def late(self) -> "Part | None":
        await asyncio.sleep(0)
        return Part(number=_checked(self.number))

    @strawberry.field
    def strict(self) -> int:
        return _checked(self.number)

    @strawberry.field
    async def late_strict(self) -> "Part":
        await asyncio.sleep(0)
        return Part(number=_checked(self.number))

    @strawberry.field
    async def begun(self) -> int:
        BEGUN.append(rounds[0])
        await asyncio.sleep(0)
        return self.number


# In which round of the loop resolvers have begun, and which one it is.
BEGUN: list[int] = []
rounds = [0]


def _checked(number: int) -> int:
    if number == BAD:
        raise ValueError("this one is bad")
    return number


@strawberry.type
class Query:
    @strawberry.field
    def parts(self) -> list[Part] | None:
        return [Part(number=number) for number in range(MANY)]

    @strawberry.field
    def holed(self) -> list[Part | None]:
        return [None if number % 7 else Part(number=number) for number in range(MANY)]

    @strawberry.field
    def gaps(self) -> list[Part] | None:
        return [None if number == BAD else Part(number=number) for number in range(MANY)]  # type: ignore[misc]

    @strawberry.field
    def numbers(self) -> list[int]:
        return list(range(MANY))

    @strawberry.field
    def nothing(self) -> list[int]:
        return []


ENGINE = Engine(Query)


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every item is a turn of its own, however fast the machine is."""
    monkeypatch.setattr(turns_module, "TURN_S", -1.0)


async def answered(query: str, *, as_before: bool = False) -> ExecutionResult:
    options: dict[str, Any] = {} if as_before else {"executor_class": Completion}
    result: Any = execute(ENGINE.core, parse(query), **options)
    answer: ExecutionResult = await result if asyncio.iscoroutine(result) else result
    return answer


@pytest.mark.parametrize(
    "query",
    [
        "{ numbers nothing parts { number } }",
        "{ parts { number odd } }",
        "{ parts { number strict } }",
        "{ parts { number late { number } } }",
        "{ parts { number lateStrict { number } } nothing }",
        "{ holed { number odd late { number } } }",
        "{ gaps { number late { number } } }",
        "{ a: parts { strict } b: parts { odd } }",
    ],
)
@pytest.mark.usefixtures("short_turns")
async def test_an_answer_is_that_of_graphql_core(query: str) -> None:
    assert (await answered(query)).formatted == (await answered(query, as_before=True)).formatted


@pytest.mark.parametrize("query", ["{ parts { number odd } }", "{ parts { late { number } } }"])
@pytest.mark.usefixtures("short_turns")
async def test_others_run_while_a_long_list_is_completed(query: str) -> None:
    rounds = 0

    async def other() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    await answered(query)
    running.cancel()
    assert rounds > MANY


@pytest.mark.usefixtures("short_turns")
async def test_resolvers_of_a_long_list_do_not_begin_all_at_once() -> None:
    async def count_rounds() -> None:
        while True:
            rounds[0] += 1
            await asyncio.sleep(0)

    BEGUN.clear()
    running = asyncio.create_task(count_rounds())
    await answered("{ parts { begun } }")
    running.cancel()
    assert len(BEGUN) == MANY
    assert max(Counter(BEGUN).values()) <= 2


@pytest.mark.usefixtures("short_turns")
async def test_long_lists_of_several_operations_take_turns() -> None:
    """However many there are, only one of them computes in a round of the loop."""
    rounds = 0

    async def other() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    await asyncio.gather(*(answered("{ parts { number } }") for _ in range(3)))
    running.cancel()
    assert rounds > 3 * MANY


@pytest.mark.usefixtures("short_turns")
async def test_who_has_gone_holds_nobody_up() -> None:
    gone = asyncio.create_task(answered("{ parts { number late { number } } }"))
    stays = asyncio.create_task(answered("{ parts { number } }"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).errors is None
    with pytest.raises(asyncio.CancelledError):
        await gone


def test_the_engine_completes_so() -> None:
    assert issubclass(ENGINE.execution_context_class, Completion)


async def test_a_short_answer_needs_no_turn() -> None:
    assert isinstance(execute(ENGINE.core, parse("{ nothing }"), executor_class=Completion), ExecutionResult)


def test_without_a_loop_a_long_list_is_completed_at_once() -> None:
    result = execute(ENGINE.core, parse("{ numbers }"), executor_class=Completion)
    assert isinstance(result, ExecutionResult)
    assert result.data == {"numbers": list(range(MANY))}
