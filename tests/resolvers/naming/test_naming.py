"""Naming through the API: what is saved is shown, what is wrong is told with its path, and overrides round-trip."""

from typing import Any
from uuid import UUID

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.naming import NamingWorld, naming_world

TEMPLATE = """
    id name level mode priority delimiter pattern trim onExtra onDuplicate version adAccounts { name }
    fields { key type required labels { code label } dateFormat default }
"""
SAVE = f"""
mutation($input: NamingTemplateInput!) {{ saveNamingTemplate(input: $input) {{
  template {{ {TEMPLATE} }} userErrors {{ code field message }}
}} }}
"""
SAY = """
mutation($overrides: [NamingOverrideInput!]!, $dryRun: Boolean! = false) {
  setNamingOverrides(overrides: $overrides, dryRun: $dryRun) {
    overrides { id scope target field value reason createdBy { name } } changed conflicts userErrors { code field }
  }
}
"""
INPUT = {
    "name": "Ads",
    "level": "AD",
    "mode": "POSITION",
    "delimiter": "_",
    "fields": [
        {"key": "angle", "type": "ENUM", "labels": [{"code": "ugc", "label": "Creators"}]},
        {"key": "day", "type": "DATE", "dateFormat": "YYYY-MM-DD", "default": "2026-01-02"},
    ],
}


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    return await naming_world(tools, ["ugc_2026-11-30", "UCG_2026-11-29"])


async def answered(world: NamingWorld, question: str, **variables: Any) -> Any:
    answer = await Door(world.tools, world.entities.viewer).ask(question, **variables)
    assert answer.codes == [], answer.messages
    return next(iter(answer.data.values()))


async def test_a_template_is_shown_as_it_was_saved_in_the_list_and_as_a_node(world: NamingWorld) -> None:
    account = encode_id("AdAccount", world.account.id)
    saved = await answered(world, SAVE, input=INPUT | {"adAccountIds": [account], "priority": 3})
    template = saved["template"]
    assert saved["userErrors"] == []
    assert template["adAccounts"] == [{"name": world.account.name}]
    assert template["fields"] == [
        {
            "key": "angle", "type": "ENUM", "required": False, "labels": [{"code": "ugc", "label": "Creators"}],
            "dateFormat": None, "default": None,
        },
        {
            "key": "day", "type": "DATE", "required": False, "labels": [], "dateFormat": "YYYY-MM-DD",
            "default": "2026-01-02",
        },
    ]  # fmt: skip
    assert {name: template[name] for name in ("priority", "trim", "onExtra", "onDuplicate", "version")} == {
        "priority": 3,
        "trim": True,
        "onExtra": "ERROR",
        "onDuplicate": "ERROR",
        "version": 1,
    }
    assert await answered(world, f"{{ namingTemplates {{ {TEMPLATE} }} }}") == [template]
    node = f"query($id: ID!) {{ node(id: $id) {{ ... on NamingTemplate {{ {TEMPLATE} }} }} }}"
    assert await answered(world, node, id=template["id"]) == template
    stale = await answered(world, SAVE, input=INPUT | {"id": template["id"], "expectedVersion": 7})
    assert [(each["code"], each["field"]) for each in stale["userErrors"]] == [
        ("CONFLICT", ["input", "expectedVersion"])
    ]
    gone = "mutation($id: ID!) { deleteNamingTemplate(id: $id) { ok id userErrors { code } } }"
    assert await answered(world, gone, id=template["id"]) == {"ok": True, "id": template["id"], "userErrors": []}
    assert await answered(world, gone, id=template["id"]) == {
        "ok": False,
        "id": None,
        "userErrors": [{"code": "NOT_FOUND"}],
    }
    assert await answered(world, "{ namingTemplates { id } }") == []


