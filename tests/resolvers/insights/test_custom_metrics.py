"""Custom metrics at the door: saved, listed, found by id, deleted, and what a refusal looks like."""

import pytest

from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld, entity_world

SAVE = """
mutation ($input: CustomMetricInput!) {
  saveCustomMetric(input: $input) {
    customMetric { __typename id key name formula unit higherIsBetter } userErrors { code field message }
  }
}
"""
DELETE = "mutation ($key: String!) { deleteCustomMetric(key: $key) { ok id userErrors { code field message } } }"
LIST = "{ customMetrics { id key name formula unit higherIsBetter } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename ... on CustomMetric { key formula } } }"
PROFIT = {
    "key": "profit",
    "name": "Profit",
    "formula": "purchaseValue * 0.4 - spend",
    "unit": "MONEY",
    "higherIsBetter": True,
}


@pytest.fixture
async def team(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


@pytest.fixture
def door(tools: Toolbox, team: EntityWorld) -> Door:
    return Door(tools, team.viewer)


async def test_a_metric_is_saved_listed_found_and_deleted(door: Door) -> None:
    saved = (await door.ask(SAVE, input=PROFIT)).data["saveCustomMetric"]
    assert saved["userErrors"] == []
    metric = saved["customMetric"]
    assert metric == PROFIT | {"__typename": "CustomMetric", "id": metric["id"]}
    assert (await door.ask(LIST)).data == {"customMetrics": [PROFIT | {"id": metric["id"]}]}
    found = {"node": {"__typename": "CustomMetric", "key": "profit", "formula": PROFIT["formula"]}}
    assert (await door.ask(NODE, id=metric["id"])).data == found
    gone = (await door.ask(DELETE, key="profit")).data["deleteCustomMetric"]
    assert gone == {"ok": True, "id": metric["id"], "userErrors": []}
    assert (await door.ask(LIST)).data == {"customMetrics": []}
    assert (await door.ask(NODE, id=metric["id"])).data == {"node": None}


async def test_a_refusal_tells_the_field_and_the_column(door: Door) -> None:
    answer = (await door.ask(SAVE, input=PROFIT | {"formula": "purchaseValue * 0.4 - spnd"})).data["saveCustomMetric"]
    assert answer == {
        "customMetric": None,
        "userErrors": [
            {
                "code": "FORMULA_INVALID",
                "field": ["input", "formula"],
                "message": "At column 23: there is no metric spnd.",
            }
        ],
    }
    [error] = (await door.ask(SAVE, input=PROFIT | {"key": "Profit"})).data["saveCustomMetric"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "key"])
    [error] = (await door.ask(DELETE, key="profit")).data["deleteCustomMetric"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["key"])


async def test_a_metric_that_is_used_stays(door: Door) -> None:
    await door.ask(SAVE, input=PROFIT)
    margin = PROFIT | {"key": "margin", "formula": "profit / purchaseValue", "unit": "FRACTION"}
    assert (await door.ask(SAVE, input=margin)).data["saveCustomMetric"]["userErrors"] == []
    [error] = (await door.ask(DELETE, key="profit")).data["deleteCustomMetric"]["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["key"])
    assert error["message"] == "margin uses profit: change or delete what uses it first."


async def test_who_may_not_is_told_so(tools: Toolbox, team: EntityWorld, door: Door) -> None:
    reader, nobody = Door(tools, team.as_role(Role.VIEWER)), Door(tools, None)
    assert (await reader.ask(SAVE, input=PROFIT)).codes == ["FORBIDDEN"]
    assert (await reader.ask(DELETE, key="profit")).codes == ["FORBIDDEN"]
    assert (await nobody.ask(LIST)).codes == ["UNAUTHENTICATED"]
    await door.ask(SAVE, input=PROFIT)
    assert [each["key"] for each in (await reader.ask(LIST)).data["customMetrics"]] == ["profit"]


@pytest.mark.parametrize("formula", ["(" * 400 + ")" * 400, "__import__('os')", "spend**9", "1e999", "", "\x00", "ｓ"])  # noqa: RUF001
async def test_a_bad_formula_is_an_answer_and_no_error(door: Door, formula: str) -> None:
    answer = await door.ask(SAVE, input=PROFIT | {"formula": formula})
    [error] = answer.data["saveCustomMetric"]["userErrors"]
    assert answer.codes == []
    assert error["code"] == "FORMULA_INVALID"
    assert error["message"].startswith("At column ")
