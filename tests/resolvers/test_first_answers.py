"""`@idempotent` on a mutation: sent again it gets the first answer, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from embedded.postgres import DatabaseUrls
from models.database import Database
from models.ids import new_id
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.refreshes import RefreshWorld, refresh_world

SAVE = """
mutation ($key: String!, $formula: String = "spend", $unit: MetricUnit = MONEY) {
  saveCustomMetric(input: { key: "own", name: "Own", formula: $formula, unit: $unit }) @idempotent(key: $key) {
    customMetric { id formula } userErrors { code message field retryAfter }
  }
}
"""
REFRESH = """
mutation ($id: ID!, $key: String = "k") {
  refreshAdAccount(input: { adAccountId: $id }) @idempotent(key: $key) { refreshJob { id status } userErrors { code } }
}
"""
REFRESH_ALL = """
mutation ($ids: [ID!]) {
  refreshAdAccounts(ids: $ids) @idempotent(key: "k") { refreshJobs { id } userErrors { code message field } }
}
"""
CANCEL = 'mutation ($id: ID!) { cancelRefreshJob(id: $id) @idempotent(key: "c") { userErrors { code message field } } }'
DELETE = 'mutation { deleteCustomMetric(key: "own") @idempotent(key: "d") { ok id userErrors { code } } }'
SAVED = "select count(*) from audit_log where tenant_id = :tenant and action like 'custom_metric.%'"


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[RefreshWorld]:
    async with refresh_world(tools) as made:
        yield made


def door(world: RefreshWorld, **viewer: Any) -> Door:
    return Door(world.tools, replace(world.viewer, **viewer))


async def saved(at: Door, **variables: Any) -> Any:
    answer = await at.ask(SAVE, **{"key": "k"} | variables)
    assert answer.codes == []
    return answer.data["saveCustomMetric"]


async def changes(world: RefreshWorld) -> int:
    return int((await world.select(SAVED))[0][0])


async def test_the_same_key_and_input_get_the_first_answer(world: RefreshWorld) -> None:
    account = encode_id("AdAccount", (await world.connected()).id)
    first = (await door(world).ask(REFRESH, id=account)).data["refreshAdAccount"]
    await door(world).ask(
        "mutation ($id: ID!) { cancelRefreshJob(id: $id) { userErrors { code } } }", id=first["refreshJob"]["id"]
    )
    again = (await door(world).ask(REFRESH, id=account)).data["refreshAdAccount"]
    # The same job, as it is now; without the key there would be a second job.
    assert again == {"refreshJob": {"id": first["refreshJob"]["id"], "status": "CANCELLED"}, "userErrors": []}
    other = (await door(world).ask(REFRESH, id=account, key="another")).data["refreshAdAccount"]
    assert other["refreshJob"]["id"] != first["refreshJob"]["id"]


async def test_a_repeated_call_may_select_other_fields_and_spell_its_input_otherwise(world: RefreshWorld) -> None:
    await saved(door(world))
    text = """mutation { again: saveCustomMetric(input: { unit: MONEY, formula: "spend", name: "Own", key: "own" })
        @idempotent(key: "k") { customMetric { key name } } }"""
    answer = await door(world).ask(text)
    assert answer.data == {"again": {"customMetric": {"key": "own", "name": "Own"}}}
    assert await changes(world) == 1


async def test_another_input_is_a_conflict(world: RefreshWorld) -> None:
    await saved(door(world))
    refused = await saved(door(world), formula="clicksAll")
    assert refused["customMetric"] is None
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("CONFLICT", None)]
    deleted = await door(world).ask(DELETE.replace('"d"', '"k"'))
    assert deleted.data["deleteCustomMetric"]["userErrors"] == [{"code": "CONFLICT"}]
    assert await changes(world) == 1


async def test_a_refusal_is_the_first_answer_with_its_words_and_path(world: RefreshWorld) -> None:
    wrong = {"formula": "spend +"}
    first = await saved(door(world), **wrong)
    assert first == await saved(door(world), **wrong)
    assert first["userErrors"][0]["field"] == ["input", "formula"]
    malformed = [await door(world).ask(CANCEL, id="nonsense") for _ in range(2)]
    assert malformed[0] == malformed[1]
    assert malformed[0].data["cancelRefreshJob"]["userErrors"][0]["code"] == "INVALID"


async def test_lists_and_plain_values_are_kept_and_what_is_gone_is_left_out(world: RefreshWorld) -> None:
    accounts = [encode_id("AdAccount", (await world.connected()).id), encode_id("AdAccount", new_id())]
    first = await door(world).ask(REFRESH_ALL, ids=accounts)
    assert len(first.data["refreshAdAccounts"]["refreshJobs"]) == 1
    assert first == await door(world).ask(REFRESH_ALL, ids=accounts)
    await world.change("delete from refresh_job where tenant_id = :tenant")
    gone = (await door(world).ask(REFRESH_ALL, ids=accounts)).data["refreshAdAccounts"]
    assert gone == first.data["refreshAdAccounts"] | {"refreshJobs": []}
    await saved(door(world), key="s")
    deleted = [await door(world).ask(DELETE) for _ in range(2)]
    assert deleted[0] == deleted[1]
    assert deleted[0].data["deleteCustomMetric"]["ok"] is True
    assert (await saved(door(world), key="s"))["customMetric"] is None


async def test_another_persons_key_is_another_key(world: RefreshWorld) -> None:
    mine = await saved(door(world))
    theirs = await saved(door(world, user_id=new_id()), formula="clicksAll", unit="COUNT")
    of_a_key = await saved(door(world, user_id=None, api_key_id=new_id(), key_maker_id=world.entities.user_id))
    assert [each["userErrors"] for each in (mine, theirs, of_a_key)] == [[], [], []]
    assert theirs["customMetric"]["formula"] == "clicksAll"


async def test_another_tenants_key_is_another_key(world: RefreshWorld) -> None:
    mine = await saved(door(world))
    other = await world.another_tenant()
    theirs = await saved(door(other, user_id=world.entities.user_id))
    assert theirs["customMetric"]["id"] != mine["customMetric"]["id"]


@pytest.mark.parametrize("key", ["", " \n", "x" * 65, "x" * 256, "x" * 100_000, "a\x00b"])
async def test_a_key_has_1_to_64_printable_characters(world: RefreshWorld, key: str) -> None:
    refused = await saved(door(world), key=key)
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID"]
    assert (await saved(door(world), key="\N{OK HAND SIGN}" + "x" * 63))["userErrors"] == []


async def test_nobody_and_people_without_a_tenant_have_no_keys(world: RefreshWorld) -> None:
    text = 'mutation { requestPasswordReset(email: "a@example.com") @idempotent(key: "k") { ok } }'
    for viewer in (None, world.entities.as_role(None)):
        answer = await Door(world.tools, viewer).ask(text)
        assert (answer.codes, answer.data) == (["BAD_USER_INPUT"], {"requestPasswordReset": None})
        assert "tenant" in answer.messages[0]


async def test_who_lacked_the_permission_may_ask_again_with_the_same_key(world: RefreshWorld) -> None:
    text = SAVE.replace("$key: String!", '$key: String! = "k"')
    refused = await Door(world.tools, world.entities.as_role(Role.VIEWER)).ask(text)
    assert refused.codes == ["FORBIDDEN"]
    assert (await saved(door(world)))["userErrors"] == []


async def test_one_field_under_one_name_has_one_key(world: RefreshWorld) -> None:
    one, other = (f'a: deleteCustomMetric(key: "x") @idempotent(key: "{key}") {{ ok }}' for key in "12")
    assert (await door(world).ask(f"mutation {{ {one} {other} }}")).codes == ["BAD_USER_INPUT"]
    assert (await door(world).ask(f"mutation {{ {one} {one} }}")).codes == []


async def test_concurrent_duplicates_run_once(world: RefreshWorld, postgres: DatabaseUrls) -> None:
    """By two servers, each with connections of its own, as far as the database can tell."""
    second = Database(postgres.runtime, system_url=postgres.system)
    await second.find_shards()
    doors = [door(world), Door(replace(world.tools, db=second), world.viewer)]
    answers: list[Answer] = await asyncio.gather(*(at.ask(SAVE, key="k") for at in doors * 4))
    await second.close()
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].data["saveCustomMetric"]["userErrors"] == []
    assert await changes(world) == 1