async def test_everything_that_is_wrong_with_a_template_is_told_with_its_path(world: NamingWorld) -> None:
    bad = {"fields": [{"key": "angle"}, {"key": "day", "type": "DATE", "dateFormat": "XX"}], "delimiter": None}
    saved = await answered(world, SAVE, input=INPUT | bad)
    assert saved["template"] is None
    assert {each["code"] for each in saved["userErrors"]} == {"TEMPLATE_INVALID"}
    assert [each["field"] for each in saved["userErrors"]] == [
        ["input", "delimiter"],
        ["input", "fields", "1", "dateFormat"],
    ]
    foreign = await answered(world, SAVE, input=INPUT | {"adAccountIds": [encode_id("Ad", world.ads[0].id)]})
    assert [each["field"] for each in foreign["userErrors"]] == [["input", "adAccountIds", "0"]]


async def test_overrides_are_shown_with_the_ids_of_the_api(world: NamingWorld) -> None:
    await answered(world, SAVE, input=INPUT)
    ad, campaign = encode_id("Ad", world.ads[1].id), encode_id("Campaign", world.campaign.id)
    wanted = [
        {"target": {"value": "ucg"}, "field": "angle", "value": "ugc", "reason": "A typo."},
        {"target": {"entityId": ad}, "field": "day", "value": None},
        {"target": {"entityId": campaign}, "field": "market", "value": "DACH"},
        {"target": {"namePattern": "ugc_*"}, "field": "angle", "value": "UGC"},
    ]
    trial = await answered(world, SAY, overrides=wanted, dryRun=True)
    done = await answered(world, SAY, overrides=wanted)
    assert trial == {"overrides": [], "changed": done["changed"], "conflicts": 0, "userErrors": []}
    shown = [(each["scope"], each["target"], each["value"], each["reason"]) for each in done["overrides"]]
    assert shown == [
        ("VALUE", "ucg", "ugc", "A typo."),
        ("ENTITY", ad, None, None),
        ("ENTITY", campaign, "DACH", None),
        ("NAME_PATTERN", "ugc_*", "UGC", None),
    ]
    assert done["overrides"][0]["createdBy"] == {"name": "Owner"}
    listed = await answered(world, "{ namingOverrides(first: 3) { totalCount nodes { id } pageInfo { hasNextPage } } }")
    assert listed["totalCount"] == 4
    assert [each["id"] for each in listed["nodes"]] == [each["id"] for each in reversed(done["overrides"])][:3]
    gone = "mutation($id: ID!) { removeNamingOverride(id: $id) { ok userErrors { code } } }"
    assert (await answered(world, gone, id=done["overrides"][1]["id"]))["ok"] is True
    node = "query($id: ID!) { node(id: $id) { ... on NamingOverride { target } } }"
    assert await answered(world, node, id=done["overrides"][2]["id"]) == {"target": campaign}
    assert await answered(world, node, id=done["overrides"][1]["id"]) is None


@pytest.mark.parametrize(
    ("target", "code", "at"),
    [
        ({"entityId": "nonsense"}, "INVALID", ["target", "entityId"]),
        ({"entityId": encode_id("Creative", UUID(int=7))}, "INVALID", ["target", "entityId"]),
        ({"creativeId": encode_id("Ad", UUID(int=7))}, "INVALID", ["target", "creativeId"]),
        ({"entityId": encode_id("AdSet", UUID(int=7))}, "NOT_FOUND", []),
        ({"creativeId": encode_id("Creative", UUID(int=7))}, "NOT_FOUND", []),
        ({"exactName": ""}, "INVALID", []),
    ],
    ids=["no id", "an id of a creative", "an id of an ad", "no ad set", "no creative", "name"],
)
async def test_a_wrong_override_is_told_with_its_place(
    world: NamingWorld, target: dict[str, Any], code: str, at: list[str]
) -> None:
    good = {"target": {"exactName": "ugc"}, "field": "a"}
    said = await answered(world, SAY, overrides=[good, {"target": target, "field": "a"}, good])
    assert said["userErrors"] == [{"code": code, "field": ["overrides", "1", *at]}]
    assert said["overrides"] == []
