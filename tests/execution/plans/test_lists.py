"""What plans do besides answering the same: how often they ask, what they give back, what they keep."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import DocumentNode, parse
from prometheus_client import REGISTRY

from execution.executor import Executor
from execution.plans.plan_set import MOST_COMBINATIONS, MOST_FALLBACKS, REST, Planned, PlanSet
from tests.execution.plans.test_same_answers import SCHEMA, answered, same, told
from tests.execution.plans.zoo import Cage, Cat, Dog, Foreign, Keeper, Keepers, Late, Size

pytestmark = [
    pytest.mark.usefixtures("dropped_resolvers"),
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]

ODD: list[Any] = [
    None, ValueError("a value"), "text", 2**60, float("inf"), float("nan"), True, b"x", [], [None], {}, {"name": "n"},
    Foreign(), object, lambda: 1, Late("later"), Late(ValueError("later")), Cat(), Cage(), [Cat(lives=None)], iter(()),
]  # fmt: skip
EVERYTHING = """{
  maybeCages {
    number name label weight price openedOn isOpen mood extra words maybeWords size { width height } grid double
    echo(text: "x") first { ... on Dog { barks } ... on Cat { name } } keeper { name }
    animals { __typename name keeper { id } }
  }
}"""


async def test_what_rows_lead_to_is_asked_once_for_the_whole_list() -> None:
    keepers = Keepers()
    document = parse("{ cages { keeper { name } } links { node { keeper { id } } } }")
    rows = [Cage(number=number) for number in range(30)]
    await answered(document, rows, plans=PlanSet(document), keepers=keepers)
    assert keepers.asked == [list(range(30))] * 2


async def test_a_list_with_a_failed_look_up_is_asked_again_row_by_row() -> None:
    document = parse("{ cages { number keeper { name } } }")
    rows = [Cage(number=number) for number in range(20)]
    found = await answered(document, rows, plans=PlanSet(document), keepers=Keepers(broken=frozenset({3})))
    assert found.data is not None
    assert found.errors is not None
    assert [row["keeper"] is None for row in found.data["cages"]] == [number == 3 for number in range(20)]
    assert [error.path for error in found.errors] == [["cages", 3, "keeper"]]


@pytest.mark.parametrize("name", ["number", "name", "mood", "words", "size", "first", "animals", "price", "extra"])
async def test_one_odd_value_in_a_row_costs_the_others_nothing(name: str) -> None:
    for value in ODD:
        rows = [Cage(number=number, size=Size(), first=Dog(), animals=[Cat(), Dog()]) for number in range(17)]
        setattr(rows[8], name, value)
        await same(parse(EVERYTHING), rows)


async def test_an_odd_value_in_place_of_a_row_costs_the_others_nothing() -> None:
    for value in ODD:
        rows: list[Any] = [Cage(number=number) for number in range(17)]
        rows[8] = value
        await same(parse(EVERYTHING), rows)


async def test_an_odd_answer_of_a_look_up_costs_the_others_nothing() -> None:
    document = parse("{ maybeCages { keeper { id name } keeperForSure { name } } links { node { keeper { id } } } }")
    for value in ODD:
        keepers = Keepers(answers=partial(_or_at_five, value))
        await same(document, [Cage(number=number) for number in range(17)], keepers=keepers)


def _or_at_five(value: Any, number: int) -> Any:
    return value if number == 5 else Keeper(number, "k")


async def test_a_value_that_a_plan_does_not_know_is_counted() -> None:
    document = parse("{ cages { name } }")
    before = _fallbacks()
    await answered(document, [Cage(name=b"bytes")] * 20, plans=PlanSet(document))
    assert _fallbacks() > before


def test_a_plan_that_falls_back_again_and_again_rests_for_a_while() -> None:
    planned = Planned(item=lambda value, _run: value)
    for _ in range(MOST_FALLBACKS):
        assert planned.may_be_tried()
        planned.note_fallback()
    for _ in range(2):
        assert [planned.may_be_tried() for _ in range(REST + 1)] == [False] * REST + [True]
        planned.note_fallback()


def _fallbacks() -> float:
    """Of lists that the root fields answer."""
    return REGISTRY.get_sample_value("adgraph_plan_fallbacks_total", {"type": "Query"}) or 0


async def test_a_thousand_aliases_and_names_of_python_are_answered() -> None:
    names = ["__proto__", "class", "None", "lambda", "row", "run", "value", "item", "PLAIN", "make_1", "__class__"]
    names += [f"a{number}" for number in range(1_000)]
    fields = " ".join(f"{name}: {'mood' if len(name) % 2 else 'label'}" for name in names)
    document = parse(f"{{ cages {{ {fields} }} }}")
    await same(document, [Cage(number=number) for number in range(3)])


async def test_selections_that_depend_on_too_many_variables_run_without_plans() -> None:
    names = [f"v{number}" for number in range(6)]
    fields = " ".join(f"f{name}: number @include(if: ${name})" for name in names)
    document = parse(f"query({' '.join(f'${name}: Boolean!' for name in names)}) {{ cages {{ name {fields} }} }}")
    plans, rows = PlanSet(document), [Cage(number=number) for number in range(20)]
    for number in range(2 ** len(names)):
        variables = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        alone = await answered(document, rows, plans=None, variables=variables)
        assert told(await answered(document, rows, plans=plans, variables=variables)) == told(alone)
    assert plans.combinations == MOST_COMBINATIONS


async def test_null_in_place_of_a_decision_is_refused_with_plans_too() -> None:
    document = parse(
        "query($x: Boolean = false) { maybeCages { number name @skip(if: $x) } cage { name @skip(if: $x) } }"
    )
    plans, rows = PlanSet(document), [Cage(number=number) for number in range(20)]
    for _ in range(3):
        await answered(document, rows, plans=plans, variables={"x": False})
    alone = told(await answered(document, rows, plans=None, variables={"x": None}))
    assert told(await answered(document, rows, plans=plans, variables={"x": None})) == alone
    assert alone[1]


async def test_plans_of_a_document_have_no_more_fields_than_there_is_room_for() -> None:
    document = parse("{ cages { number } links { cursor node { number name } } maybeCages { name } }")
    plans = PlanSet(document, room=2)
    for _ in range(3):
        await same_as_alone(document, plans)
    assert plans.made == 1


async def same_as_alone(document: DocumentNode, plans: PlanSet) -> None:
    rows = [Cage(number=number) for number in range(20)]
    alone = told(await answered(document, rows, plans=None))
    assert told(await answered(document, rows, plans=plans)) == alone


async def test_a_request_that_is_cancelled_in_the_middle_of_a_look_up_leaves_nothing() -> None:
    asked = asyncio.Event()

    class Never(Keepers):
        async def many(self, _numbers: Any) -> list[Any]:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    document = parse("{ cages { keeper { name } late } }")
    context = SimpleNamespace(cages=[Cage(number=number) for number in range(60)], keepers=Never(), shows_schema=True)
    executor: Any = Executor.build(SCHEMA, document, None, context, {}, None)
    executor.plans = PlanSet(document)
    before = asyncio.all_tasks()
    task = asyncio.ensure_future(executor.execute_operation())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
