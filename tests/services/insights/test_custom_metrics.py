"""Custom metrics as they are saved and deleted: keys, what others need, the audit log, and changes at once."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from analytics.enums import MetricUnit
from errors import Forbidden, NotFound, Refused, UserErrorCode
from models.insights.custom_metric import MOST_CUSTOM_METRICS, CustomMetric
from models.tenants.membership import Role
from services.insights.custom_metrics import (
    CustomMetricWish,
    all_custom_metrics,
    delete_custom_metric,
    save_custom_metric,
)
from services.toolbox import Toolbox
from tests.worlds.ads import EntityWorld, entity_world

COUNT, MONEY = MetricUnit.COUNT, MetricUnit.MONEY


@pytest.fixture
async def team(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


async def save(tools: Toolbox, team: EntityWorld, key: str, formula: str, unit: MetricUnit = COUNT) -> CustomMetric:
    wish = CustomMetricWish(key, "A name", formula, unit, higher_is_better=None)
    return await save_custom_metric(tools.db, tools.clock, team.viewer, wish)


async def keys(tools: Toolbox, team: EntityWorld) -> list[str]:
    return [each.key for each in await all_custom_metrics(tools.db, team.viewer)]


async def log(tools: Toolbox, team: EntityWorld) -> list[tuple[Any, ...]]:
    statement = text("select action, target_id, before, after from audit_log where tenant_id = :tenant_id order by id")
    async with tools.db.read(team.viewer) as session:
        connection = await session.connection()
        return [tuple(row) for row in await connection.execute(statement, {"tenant_id": team.tenant_id})]


async def refusal(call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await call
    return caught.value


async def test_saving_a_key_again_changes_the_metric(tools: Toolbox, team: EntityWorld) -> None:
    made = await save(tools, team, "profit", "purchaseValue * 0.4 - spend", MONEY)
    changed = await save(tools, team, "profit", "purchaseValue / 2 - spend", MONEY)
    [stored] = await all_custom_metrics(tools.db, team.viewer)
    assert stored.id == made.id == changed.id
    assert (stored.formula, stored.unit) == ("purchaseValue / 2 - spend", MONEY)
    assert stored.created_at <= stored.updated_at


async def test_each_change_is_in_the_log_and_what_changes_nothing_is_not(tools: Toolbox, team: EntityWorld) -> None:
    made = await save(tools, team, "half", "impressions / 2")
    await save(tools, team, "half", "impressions / 2")
    await save(tools, team, "half", "impressions * 0.5")
    await delete_custom_metric(tools.db, team.viewer, "half")
    first = {"key": "half", "name": "A name", "formula": "impressions / 2", "unit": "COUNT", "higher_is_better": None}
    then = first | {"formula": "impressions * 0.5"}
    assert await log(tools, team) == [
        ("custom_metric.saved", made.id, None, first),
        ("custom_metric.saved", made.id, first, then),
        ("custom_metric.deleted", made.id, then, None),
    ]


async def test_metrics_are_listed_by_key(tools: Toolbox, team: EntityWorld) -> None:
    for key in ("b", "aa", "aB", "a1"):
        await save(tools, team, key, "impressions")
    assert await keys(tools, team) == ["a1", "aB", "aa", "b"]


@pytest.mark.parametrize(
    "key",
    ["", "Profit", "profit_per_click", "1st", "profit per click", "gewinnÜ", "a" * 65, "a\n", "a\x00", "ａ"],  # noqa: RUF001
)
async def test_a_key_that_no_formula_could_name_is_refused(tools: Toolbox, team: EntityWorld, key: str) -> None:
    error = await refusal(save(tools, team, key, "impressions"))
    assert (error.user_code, error.field) == (UserErrorCode.INVALID, "key")


@pytest.mark.parametrize("key", ["spend", "roas", "ctrAll"])
async def test_a_built_in_metric_is_not_replaced(tools: Toolbox, team: EntityWorld, key: str) -> None:
    error = await refusal(save(tools, team, key, "impressions"))
    assert (error.user_code, error.field) == (UserErrorCode.FORMULA_INVALID, "key")


async def test_a_key_of_64_characters_and_words_of_python_are_keys(tools: Toolbox, team: EntityWorld) -> None:
    for key in ("a" * 64, "yield", "none"):
        await save(tools, team, key, "impressions")
    await save(tools, team, "sum", "yield + none")


async def test_a_name_is_checked(tools: Toolbox, team: EntityWorld) -> None:
    wish = CustomMetricWish("profit", " ", "impressions", COUNT, higher_is_better=True)
    error = await refusal(save_custom_metric(tools.db, tools.clock, team.viewer, wish))
    assert (error.user_code, error.field) == (UserErrorCode.INVALID, "name")


async def test_a_faulty_formula_is_refused_with_its_column(tools: Toolbox, team: EntityWorld) -> None:
    error = await refusal(save(tools, team, "mixed", "spend + impressions", MONEY))
    assert (error.user_code, error.field) == (UserErrorCode.FORMULA_INVALID, "formula")
    assert error.message.startswith("At column 7: + needs equal units")
    assert await keys(tools, team) == []


async def test_a_circle_is_refused_however_long(tools: Toolbox, team: EntityWorld) -> None:
    await save(tools, team, "a", "impressions")
    await save(tools, team, "b", "a + 1")
    await save(tools, team, "c", "b * 2")
    error = await refusal(save(tools, team, "a", "impressions + c"))
    assert error.user_code is UserErrorCode.FORMULA_INVALID
    assert error.message == "At column 15: a would be calculated from itself, through c."


async def test_a_change_that_breaks_others_names_them(tools: Toolbox, team: EntityWorld) -> None:
    await save(tools, team, "base", "impressions")
    await save(tools, team, "more", "base + 1")
    await save(tools, team, "less", "base - 1")
    await save(tools, team, "rate", "base / base", MetricUnit.FRACTION)
    error = await refusal(save(tools, team, "base", "spend", MONEY))
    assert (error.user_code, error.field) == (UserErrorCode.CONFLICT, "formula")
    assert error.message == "less and more use base, and would have no meaning any more: change what uses it first."
    for key in ("less", "more"):
        await delete_custom_metric(tools.db, team.viewer, key)
    await save(tools, team, "base", "spend", MONEY)


async def test_a_metric_that_others_need_is_not_deleted(tools: Toolbox, team: EntityWorld) -> None:
    await save(tools, team, "base", "impressions")
    for number in range(12):
        await save(tools, team, f"user{number:02}", "base + 1")
    await save(tools, team, "far", "user00 / 2")
    error = await refusal(delete_custom_metric(tools.db, team.viewer, "base"))
    assert (error.user_code, error.field) == (UserErrorCode.CONFLICT, "key")
    named = ", ".join(f"user{number:02}" for number in range(10))
    assert error.message == f"{named} and 2 more use base: change or delete what uses it first."
    assert "far uses user00:" in (await refusal(delete_custom_metric(tools.db, team.viewer, "user00"))).message


@pytest.mark.parametrize("key", ["nothing", "spend", "", "\x00"])
async def test_what_is_not_there_is_not_deleted(tools: Toolbox, team: EntityWorld, key: str) -> None:
    error = await refusal(delete_custom_metric(tools.db, team.viewer, key))
    assert (error.user_code, error.field) == (UserErrorCode.NOT_FOUND, "key")


async def test_another_tenants_metrics_are_not_there(tools: Toolbox, team: EntityWorld) -> None:
    other = await entity_world(tools.db)
    await save(tools, other, "theirs", "impressions")
    error = await refusal(save(tools, team, "mine", "theirs * 2"))
    assert error.message == "At column 1: there is no metric theirs."
    assert (await refusal(delete_custom_metric(tools.db, team.viewer, "theirs"))).user_code is UserErrorCode.NOT_FOUND
    await save(tools, team, "theirs", "spend", MONEY)
    assert await keys(tools, other) == await keys(tools, team) == ["theirs"]


async def test_a_viewer_reads_and_a_manager_writes(tools: Toolbox, team: EntityWorld) -> None:
    wish = CustomMetricWish("half", "Half", "impressions / 2", COUNT, higher_is_better=True)
    viewer, manager = team.as_role(Role.VIEWER), team.as_role(Role.MANAGER)
    with pytest.raises(Forbidden):
        await save_custom_metric(tools.db, tools.clock, viewer, wish)
    await save_custom_metric(tools.db, tools.clock, manager, wish)
    assert [each.name for each in await all_custom_metrics(tools.db, viewer)] == ["Half"]
    with pytest.raises(Forbidden):
        await delete_custom_metric(tools.db, viewer, "half")


async def test_a_deleted_tenant_gets_no_metric(tools: Toolbox, team: EntityWorld) -> None:
    async with tools.db.write(team.viewer) as session:
        await (await session.connection()).execute(text("update tenant set deleted_at = now()"))
    with pytest.raises(NotFound):
        await save(tools, team, "half", "impressions / 2")


async def outcomes(*calls: Any) -> Sequence[UserErrorCode | None]:
    """What each of the calls, made at once, was told: None for those that passed."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(each, Refused | CustomMetric) for each in found), found
    return [each.user_code if isinstance(each, Refused) else None for each in found]


