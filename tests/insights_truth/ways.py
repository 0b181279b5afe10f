"""Asks random documents in three ways: as JSON that Postgres writes, by compiled plans and by graphql-core alone."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from random import Random
from typing import Any

from resolvers.context import Context
from schema import build_schema
from tests.doors.in_process import ORIGIN, SESSIONS_PER_OPERATION, Door, whole
from tests.insights_truth.asked import question_of
from tests.insights_truth.listed import SelectedList
from tests.insights_truth.selected import SelectedRows
from tests.insights_truth.world import World
from tests.resolvers.ads.test_list_texts import written as lists_written
from tests.worlds.row_texts import by_graphql_core, by_objects, written

_PAGES = 2


@dataclass(frozen=True, slots=True)
class Told:
    """What a client sees; `names` has the names of all objects of the data in their order, `cost` the points."""

    data: Any
    names: Any
    errors: frozenset[tuple[str, str, str]]
    cost: int


async def told(door: Door, text: str, variables: Mapping[str, Any], way: AbstractContextManager[Any]) -> Told:
    context = Context(door.viewer, door.tools, door.tools.db.bounded(SESSIONS_PER_OPERATION), ORIGIN)
    with way:
        result = await build_schema().execute(text, variable_values=variables, context_value=context)
    errors = ((str((each.extensions or {})["code"]), str(each.path), each.message) for each in result.errors or ())
    data = whole(result.data)
    return Told(data, _names(data), frozenset(errors), (result.extensions or {})["cost"]["actual"])


def _names(data: Any) -> Any:
    match data:
        case dict():
            return [(name, _names(value)) for name, value in data.items()]
        case list():
            return [_names(each) for each in data]
    return None


async def check_rows(seed: int, doors: Mapping[int, Door], worlds: tuple[World, ...]) -> Counter[str]:
    """Asserts that a random document about rows is answered alike in all ways; counts how its pages were answered."""
    random, asked = Random(seed), question_of(seed, worlds)
    document, door = SelectedRows(random, asked, resolved=random.choice((0, 0, 0.05))), doors[asked.world.seed]
    counted: Counter[str] = Counter()
    variables = document.variables
    for _ in range(_PAGES):
        with written() as noted:
            found = await check_alike(door, document.text, variables)
        counted["refused" if found.errors else "written" if noted == [True] else "read"] += 1
        after = _end(found.data)
        if after is None:
            break
        variables = {**variables, "after": after}
    return counted


async def check_list(seed: int, doors: Mapping[int, Door]) -> Counter[str]:
    """The same of a document that lists entities."""
    random = Random(seed)
    document, door = SelectedList(random, resolved=random.choice((0, 0, 0.05))), doors[random.choice(sorted(doors))]
    with lists_written() as noted:
        found = await check_alike(door, document.text, document.variables)
    return Counter(["refused" if found.errors else "written" if any(noted) else "read"])


async def check_alike(door: Door, text: str, variables: Mapping[str, Any]) -> Told:
    """Asserts that all ways answer alike; answers what they do."""
    found = await told(door, text, variables, nullcontext())
    # The second time by a plan.
    for way in (by_objects(), by_objects(), by_graphql_core()):
        assert await told(door, text, variables, way) == found, (text, variables)
    return found


def _end(data: Any) -> str | None:
    """The cursor at the end of the page, where it was selected."""
    rows = ((data or {}).get("insights") or {}).get("rows") or {}
    end: str | None = rows.get("pageInfo", {}).get("endCursor")
    return end
