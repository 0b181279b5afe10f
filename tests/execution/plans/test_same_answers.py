"""Plans answer what graphql-core answers: the same bytes of data, and the same errors at the same places."""

import asyncio
import json
from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

from graphql import DocumentNode, ExecutionResult, parse, validate
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from execution.completion import Completion
from execution.executor import Executor
from execution.plans.plan_set import PlanSet
from tests.execution.plans.asked import AskedDocument, cages
from tests.execution.plans.zoo import Keepers, zoo_schema

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


@settings(max_examples=80, derandomize=True, phases=[Phase.generate])
@given(random=some.randoms(use_true_random=False), number=some.sampled_from((1, 2, 20, 60)))
async def test_random_documents_over_good_rows(random: Random, number: int) -> None:
    asked = AskedDocument(random, SCHEMA)
    document = parse(asked.text)
    if not validate(SCHEMA, document):
        await same(document, cages(random, number, oddness=0), variables=asked.variables)


@settings(max_examples=80, derandomize=True, phases=[Phase.generate])
@given(random=some.randoms(use_true_random=False), number=some.sampled_from((1, 3, 20, 60)))
async def test_random_documents_over_odd_rows(random: Random, number: int) -> None:
    asked = AskedDocument(random, SCHEMA)
    document = parse(asked.text)
    if not validate(SCHEMA, document):
        rows = cages(random, number, oddness=random.choice((0.02, 0.3)))
        keepers = Keepers(broken=frozenset(random.sample(range(number), min(number, 2))))
        await same(document, rows, variables=asked.variables, keepers=keepers)
