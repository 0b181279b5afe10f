"""Nothing of one tenant reaches another: every field, id, node, mutation and subscription, asked for by a stranger.

Attacks 1 and 14. The walk is made from the built schema. Each step has its control: asked by the tenant itself, it
answers with data.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_required_argument,
    parse,
)
from sqlalchemy import ARRAY, Column, String
from sqlalchemy.dialects.postgresql import JSONB

from execution.documents import LONGEST_KEPT_TEXT
from models.columns import TextEnum
from models.tables import metadata
from models.tenants.membership import Role
from schema.node import ENTITIES
from services.toolbox import Toolbox
from tests.insights_truth.compared import TYPES as LEVELS
from tests.isolation.canaries import FIXED, OF_EVERYBODY, OF_SYSTEM, stored
from tests.isolation.operations import DAY, Place, Writer, places
from tests.isolation.worlds import LONGEST, SCHEMA, Worlds, id_of_nothing, tenant_of_canaries, worlds_of
from tests.resolvers.ads.test_list_texts import written as lists_written
from tests.worlds.row_texts import written

NODE = SCHEMA.type_map["Node"]
assert isinstance(NODE, GraphQLInterfaceType)
NODE_TYPES = sorted(each.name for each in SCHEMA.get_possible_types(NODE))
PLACES = places(SCHEMA)
READS = [place for place in PLACES if place.owner == "Query" or place.owner in NODE_TYPES]
# What only staff of the installation may do and see, whatever the tenant.
OF_STAFF = [place for place in PLACES if place.owner == "Admin" or place.field.startswith("admin")]
WRITES = [place for place in PLACES if place.owner == "Mutation" and place not in OF_STAFF]
# Ids that choose rows of a file, of which the answer tells nothing yet: of nothing too, the file is made.
OF_FILES = [place for place in WRITES if place.field == "exportInsights" and "filter" in place.path]
# Ids of lines and leases, which are no nodes: tests/services/orders/acting/test_asking.py and
# tests/resolvers/relay/test_working.py ask with another order's and channel's.
OF_LINES = [place for place in WRITES if place.path[-1:] in {("lineIds",), ("leaseId",)}]
WATCHES = [place for place in PLACES if place.owner == "Subscription"]
REFUSED = {"claimRelayWork": "FORBIDDEN"}  # it is for browser extensions alone
# The same for everybody, so there is no canary in it.
THE_SAME_FOR_ALL = {"admin", "metricDefinitions", "plans", "previewNaming", "rateLimit"}
# What is tried is looked up nowhere; terms are those of a marketplace, at which the canaries' shop is not.
NOT_READ = {"previewNaming", "channelTerms"}
# Mutations about oneself or about nobody in particular: every role may call them.
FOR_EVERY_ROLE = {
    "register", "login", "refreshSession", "logout", "beginSignIn", "completeOAuth", "unlinkIdentity",
    "switchTenant", "revokeSession",
}  # fmt: skip


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


@pytest.fixture(scope="module")
async def both(tools: Toolbox) -> AsyncIterator[Worlds]:
    """The tenant whose rows nobody may reach, and one that only reads."""
    # A few questions are a little longer than what is kept, and would be parsed anew for each of all the ids.
    with patch("execution.documents.LONGEST_KEPT_TEXT", 2 * LONGEST_KEPT_TEXT):
        yield await worlds_of(tools)


@pytest.fixture(scope="module")
async def first_rows(both: Worlds) -> dict[str, list[str]]:
    """What the foreign tenant has before the first test, and after each."""
    return await stored(both.tools.db, both.foreign)


@pytest.fixture
async def readers(both: Worlds, first_rows: dict[str, list[str]]) -> AsyncIterator[Worlds]:
    """For questions that change nothing; afterwards the foreign tenant has exactly the rows it had."""
    yield both
    assert await stored(both.tools.db, both.foreign) == first_rows


@pytest.fixture
async def writers(readers: Worlds) -> Worlds:
    """For mutations: whoever asks is a tenant of its own, since it may change what it has."""
    return replace(readers, own=await tenant_of_canaries(readers.tools))


@pytest.fixture
async def control(tools: Toolbox) -> Worlds:
    """A tenant that asks about itself, and may change."""
    tenant = await tenant_of_canaries(tools)
    return Worlds(tools, tenant, tenant)


def holds_text(column: Column[Any]) -> bool:
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    is_text = isinstance(kind, String | JSONB) or isinstance(getattr(kind, "impl", None), String)
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


def leaves(text: str) -> set[tuple[str, ...]]:
    """The way from the root to each leaf of an operation, with the types that fragments name."""
    found: set[tuple[str, ...]] = set()

    def walk(selections: SelectionSetNode, above: tuple[str, ...]) -> None:
        for each in selections.selections:
            assert isinstance(each, FieldNode | InlineFragmentNode)
            named = each.type_condition if isinstance(each, InlineFragmentNode) else each
            assert named is not None
            way = (*above, named.name.value)
            if each.selection_set:
                walk(each.selection_set, way)
            else:
                found.add(way)

    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    walk(operation.selection_set, ())
    return found


@pytest.mark.parametrize("type_name", ["Ad", "RefreshJob"])
def test_the_pieces_of_a_long_question_ask_for_every_leaf(type_name: str) -> None:
    writer = Writer(SCHEMA, {}, deepest=5)
    whole = writer.operation("Query", writer.node(type_name))
    pieces = [writer.operation("Query", node) for node in writer.nodes(type_name, LONGEST)]
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= LONGEST_KEPT_TEXT < len(whole)
    assert set().union(*map(leaves, pieces)) == leaves(whole)


async def test_every_text_column_holds_the_canary(readers: Worlds) -> None:
    tables = [table for table in metadata.sorted_tables if table.name not in OF_EVERYBODY | OF_SYSTEM]
    columns = [column for table in tables for column in table.columns if column.computed is None]
    texts = [column for column in columns if holds_text(column)]
    assert len(texts) >= 60
    hidden = {("access_grant", "token_enc"), ("user_password", "hash"), ("oauth_identity", "provider")}
    for column in texts:
        if (column.table.name, column.name) not in hidden:
            assert readers.foreign.mark in str(readers.foreign.rows[column.table.name][column.name]), str(column)


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_shows_the_own_tenant_alone(readers: Worlds, name: str) -> None:
    for piece in readers.pieces(name):
        await readers.ask(piece)
    answers = [await readers.mirrored.ask(piece) for piece in readers.mirrored.pieces(name)]
    assert [error for answer in answers for error in json.loads(answer)["errors"]] == []
    assert any(readers.foreign.mark in answer for answer in answers) is (name not in THE_SAME_FOR_ALL)


async def test_sums_of_sales_and_spend_are_of_the_own_tenant_alone(readers: Worlds) -> None:
    """Each tenant has one order, and one row of ones: the numbers of both would be two."""
    for day, shown in (("THIS_YEAR", "orders"), (None, "spend")):
        days = f"preset: {day}" if day else f'between: {{ from: "{DAY}", to: "{DAY}" }}'
        asked = f"query {{ blended(input: {{ range: {{ {days} }} }}) {{ totals {{ {shown} }} }} }}"
        assert json.loads(await readers.ask(asked))["data"]["blended"]["totals"] == [{shown: 1}]


@pytest.mark.parametrize("level", ["TENANT", *LEVELS])
async def test_rows_that_postgres_writes_are_of_the_own_tenant_alone(readers: Worlds, level: str) -> None:
    """What selects everything, as above, has to be resolved; here Postgres makes the JSON."""
    asked = f'{{ range: {{ between: {{ from: "{DAY}", to: "{DAY}" }} }}, groupBy: {{ level: {level} }}, %s }}'
    entity = "" if level == "TENANT" else f"entity {{ id name externalId ... on {LEVELS[level]} {{ platform }} }}"
    rows = f"rows {{ nodes {{ key period {{ start }} {entity} metrics {{ spend impressions }} }} }}"
    query = f"query {{ insights(input: {asked % ''}) {{ {rows} }} }}"
    with written() as noted:
        answer, control = json.loads(await readers.ask(query)), await readers.mirrored.ask(query)
        theirs = f'filter: {{ adIds: ["{readers.foreign.ids["Ad"]}"] }}'
        none = json.loads(await readers.ask(f"query {{ insights(input: {asked % theirs}) {{ {rows} }} }}"))
    assert noted == [True, True, True]
    # Each tenant has one row of ones: the numbers of both would be two.
    [row] = answer["data"]["insights"]["rows"]["nodes"]
    assert row["metrics"] == {"spend": 1, "impressions": 1}
    assert (readers.foreign.mark in control) is (level != "TENANT")
    assert none["data"]["insights"]["rows"]["nodes"] == []


@pytest.mark.parametrize("name", ["adAccounts", "campaigns", "adSets", "ads", "creatives"])
async def test_lists_that_postgres_writes_are_of_the_own_tenant_alone(readers: Worlds, name: str) -> None:
    entity = f'id name metrics(range: {{ between: {{ from: "{DAY}", to: "{DAY}" }} }}) {{ spend }}'
    below = "campaigns" if name == "adAccounts" else None
    nodes = f"nodes {{ {below} {{ nodes {{ {entity} }} }} }}" if below else f"nodes {{ {entity} }}"
    query = f"query {{ {name} {{ {nodes} }} flat: {name} {{ nodes {{ {entity} }} }} }}"
    with lists_written() as noted:
        answer, control = json.loads(await readers.ask(query))["data"], await readers.mirrored.ask(query)
    assert noted.count(True) == 4
    shown = [*answer["flat"]["nodes"], *(answer[name]["nodes"][0][below]["nodes"] if below else answer[name]["nodes"])]
    # Each tenant has one row of ones; an ad of its own has none.
    assert [each["metrics"]["spend"] for each in shown if each["metrics"]["spend"] is not None] == [1, 1]
    assert control.count(readers.foreign.mark) >= 2


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_of_another_tenant_leads_nowhere(readers: Worlds, name: str) -> None:
    page = readers.mirrored.writer().page(name, "{ pageInfo { endCursor } }")
    cursor = json.loads(await readers.mirrored.ask(page))["data"][name]["pageInfo"]["endCursor"]
    selection = readers.writer().selection(fields_of(SCHEMA.query_type)[name].type)
    await readers.ask(readers.writer().page(name, selection, json.dumps(cursor)))


@pytest.mark.parametrize("role", [Role.OWNER, Role.VIEWER])
@pytest.mark.parametrize("place", READS, ids=str)
async def test_a_foreign_id_reads_like_an_id_of_nothing(readers: Worlds, place: Place, role: Role) -> None:
    for kind in NODE_TYPES:
        foreign = await readers.ask_at(place, readers.foreign.ids[kind], role)
        assert foreign == await readers.ask_at(place, id_of_nothing(kind), role)


@pytest.mark.parametrize("place", [each for each in READS if each.field not in NOT_READ], ids=str)
async def test_an_own_id_is_read(readers: Worlds, place: Place) -> None:
    answered, control = [], readers.mirrored
    for kind in NODE_TYPES:
        answer = await control.ask_at(place, control.own.ids[kind])
        nothing = await control.ask_at(place, id_of_nothing(kind))
        answered.append(answer != nothing and json.loads(answer)["errors"] == [])
    assert any(answered)


@pytest.mark.parametrize("type_name", NODE_TYPES)
async def test_a_node_is_seen_by_its_tenant_alone(readers: Worlds, type_name: str) -> None:
    for piece in readers.pieces_of_node(type_name):
        foreign = await readers.ask(piece, node=readers.foreign.ids[type_name])
        assert foreign == await readers.ask(piece, node=id_of_nothing(type_name))
        assert json.loads(foreign) == {"data": {"node": None}, "errors": []}
        own = await readers.mirrored.ask(piece, node=readers.foreign.ids[type_name])
        assert json.loads(own)["errors"] == []
        assert readers.foreign.mark in own


@pytest.mark.parametrize("place", [place for place in WRITES if place not in OF_FILES + OF_LINES], ids=str)
async def test_a_foreign_id_is_written_like_an_id_of_nothing(writers: Worlds, control: Worlds, place: Place) -> None:
    answered = []
    for kind in NODE_TYPES:
        foreign = await writers.ask_at(place, writers.foreign.ids[kind])
        assert foreign == await writers.ask_at(place, id_of_nothing(kind))
        own = await control.ask_at(place, control.own.ids[kind])
        answered.append(own != await control.ask_at(place, id_of_nothing(kind)))
    assert any(answered)


@pytest.mark.parametrize("place", OF_FILES, ids=str)
async def test_a_foreign_id_chooses_the_rows_of_a_file_like_an_id_of_nothing(tools: Toolbox, place: Place) -> None:
    """What is in such a file is looked at in tests/resolvers/test_exports.py."""
    worlds, accepted = await worlds_of(tools), 0
    for kind in NODE_TYPES:
        foreign = await worlds.ask_at(place, worlds.foreign.ids[kind])
        nothing = await worlds.ask_at(place, id_of_nothing(kind))
        assert _made_anew(foreign) == _made_anew(nothing)
        accepted += '"QUEUED"' in foreign
    assert accepted == 1


def _made_anew(answer: str) -> str:
    """Without what is another text for each row that is made."""
    return re.sub(r'"(id|createdAt)": "[^"]*"', "", answer)


@pytest.mark.parametrize("place", [place for place in WRITES if place.field not in FOR_EVERY_ROLE], ids=str)
async def test_a_viewer_changes_nothing(readers: Worlds, place: Place) -> None:
    for kind in NODE_TYPES:
        foreign = await readers.ask_at(place, readers.foreign.ids[kind], Role.VIEWER)
        assert foreign == await readers.ask_at(place, readers.own.ids[kind], Role.VIEWER)
        assert [error["extensions"]["code"] for error in json.loads(foreign)["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("place", [place for place in OF_STAFF if place.owner == "Mutation"], ids=str)
async def test_an_owner_is_no_staff(readers: Worlds, place: Place) -> None:
    for ids in (readers.foreign.ids, readers.own.ids):
        answer = await readers.ask_at(place, ids["User"])
        assert [error["extensions"]["code"] for error in json.loads(answer)["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutation_answers_with_nothing_foreign(writers: Worlds, name: str) -> None:
    answer = json.loads(await writers.ask(writers.everything("Mutation", name)))
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {"UNAUTHENTICATED", REFUSED.get(name)}


@pytest.mark.parametrize("place", WATCHES, ids=str)
async def test_a_foreign_id_is_watched_like_an_id_of_nothing(readers: Worlds, place: Place) -> None:
    question, seen = readers.question(place), []
    for kind in NODE_TYPES:
        foreign = await anext(readers.events(question, id=readers.foreign.ids[kind]))
        assert foreign == await anext(readers.events(question, id=id_of_nothing(kind)))
        own = await anext(readers.mirrored.events(question, id=readers.foreign.ids[kind]))
        seen.append(readers.foreign.mark in own)
    assert any(seen)


# `activity` tells no state to begin with, and `relayBell` a number alone: tests/resolvers/test_activity.py and
# tests/resolvers/relay/test_door.py have this test of them.
@pytest.mark.parametrize("name", sorted({*SUBSCRIPTIONS} - {"activity", "relayBell"}))
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
