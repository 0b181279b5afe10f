"""Plans answer what graphql-core answers: the same bytes of data, and the same errors at the same places."""

import asyncio
import json
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import DocumentNode, ExecutionResult, parse, validate

from execution.completion import Completion
from execution.executor import Executor
from execution.plans.plan_set import PlanSet
from tests.execution.plans.asked import AskedDocument, cages
from tests.execution.plans.zoo import Keepers, zoo_schema

pytestmark = [
    pytest.mark.usefixtures("dropped_resolvers"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]

SCHEMA = zoo_schema()._schema


async def answered(
    document: DocumentNode,
    rows: Sequence[Any],
    *,
    plans: PlanSet | None,
    keepers: Keepers | None = None,
    variables: dict[str, Any] | None = None,
) -> ExecutionResult:
    """The answer of the executor with these plans; of graphql-core alone without any."""
    context = SimpleNamespace(cages=rows, keepers=keepers or Keepers(), shows_schema=True)
    kind: Any = Executor if plans is not None else Completion
    executor = kind.build(SCHEMA, document, None, context, variables or {}, None)
    executor.plans = plans
    result: Any = executor.execute_operation()
    return await result if asyncio.iscoroutine(result) else result  # type: ignore[no-any-return]


def told(result: ExecutionResult) -> tuple[str, set[Any], list[str]]:
    """The bytes of the data, the places that errors have made null, and the errors at these places themselves.

    Where a value that may not be null fails, what holds it is null. How many of the values below it are told of then,
    and which, depends on what ends first.
    """
    nulls = {_null_place(result.data, error.path or []) for error in result.errors or ()}
    errors = (error for error in result.errors or () if tuple(error.path or ()) in nulls)
    return json.dumps(result.data, default=repr), nulls, sorted(repr((each.path, each.message)) for each in errors)


def _null_place(data: Any, path: Sequence[Any]) -> tuple[Any, ...]:
    """The place on the path where the data are null."""
    for depth, key in enumerate(path):
        if data is None:
            return tuple(path[:depth])
        data = data[key]
    assert data is None
    return tuple(path)


async def same(document: DocumentNode, rows: Sequence[Any], **given_: Any) -> PlanSet:
    """Asserts that three runs with plans, which are made on the way, answer what a run without any does."""
    alone = told(await answered(document, rows, plans=None, **given_))
    plans = PlanSet(document)
    for _ in range(3):
        assert told(await answered(document, rows, plans=plans, **given_)) == alone
    return plans


async def check_document(random: Random, number: int, *, oddness: float) -> None:
    """Asserts that a random document is answered alike over so many random rows."""
    asked = AskedDocument(random, SCHEMA)
    document = parse(asked.text)
    if validate(SCHEMA, document):  # such as two fields of one name that differ
        return
    broken = random.sample(range(number), min(number, 2)) if oddness else ()
    rows, keepers = cages(random, number, oddness=oddness), Keepers(broken=frozenset(broken))
    await same(document, rows, variables=asked.variables, keepers=keepers)


@pytest.mark.parametrize("oddness", [0, 0.02, 0.3])
async def test_random_documents_are_answered_alike(oddness: float) -> None:
    """The same ones in each run; tests/drills/test_fuzzed_plans.py has others each time."""
    for seed in range(40):
        await check_document(Random(seed), (1, 3, 20, 60)[seed % 4], oddness=oddness)