async def test_two_changes_at_once_make_no_circle(tools: Toolbox, team: EntityWorld) -> None:
    for key in ("a", "b"):
        await save(tools, team, key, "impressions")
    told = await outcomes(save(tools, team, "a", "b + 1"), save(tools, team, "b", "a + 1"))
    assert sorted(map(str, told)) == ["FORMULA_INVALID", "None"]


async def test_a_metric_is_not_deleted_while_another_begins_to_use_it(tools: Toolbox, team: EntityWorld) -> None:
    await save(tools, team, "base", "impressions")
    told = await outcomes(save(tools, team, "user", "base + 1"), delete_custom_metric(tools.db, team.viewer, "base"))
    assert told in ([None, UserErrorCode.CONFLICT], [UserErrorCode.FORMULA_INVALID, None])


async def test_of_many_at_the_limit_as_many_pass_as_there_is_room(tools: Toolbox, team: EntityWorld) -> None:
    async with tools.db.write(team.viewer) as session:
        session.add_all(
            CustomMetric(tenant_id=team.tenant_id, key=f"k{n}", name="N", formula="impressions", unit=COUNT)
            for n in range(MOST_CUSTOM_METRICS - 2)
        )
    told = await outcomes(*(save(tools, team, f"new{n}", "impressions") for n in range(12)))
    assert sorted(map(str, told)) == ["None"] * 2 + ["QUOTA_EXCEEDED"] * 10
    assert len(await keys(tools, team)) == MOST_CUSTOM_METRICS
    # One that is there may still be changed.
    await save(tools, team, "k0", "impressions * 2")


async def test_two_saves_of_one_key_at_once_make_one_metric(tools: Toolbox, team: EntityWorld) -> None:
    told = await outcomes(*(save(tools, team, "one", f"impressions * {n}") for n in range(1, 6)))
    assert list(told) == [None] * 5
    assert await keys(tools, team) == ["one"]


async def test_200_that_each_use_the_one_before_can_be_changed_at_the_root(tools: Toolbox, team: EntityWorld) -> None:
    async with tools.db.write(team.viewer) as session:
        session.add_all(
            CustomMetric(
                tenant_id=team.tenant_id,
                key=f"n{n}",
                name="N",
                formula="impressions" if n == 0 else f"n{n - 1}",
                unit=COUNT,
            )
            for n in range(MOST_CUSTOM_METRICS)
        )
    await save(tools, team, "n0", "impressions + 1")
    assert (await refusal(save(tools, team, "n0", "spend", MONEY))).message.startswith("n1 uses n0")
