"""Nothing of one tenant reaches another: every field, id, node, mutation and subscription, asked for by a stranger.

Attacks 1 and 14. The walk is made from the built schema. Each step has its control: asked by the tenant itself, it
answers with data.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_required_argument,
)
from sqlalchemy import ARRAY, Column, String
from sqlalchemy.dialects.postgresql import JSONB

from models.columns import TextEnum
from models.tables import metadata
from models.tenants.membership import Role
from schema.node import ENTITIES
from services.toolbox import Toolbox
from tests.isolation.canaries import FIXED, stored
from tests.isolation.operations import Place, places
from tests.isolation.worlds import SCHEMA, Worlds, id_of_nothing, worlds_of

NODE = SCHEMA.type_map["Node"]
assert isinstance(NODE, GraphQLInterfaceType)
NODE_TYPES = sorted(each.name for each in SCHEMA.get_possible_types(NODE))
PLACES = places(SCHEMA)
READS = [place for place in PLACES if place.owner == "Query" or place.owner in NODE_TYPES]
# What only staff of the installation may do and see, whatever the tenant.
OF_STAFF = [place for place in PLACES if place.owner == "Admin" or place.field.startswith("admin")]
WRITES = [place for place in PLACES if place.owner == "Mutation" and place not in OF_STAFF]
WATCHES = [place for place in PLACES if place.owner == "Subscription"]

# The same for everybody, so there is no canary in it.
THE_SAME_FOR_ALL = {"admin", "metricDefinitions", "plans", "rateLimit"}
# Mutations about oneself or about nobody in particular: every role may call them.
FOR_EVERY_ROLE = {
    "register",
    "login",
    "refreshSession",
    "logout",
    "beginSignIn",
    "completeOAuth",
    "unlinkIdentity",
    "switchTenant",
    "revokeSession",
}


def fields_of(kind: GraphQLNamedType | None) -> dict[str, GraphQLField]:
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def without_ids(root: str, fields: dict[str, GraphQLField]) -> list[str]:
    """Those that can be asked for without writing an id; the others are walked by their ids."""
    needed = {place.field for place in PLACES if place.owner == root and len(place.path) == 1}
    required = {name for name, field in fields.items() if any(map(is_required_argument, field.args.values()))}
    return sorted(set(fields) - (needed & required))


QUERIES = without_ids("Query", fields_of(SCHEMA.query_type))
MUTATIONS = sorted(set(fields_of(SCHEMA.mutation_type)) - {place.field for place in [*WRITES, *OF_STAFF]})
SUBSCRIPTIONS = sorted(set(fields_of(SCHEMA.subscription_type)) - {place.field for place in WATCHES})
LISTS = [
    name
    for name in QUERIES
    if "after" in fields_of(SCHEMA.query_type)[name].args
    and "pageInfo" in fields_of(get_named_type(fields_of(SCHEMA.query_type)[name].type))
]


@pytest.fixture
async def worlds(tools: Toolbox) -> AsyncIterator[Worlds]:
    """Afterwards the foreign tenant has exactly the rows it had."""
    made = await worlds_of(tools)
    before = await stored(tools.db, made.foreign)
    yield made
    assert await stored(tools.db, made.foreign) == before


@pytest.fixture
async def control(tools: Toolbox) -> Worlds:
    """A tenant that asks about itself, and may change."""
    return (await worlds_of(tools)).mirrored


def holds_text(column: Column[Any]) -> bool:
    is_text = isinstance(column.type, String | ARRAY | JSONB) or isinstance(getattr(column.type, "impl", None), String)
    return is_text and not isinstance(column.type, TextEnum) and column.name not in FIXED


def test_the_walk_covers_the_schema() -> None:
    assert len(QUERIES) >= 10
    by_id = {place.field for place in [*WRITES, *OF_STAFF] if place.owner == "Mutation"}
    assert len(MUTATIONS) + len(by_id) == len(fields_of(SCHEMA.mutation_type)) >= 13
    assert len(SUBSCRIPTIONS) + len({place.field for place in WATCHES}) == len(fields_of(SCHEMA.subscription_type)) >= 2
    assert len(NODE_TYPES) == len(ENTITIES) >= 12
    assert (len(READS), len(WRITES), len(WATCHES)) >= (30, 7, 1)
    assert len(READS) + len(WRITES) + len(WATCHES) + len(OF_STAFF) == len(PLACES), (
        "an id is written where the walk does not go"
    )
    assert len(LISTS) >= 7


async def test_every_text_column_holds_the_canary(worlds: Worlds) -> None:
    columns = [column for table in metadata.sorted_tables for column in table.columns if column.computed is None]
    texts = [column for column in columns if holds_text(column)]
    assert len(texts) >= 60
    hidden = {("access_grant", "token_enc"), ("user_password", "hash"), ("oauth_identity", "provider")}
    for column in texts:
        if (column.table.name, column.name) not in hidden:
            assert worlds.foreign.mark in str(worlds.foreign.rows[column.table.name][column.name]), str(column)


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_shows_the_own_tenant_alone(worlds: Worlds, control: Worlds, name: str) -> None:
    await worlds.ask(worlds.everything("Query", name))
    answer = await control.ask(control.everything("Query", name))
    assert json.loads(answer)["errors"] == []
    assert (control.own.mark in answer) is (name not in THE_SAME_FOR_ALL)


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_of_another_tenant_leads_nowhere(worlds: Worlds, name: str) -> None:
    page = f"query {{ {name} {{ pageInfo {{ endCursor }} }} }}"
    cursor = json.loads(await worlds.mirrored.ask(page))["data"][name]["pageInfo"]["endCursor"]
    selection = worlds.writer().selection(fields_of(SCHEMA.query_type)[name].type)
    await worlds.ask(f"query {{ {name}(after: {json.dumps(cursor)}, first: 2) {selection} }}")


@pytest.mark.parametrize("role", [Role.OWNER, Role.VIEWER])
@pytest.mark.parametrize("place", READS, ids=str)
async def test_a_foreign_id_reads_like_an_id_of_nothing(worlds: Worlds, place: Place, role: Role) -> None:
    for kind in NODE_TYPES:
        foreign = await worlds.ask_at(place, worlds.foreign.ids[kind], role)
        assert foreign == await worlds.ask_at(place, id_of_nothing(kind), role)


@pytest.mark.parametrize("place", READS, ids=str)
async def test_an_own_id_is_read(control: Worlds, place: Place) -> None:
    answered = []
    for kind in NODE_TYPES:
        answer = await control.ask_at(place, control.own.ids[kind])
        nothing = await control.ask_at(place, id_of_nothing(kind))
        answered.append(answer != nothing and json.loads(answer)["errors"] == [])
    assert any(answered)


@pytest.mark.parametrize("type_name", NODE_TYPES)
async def test_a_node_is_seen_by_its_tenant_alone(worlds: Worlds, control: Worlds, type_name: str) -> None:
    writer = worlds.writer()
    everything = writer.operation("Query", writer.node(type_name))
    foreign = await worlds.ask(everything, node=worlds.foreign.ids[type_name])
    assert foreign == await worlds.ask(everything, node=id_of_nothing(type_name))
    assert json.loads(foreign) == {"data": {"node": None}, "errors": []}
    own = await control.ask(everything, node=control.own.ids[type_name])
    assert json.loads(own)["errors"] == []
    assert control.own.mark in own


@pytest.mark.parametrize("place", WRITES, ids=str)
async def test_a_foreign_id_is_written_like_an_id_of_nothing(worlds: Worlds, control: Worlds, place: Place) -> None:
    answered = []
    for kind in NODE_TYPES:
        foreign = await worlds.ask_at(place, worlds.foreign.ids[kind])
        assert foreign == await worlds.ask_at(place, id_of_nothing(kind))
        own = await control.ask_at(place, control.own.ids[kind])
        answered.append(own != await control.ask_at(place, id_of_nothing(kind)))
    assert any(answered)


@pytest.mark.parametrize("place", [place for place in WRITES if place.field not in FOR_EVERY_ROLE], ids=str)
async def test_a_viewer_changes_nothing(worlds: Worlds, place: Place) -> None:
    for kind in NODE_TYPES:
        foreign = await worlds.ask_at(place, worlds.foreign.ids[kind], Role.VIEWER)
        assert foreign == await worlds.ask_at(place, worlds.own.ids[kind], Role.VIEWER)
        assert [error["extensions"]["code"] for error in json.loads(foreign)["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("place", [place for place in OF_STAFF if place.owner == "Mutation"], ids=str)
async def test_an_owner_is_no_staff(worlds: Worlds, place: Place) -> None:
    for ids in (worlds.foreign.ids, worlds.own.ids):
        answer = await worlds.ask_at(place, ids["User"])
        assert [error["extensions"]["code"] for error in json.loads(answer)["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_answers_with_nothing_foreign(worlds: Worlds, name: str) -> None:
    answer = json.loads(await worlds.ask(worlds.everything("Mutation", name)))
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {"UNAUTHENTICATED"}


@pytest.mark.parametrize("place", WATCHES, ids=str)
async def test_a_foreign_id_is_watched_like_an_id_of_nothing(worlds: Worlds, place: Place) -> None:
    question, seen = worlds.question(place), []
    for kind in NODE_TYPES:
        foreign = await anext(worlds.events(question, id=worlds.foreign.ids[kind]))
        assert foreign == await anext(worlds.events(question, id=id_of_nothing(kind)))
        own = await anext(worlds.mirrored.events(question, id=worlds.foreign.ids[kind]))
        seen.append(worlds.foreign.mark in own)
    assert any(seen)


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_a_subscription_tells_of_the_own_tenant_alone(tools: Toolbox, name: str) -> None:
    """Both tenants change; the stranger hears of the own change, although the foreign one came first."""
    worlds = await worlds_of(tools)
    operation = worlds.everything("Subscription", name)
    async with asyncio.timeout(20), aclosing(worlds.events(operation)) as events:
        assert worlds.own.mark in await anext(events)
        await worlds.change_job(worlds.foreign)
        await worlds.change_job(worlds.own)
        assert worlds.own.mark in await anext(events)
        assert worlds.foreign.mark in await anext(worlds.mirrored.events(operation))
