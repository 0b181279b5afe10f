"""What sellers have set up at eBay: read with the channel, chosen as defaults, and kept when it is read anew."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from models.ids import new_id
from models.listener import notify_changes
from sandbox.ebay.control import shop_of
from sandbox.ebay.faults import EbayFault, EbayFaultKind
from sandbox.ebay.sellers import Shop
from services.channel_access import fresh_session
from services.channels.policies import renew_policies
from services.toolbox import Toolbox
from tests.worlds.channels import SHOWN, SellingBase, SellingWorld, selling_base

POLICIES = """query ($id: ID!) { node(id: $id) { ... on Channel { status issue reason settings {
  market policies { kind externalId name market isDefault } } } } }"""
UPDATE = f"mutation ($id: ID!, $input: ChannelSettingsInput!) {{ updateChannel(id: $id, input: $input) {{ {SHOWN} }} }}"


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[SellingBase]:
    async with selling_base(tools) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: SellingBase) -> SellingWorld:
    return await base.world()


@pytest.fixture
def shop(world: SellingWorld) -> Shop:
    return shop_of(world.ebay.sandbox, "EBAY_DE")


async def channel_of(world: SellingWorld, channel_id: str) -> Any:
    return (await world.ask(POLICIES, id=channel_id)).data["node"]


async def updated(world: SellingWorld, channel_id: str, **given: Any) -> Any:
    return (await world.ask(UPDATE, id=channel_id, input=given)).data["updateChannel"]


async def renew(world: SellingWorld, channel_id: str) -> None:
    channel, _ = await world.stored(channel_id)
    session = await fresh_session(world.tools, world.team.viewer, channel)
    await renew_policies(world.tools, world.team.viewer, channel, session)


def codes(answer: Any) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["field"]) for each in answer["userErrors"]]


async def test_a_channel_comes_with_the_policies_of_its_market(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    found = (await channel_of(world, made["id"]))["settings"]["policies"]
    kinds = [each["kind"] for each in found]
    assert {"SHIPPING", "PAYMENT", "RETURN"} <= set(kinds)
    assert {each["market"] for each in found if each["kind"] != "LOCATION"} == {"EBAY_DE"}
    # Where there is one of a kind there is nothing to choose.
    assert {each["isDefault"] for each in found if kinds.count(each["kind"]) == 1} <= {True}


async def test_policies_that_are_read_anew_are_told_to_those_who_watch_where_they_changed(
    world: SellingWorld, shop: Shop
) -> None:
    made = (await world.connected())["channel"]
    channel, _ = await world.stored(made["id"])
    async with world.tools.hub.watch_activity(world.team.tenant_id) as watch:
        await watch.changed()
        await renew(world, made["id"])
        for policy in shop.policies["return"].values():
            policy["name"] = f"{policy['name']} again"
        sentinel = new_id()
        async with world.tools.db.write(world.team.viewer) as session:
            await notify_changes(session, "ORDER", [sentinel])
        assert await watch.changed() == {("ORDER", sentinel)}
        await renew(world, made["id"])
        assert await watch.changed() == {("CHANNEL", channel.id)}


async def test_a_default_stays_while_its_policy_is_there_and_one_that_is_gone_goes(
    world: SellingWorld, shop: Shop
) -> None:
    made = (await world.connected())["channel"]
    policies = shop.policies["return"]
    [old] = [each for each in policies.values() if each["marketplaceId"] == "EBAY_DE"]
    other = old | {"returnPolicyId": "9001", "name": "60 days"}
    policies["9001"] = other
    await renew(world, made["id"])

    async def returns() -> list[tuple[str, bool]]:
        rows = (await channel_of(world, made["id"]))["settings"]["policies"]
        return sorted((each["externalId"], each["isDefault"]) for each in rows if each["kind"] == "RETURN")

    assert await returns() == sorted([(old["returnPolicyId"], True), ("9001", False)])
    choice = {"kind": "RETURN", "externalId": "9001"}
    assert codes(await updated(world, made["id"], defaultPolicies=[choice])) == []
    # Choosing it again changes nothing, and the audit log says nothing.
    await updated(world, made["id"], defaultPolicies=[choice, choice])
    other["name"] = "Sixty days"
    await renew(world, made["id"])
    assert await returns() == sorted([(old["returnPolicyId"], False), ("9001", True)])
    del policies["9001"]
    await renew(world, made["id"])
    assert await returns() == [(old["returnPolicyId"], True)]
    assert (await world.noted())[-1:] == ["channel.changed"]
    assert (await world.noted()).count("channel.changed") == 1


@pytest.mark.parametrize(
    "choice",
    [
        {"kind": "RETURN", "externalId": "unknown"},
        {"kind": "PROCESSING", "externalId": "1"},
        {"kind": "RETURN", "externalId": ""},
        {"kind": "RETURN", "externalId": "x" * 100_000},
        {"kind": "RETURN", "externalId": "\0"},
    ],
    ids=["unknown", "kind", "empty", "long", "nul"],
)
async def test_a_policy_that_the_seller_has_not_cannot_be_chosen(world: SellingWorld, choice: dict[str, str]) -> None:
    made = (await world.connected())["channel"]
    refused = await updated(world, made["id"], name="Other", defaultPolicies=[choice])
    assert codes(refused) == [("INVALID", ["input", "defaultPolicies", "0"])]
    assert (await world.stored(made["id"]))[0].name == made["name"]


async def test_another_market_brings_its_policies(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    changed = (await updated(world, made["id"], market="EBAY_AT", syncEveryMinutes=5))["channel"]
    assert (changed["settings"]["market"], changed["settings"]["syncEveryMinutes"]) == ("EBAY_AT", 5)
    found = (await channel_of(world, made["id"]))["settings"]["policies"]
    assert "EBAY_DE" not in {each["market"] for each in found}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"market": "EBAY_XX"}, "market"),
        ({"market": ""}, "market"),
        ({"syncEveryMinutes": 4}, "syncEveryMinutes"),
        ({"syncEveryMinutes": 1441}, "syncEveryMinutes"),
        ({"syncEveryMinutes": 0}, "syncEveryMinutes"),
        ({"syncEveryMinutes": -2147483648}, "syncEveryMinutes"),
    ],
)
async def test_settings_that_a_marketplace_has_not_are_refused(
    world: SellingWorld, given: dict[str, Any], field: str
) -> None:
    made = (await world.connected())["channel"]
    assert codes(await updated(world, made["id"], **given)) == [("INVALID", ["input", field])]


async def test_a_channel_may_be_read_only_when_somebody_asks(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    changed = (await updated(world, made["id"], syncEveryMinutes=None))["channel"]
    assert changed["settings"]["syncEveryMinutes"] is None
    channel, _ = await world.stored(made["id"])
    assert channel.next_sync_at is None
    # What is absent stays.
    assert (await updated(world, made["id"]))["channel"]["settings"]["syncEveryMinutes"] is None


async def test_a_seller_without_business_policies_is_connected_and_told_what_to_do(
    world: SellingWorld, shop: Shop
) -> None:
    shop.seller.is_opted_in = False
    try:
        made = (await world.connected())["channel"]
        assert (made["status"], made["issue"]) == ("CONNECTED", "CONFIGURATION")
        assert "business policies" in made["reason"]
        assert shop.seller.is_opted_in is False, "nothing is agreed to for the seller"
    finally:
        shop.seller.is_opted_in = True
    await renew(world, made["id"])
    seen = await channel_of(world, made["id"])
    assert (seen["status"], seen["issue"], seen["reason"]) == ("CONNECTED", None, None)
    assert seen["settings"]["policies"] != []


async def test_a_channel_is_connected_though_its_policies_cannot_be_read_now(world: SellingWorld) -> None:
    world.ebay.sandbox.faults.add(EbayFault("account.*", EbayFaultKind.ANSWER, times=None))
    made = (await world.connected())["channel"]
    assert (made["status"], made["issue"]) == ("CONNECTED", None)
    assert (await channel_of(world, made["id"]))["settings"]["policies"] == []
    world.ebay.sandbox.faults.clear()
    await renew(world, made["id"])
    assert (await channel_of(world, made["id"]))["settings"]["policies"] != []
