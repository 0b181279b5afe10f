"""Data sets as clients ask for them: of a list of accounts at once, and only those of one's own team."""

from pathlib import Path

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import statements
from tests.worlds.datasets import DatasetWorld, dataset_world

LISTED = """
{ adAccounts { nodes { id
  week: dataset(period: LAST_7_DAYS) { rows url }
  year: dataset(period: LAST_365_DAYS) { rows url }
} } }
"""
FOREIGN = "query ($id: ID!) { adAccount(id: $id) { dataset(period: LAST_7_DAYS) { rows url } } }"


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> DatasetWorld:
    return await dataset_world(tools, tmp_path)


async def test_all_data_sets_of_a_list_are_one_statement(world: DatasetWorld) -> None:
    await world.write()
    other = await world.insights.entities.account()
    with statements(world.tools.db) as sent:
        answer = await Door(world.tools, world.insights.entities.viewer).ask(LISTED)
    assert answer.codes == [], answer.messages
    found = {node.pop("id"): node for node in answer.data["adAccounts"]["nodes"]}
    assert found[encode_id("AdAccount", other.id)] == {"week": None, "year": None}
    own = found[encode_id("AdAccount", world.account.id)]
    assert [own["week"]["rows"], own["year"]["rows"]] == [56, len(world.insights.rows)]
    assert all(world.opened(own[name]["url"]) is not None for name in ("week", "year"))
    assert len([each for each in sent if "dataset" in each]) == 1


async def test_another_team_sees_none(world: DatasetWorld, tools: Toolbox, tmp_path: Path) -> None:
    await world.write()
    stranger = await dataset_world(tools, tmp_path / "other")
    door = Door(stranger.tools, stranger.insights.entities.viewer)
    answer = await door.ask(FOREIGN, id=encode_id("AdAccount", world.account.id))
    assert answer.data == {"adAccount": None}
