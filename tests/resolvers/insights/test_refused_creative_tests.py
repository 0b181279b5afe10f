"""Creative tests that are refused: goals, numbers of arms, ids and currencies, and people who may not read."""

from typing import Any

import pytest

from models.ids import new_id
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.analytics.creative_tests.golden import CLICKS, PURCHASES
from tests.doors.in_process import Door
from tests.worlds.creative_tests import ComparedAds, bought, clicks, compared_ads


@pytest.fixture(scope="module")
async def ads(tools: Toolbox) -> ComparedAds:
    """Two ads with the golden clicks; only read from."""
    made = await compared_ads(tools)
    await made.store(*map(clicks, CLICKS))
    return made


async def test_money_of_several_currencies_is_not_compared(tools: Toolbox) -> None:
    euro = await compared_ads(tools)
    dollar = await compared_ads(tools, euro.world.entities, currency="USD")
    await euro.store(bought(PURCHASES[0]))
    await dollar.store(bought(PURCHASES[1]))
    named = [euro.id_of(0), dollar.id_of(0)]
    for goal in ("CPA_PURCHASE", "CPC_LINK", "CPM", "ROAS"):
        answer = await euro.ask(goal, adIds=named)
        assert (answer.codes, answer.data) == (["MIXED_CURRENCY"], {"creativeTest": None})
    assert (await euro.ask("CTR_LINK", adIds=named, minSpend=1)).codes == ["MIXED_CURRENCY"]
    found = await euro.found("CTR_LINK", adIds=named)
    assert sorted(each["metrics"]["currency"] for each in found["arms"]) == ["EUR", "USD"]


@pytest.mark.parametrize(
    "asked",
    [
        {"goal": "SPEND"},
        {"goal": "AOV"},
        {"practicalDifference": -0.01},
        {"practicalDifference": 1.01},
        {"minSpend": -1},
        {"range": {"between": {"from": "2025-10-01", "to": "2026-11-14"}}},
        {"range": {"between": {"from": "2026-11-14", "to": "2026-11-01"}}},
        {"adIds": []},
        {"adIds": ["one"]},
        {"adIds": ["one", "one"]},
        {"adIds": ["some"] * 51},
        {"adIds": ["creative"] * 2},
    ],
    ids=lambda asked: " ".join(f"{name} {str(value)[:30]}" for name, value in asked.items()),
)
async def test_what_cannot_be_tested_is_bad_input(ads: ComparedAds, asked: dict[str, Any]) -> None:
    makers = {
        "one": lambda: ads.id_of(0),
        "some": lambda: encode_id("Ad", new_id()),
        "creative": lambda: encode_id("Creative", new_id()),
    }
    given = {**asked, **({"adIds": [makers[each]() for each in asked["adIds"]]} if "adIds" in asked else {})}
    answer = await ads.ask(given.pop("goal", "CTR_LINK"), **given)
    assert (answer.codes, answer.data) == (["BAD_USER_INPUT"], {"creativeTest": None})


async def test_more_arms_than_50_are_asked_to_be_named(tools: Toolbox) -> None:
    made = await compared_ads(tools)
    ad_set = made.world.ad_sets[0]
    made.world.ads[:0] = await made.world.entities.ads(ad_set, *(f"Ad {number:02}" for number in range(51)))
    day = {"impressions": [1_000.0], "link_clicks": [10.0], "spend": [1.0]}
    await made.store(*[day] * 51)
    answer = await made.ask(adIds=None)
    assert (answer.codes, "More than 50 arms" in answer.messages[0]) == (["BAD_USER_INPUT"], True)
    await made.store(*[day] * 50)
    assert len((await made.found(adIds=None))["arms"]) == 50


async def test_ids_of_others_and_of_nothing_are_not_found(tools: Toolbox, ads: ComparedAds) -> None:
    other = await compared_ads(tools)
    for named in ([ads.id_of(0), other.id_of(0)], [ads.id_of(0), encode_id("Ad", new_id())]):
        assert (await ads.ask(adIds=named)).codes == ["NOT_FOUND"]
    assert (await ads.ask(creativeIds=[encode_id("Creative", new_id())])).codes == ["NOT_FOUND"]
    own = await compared_ads(tools, ads.world.entities)
    elsewhere = [encode_id("AdAccount", own.world.account.id)]
    assert (await ads.ask(adAccountIds=elsewhere)).codes == ["NOT_FOUND"]
    assert (await ads.ask(adAccountIds=[encode_id("AdAccount", new_id())])).codes == ["NOT_FOUND"]


async def test_whoever_may_read_may_ask(ads: ComparedAds) -> None:
    viewer = Door(ads.door.tools, ads.world.entities.as_role(Role.VIEWER))
    assert (await ads.ask(door=viewer)).codes == []
    assert (await ads.ask(door=Door(ads.door.tools, ads.world.entities.as_role(None)))).codes == ["FORBIDDEN"]
    assert (await ads.ask(door=Door(ads.door.tools, None))).codes == ["UNAUTHENTICATED"]
