"""Attack 1: ids of another tenant, wherever an id can be written; the walk over all of them is tests/isolation."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from models.ids import new_id
from models.tenants.membership import Role
from resolvers.node_id import encode_id, split_id
from schema.node import ENTITIES
from services.toolbox import Toolbox
from tests.isolation.operations import places
from tests.isolation.worlds import SCHEMA, Worlds, worlds_of
from tests.worlds.sign_in import sign_in_world
from tests.worlds.tenants import Team, team_of, user_node


@pytest.fixture
async def worlds(tools: Toolbox) -> Worlds:
    return await worlds_of(tools)


@pytest.fixture
async def team(tools: Toolbox) -> AsyncIterator[Team]:
    made = await team_of(sign_in_world(tools))
    yield made
    made.world.tools.credentials.passwords.close()


def test_the_walk_writes_an_id_at_every_place_that_takes_one() -> None:
    taking = {
        (root.name, name, argument)
        for root in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
        if root is not None
        for name, field in root.fields.items()
        for argument, definition in field.args.items()
        if "ID" in str(definition.type)
    }
    walked = {(place.owner, place.field, place.path[0]) for place in places(SCHEMA)}
    assert taking - walked == set()


async def test_many_ids_at_once_tell_nothing_of_the_foreign_ones(worlds: Worlds) -> None:
    foreign = [
        node_id for kind, node_id in sorted(worlds.foreign.ids.items()) if kind in {e.__name__ for e in ENTITIES}
    ]
    nothing = [encode_id(parts[0], new_id()) for node_id in foreign if (parts := split_id(node_id)) is not None]
    assert len(foreign) >= 10
    asked = "query ($a: ID!) { nodes(ids: [%s]) { id __typename } }"
    answers = [
        await worlds.ask(asked % ", ".join(f'"{each}"' for each in ids), a=worlds.own.ids["Tenant"])
        for ids in (foreign, nothing)
    ]
    assert answers[0] == answers[1]


async def test_an_id_under_another_types_name_finds_nothing(worlds: Worlds) -> None:
    own: UUID = worlds.own.id_of("campaign")
    for kind in (
        "AdAccount",
        "Ad",
        "Tenant",
        "User",
        "Session",
        "Query",
        "campaign",
        "",
    ):  # the last three are no types
        answer = await worlds.ask("query ($id: ID!) { node(id: $id) { id } }", id=encode_id(kind, own))
        assert '"node": null' in answer


async def test_people_of_another_team_are_no_members_of_mine(team: Team, tools: Toolbox) -> None:
    other = await team_of(team.world)
    for name, more in (("removeMember", {}), ("changeMemberRole", {"role": "VIEWER"})):
        told = await team.tell(team.owner, name, userId=user_node(other.owner), **more)
        assert told.codes == ["NOT_FOUND"]
    assert await other.roles(other.owner) == [Role.OWNER]
