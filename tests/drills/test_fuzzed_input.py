"""No input answers INTERNAL: every argument of every field with values from the ends of their range, signed in and not.

The operations are made from the built schema, so a new field or argument is fuzzed without a change here.
"""

from collections import deque

import pytest
from graphql import GraphQLObjectType, get_named_type

from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.drills.fuzzing import ENDINGS, Fuzzer, Spot, arguments_of, check, drawn, field_of
from tests.isolation.worlds import PASSWORD, SCHEMA, worlds_of

pytestmark = pytest.mark.drill

EXAMPLES = 8


def spots() -> list[Spot]:
    """Each type's fields on the shortest way to the type."""
    assert SCHEMA.query_type is not None
    waiting: deque[tuple[GraphQLObjectType, tuple[str, ...]]] = deque([(SCHEMA.query_type, ())])
    seen, found = {"Query", "Subscription"}, []
    while waiting:
        kind, way = waiting.popleft()
        found += [Spot("Query", way, kind.name, name) for name, field in kind.fields.items() if field.args]
        for name, field in kind.fields.items():
            below = get_named_type(field.type)
            if isinstance(below, GraphQLObjectType) and below.name not in seen:
                seen.add(below.name)
                waiting.append((below, (*way, name)))
    assert SCHEMA.mutation_type is not None
    mutations = {name: field for name, field in SCHEMA.mutation_type.fields.items() if field.args}
    return found + [Spot("Mutation", (), "Mutation", name) for name in sorted(set(mutations) - ENDINGS)]


SPOTS = spots()


@pytest.fixture(scope="module")
async def fuzzer(tools: Toolbox, server: GraphQLClient) -> Fuzzer:
    worlds = await worlds_of(tools)
    return Fuzzer(worlds, server, await server.login(worlds.own.rows["user_account"]["email"], PASSWORD))


@pytest.mark.parametrize("spot", SPOTS, ids=str)
async def test_no_argument_is_a_fault_of_ours(fuzzer: Fuzzer, spot: Spot) -> None:
    ids = [each for kind, each in fuzzer.worlds.own.ids.items() if kind not in ("Session", "Tenant", "User")]
    cursors = await fuzzer.cursors(spot) if "after" in field_of(spot.owner, spot.name).args else []
    for arguments in dict.fromkeys(drawn(arguments_of(spot, ids, cursors), EXAMPLES)):
        text = fuzzer.operation(spot, arguments or None)
        for client in (fuzzer.owner, fuzzer.nobody):
            check(await client.ask(text), text)


def test_every_field_with_arguments_is_fuzzed_here_or_in_a_session_of_its_own() -> None:
    with_arguments = {
        (name, field_name)
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and name != "Subscription"
        for field_name, field in kind.fields.items()
        if field.args
    }
    fuzzed = {(spot.owner, spot.name) for spot in SPOTS}
    elsewhere = {("Mutation", name) for name in ENDINGS}
    assert with_arguments - fuzzed - elsewhere == set()
