"""Shops as clients connect, change, list and disconnect them; how many channels there may be, and who may."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON, EntityWorld, entity_world
from tests.worlds.billing import BillingWorld, billing_world

SHOWN = """
  channel { id kind name status issue reason externalId accountName abilities ordersSyncedAt createdAt disconnectedAt
    frozenAt connectedBy { name } settings { market syncEveryMinutes endElsewhereOnSale includedTaxRate } }
  userErrors { code field message }
"""
CONNECT = f"""mutation ($input: ConnectChannelInput!, $key: String) {{
  connectChannel(input: $input, idempotencyKey: $key) {{ {SHOWN} }} }}"""
UPDATE = f"mutation ($id: ID!, $input: ChannelSettingsInput!) {{ updateChannel(id: $id, input: $input) {{ {SHOWN} }} }}"
DISCONNECT = """mutation ($id: ID!, $deleteData: Boolean! = false) {
  disconnectChannel(id: $id, deleteData: $deleteData) { ok id userErrors { code field } } }"""
LIST = """query ($first: Int, $after: String) { channels(first: $first, after: $after) {
  nodes { id name status frozenAt } totalCount pageInfo { endCursor hasNextPage } } }"""
CHOICE = {"kind": "RETURN", "externalId": "1"}
LOG = "{ auditLog { nodes { action } } }"


@dataclass
class World:
    tools: Toolbox
    team: EntityWorld
    role: Role = Role.ADMIN

    async def ask(self, query: str, **given: Any) -> Answer:
        return await Door(self.tools, self.team.as_role(self.role)).ask(query, **given)

    async def connected(self, **given: Any) -> Any:
        return (await self.ask(CONNECT, input={"kind": "SHOP", **given})).data["connectChannel"]

    async def updated(self, channel_id: str, **given: Any) -> Any:
        return (await self.ask(UPDATE, id=channel_id, input=given)).data["updateChannel"]

    async def disconnected(self, channel_id: str, **given: Any) -> Any:
        return (await self.ask(DISCONNECT, id=channel_id, **given)).data["disconnectChannel"]

    async def listed(self) -> list[Any]:
        found: list[Any] = (await self.ask(LIST)).data["channels"]["nodes"]
        return found

    async def noted(self) -> list[str]:
        self.role = Role.OWNER
        return [each["action"] for each in (await self.ask(LOG)).data["auditLog"]["nodes"]]


@pytest.fixture
async def world(tools: Toolbox) -> World:
    return World(tools, await entity_world(tools.db))


def errors(answer: Any) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["field"]) for each in answer["userErrors"]]


async def test_a_shop_is_connected_changed_disconnected_and_connected_again(world: World) -> None:
    made = (await world.connected(name=" My  shop "))["channel"]
    assert (made["kind"], made["name"], made["status"]) == ("SHOP", "My shop", "CONNECTED")
    assert (made["abilities"], made["connectedBy"]) == (["ORDERS"], {"name": "Owner"})
    assert (made["issue"], made["reason"], made["externalId"], made["ordersSyncedAt"]) == (None,) * 4
    assert made["settings"] == {
        "market": None, "syncEveryMinutes": None, "endElsewhereOnSale": True, "includedTaxRate": None
    }  # fmt: skip
    settings = {"includedTaxRate": Decimal("0.19"), "endElsewhereOnSale": False}
    changed = (await world.updated(made["id"], name="Other", includedTaxRate=0.19, endElsewhereOnSale=False))["channel"]
    assert (changed["name"], changed["settings"]) == ("Other", made["settings"] | settings)
    # What is absent stays, and null takes the rate away.
    assert (await world.updated(made["id"]))["channel"] == changed
    assert (await world.updated(made["id"], includedTaxRate=None))["channel"]["settings"]["includedTaxRate"] is None
    for _ in range(2):
        assert await world.disconnected(made["id"]) == {"ok": True, "id": made["id"], "userErrors": []}
    [gone] = await world.listed()
    assert gone["status"] == "DISCONNECTED"
    again = (await world.connected(channelId=made["id"]))["channel"]
    assert (again["id"], again["name"], again["status"], again["disconnectedAt"]) == (
        made["id"], "Other", "CONNECTED", None
    )  # fmt: skip
    # What changes nothing is not noted.
    assert await world.noted() == [
        "channel.connected", "channel.disconnected", "channel.changed", "channel.changed", "channel.connected"
    ]  # fmt: skip


async def test_a_repeated_call_connects_one_shop_and_another_input_is_a_conflict(world: World) -> None:
    first, again, other = [
        (await world.ask(CONNECT, input={"kind": "SHOP", "name": name}, key="one")).data["connectChannel"]
        for name in ("Shop", "Shop", "Other")
    ]
    assert first["channel"]["id"] == again["channel"]["id"]
    assert errors(other) == [("CONFLICT", ["idempotencyKey"])]
    await world.disconnected(first["channel"]["id"], deleteData=True)
    lost = (await world.ask(CONNECT, input={"kind": "SHOP", "name": "Shop"}, key="one")).data["connectChannel"]
    assert errors(lost) == [("NOT_FOUND", ["idempotencyKey"])]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"kind": "EBAY"}, ("NOT_CONFIGURED", ["input", "kind"])),
        ({"kind": "ETSY"}, ("NOT_CONFIGURED", ["input", "kind"])),
        ({"kind": "VINTED"}, ("INVALID", ["input", "market"])),
        ({"market": "EBAY_DE"}, ("NOT_SUPPORTED", ["input", "market"])),
        ({"name": " "}, ("INVALID", ["input", "name"])),
        ({"name": "a\0b"}, ("INVALID", ["input", "name"])),
        ({"name": "n" * 101}, ("INVALID", ["input", "name"])),
        ({"channelId": "nonsense"}, ("INVALID", ["input", "channelId"])),
        ({"channelId": encode_id("Ad", UUID(int=7))}, ("INVALID", ["input", "channelId"])),
        ({"channelId": encode_id("Channel", UUID(int=7))}, ("NOT_FOUND", ["input", "channelId"])),
    ],
    ids=["ebay", "etsy", "vinted", "market", "blank", "nul", "long", "no id", "other id", "missing"],
)
async def test_what_cannot_be_connected_is_refused(world: World, given: dict[str, Any], error: Any) -> None:
    answer = await world.connected(**given)
    assert (answer["channel"], errors(answer)) == (None, [error])
    assert await world.listed() == []


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"includedTaxRate": 1}, ("INVALID", ["input", "includedTaxRate"])),
        ({"includedTaxRate": -0.01}, ("INVALID", ["input", "includedTaxRate"])),
        ({"includedTaxRate": 0.1234567}, ("INVALID", ["input", "includedTaxRate"])),
        ({"syncEveryMinutes": 10}, ("NOT_SUPPORTED", ["input", "syncEveryMinutes"])),
        ({"market": "EBAY_DE"}, ("NOT_SUPPORTED", ["input", "market"])),
        ({"defaultPolicies": [CHOICE]}, ("NOT_SUPPORTED", ["input", "defaultPolicies"])),
        ({"name": ""}, ("INVALID", ["input", "name"])),
    ],
    ids=["whole", "negative", "decimals", "sync", "market", "policies", "name"],
)
async def test_settings_that_cannot_be_are_refused(world: World, given: dict[str, Any], error: Any) -> None:
    made = (await world.connected())["channel"]
    answer = await world.updated(made["id"], **given)
    assert (answer["channel"], errors(answer)) == (None, [error])
    assert (await world.updated(made["id"]))["channel"] == made


async def test_a_channel_of_another_kind_is_not_connected_as_a_shop(world: World) -> None:
    [other] = await world.team.keep(
        Channel(tenant_id=world.team.tenant_id, kind=ChannelKind.EBAY, name="e", status=ChannelStatus.ATTENTION)
    )
    assert errors(await world.connected(channelId=encode_id("Channel", other.id))) == [("INVALID", ["input", "kind"])]


async def test_whoever_may_not_connect_accounts_only_looks(world: World) -> None:
    made = (await world.connected())["channel"]
    world.role = Role.MANAGER
    for query, given in (
        (CONNECT, {"input": {"kind": "SHOP"}}),
        (UPDATE, {"id": made["id"], "input": {}}),
        (DISCONNECT, {"id": made["id"]}),
    ):
        assert (await world.ask(query, **given)).codes == ["FORBIDDEN"]
    world.role = Role.VIEWER
    assert [each["id"] for each in await world.listed()] == [made["id"]]


async def test_of_many_at_once_as_many_are_connected_as_the_plan_has_room_for(world: World) -> None:
    answers = await asyncio.gather(*(world.connected() for _ in range(4)))
    assert sorted(len(each["userErrors"]) for each in answers) == [0, 1, 1, 1]
    assert {code for each in answers for code, _ in errors(each)} == {"QUOTA_EXCEEDED"}
    [only] = await world.listed()
    # Its room is free once it is disconnected, and taken once it is back.
    await world.disconnected(only["id"])
    assert (await world.connected())["userErrors"] == []
    assert errors(await world.connected(channelId=only["id"])) == [("QUOTA_EXCEEDED", None)]


async def test_a_frozen_channel_is_not_changed_and_thaws_when_there_is_room(tools: Toolbox) -> None:
    async with billing_world(tools) as billing:
        world = await two_channels(billing)
        oldest, frozen = await world.listed()
        assert (oldest["frozenAt"], frozen["frozenAt"] is None) == (None, False)
        assert errors(await world.updated(frozen["id"], name="Other")) == [("QUOTA_EXCEEDED", ["id"])]
        again = await world.connected(channelId=frozen["id"], name="Other")
        assert [code for code, _ in errors(again)] == ["QUOTA_EXCEEDED"]
        await world.disconnected(oldest["id"], deleteData=True)
        [left] = await world.listed()
        assert (left["id"], left["name"], left["frozenAt"]) == (frozen["id"], "Shop", None)


async def two_channels(billing: BillingWorld) -> World:
    """One more than the plan has room for; the second one is frozen."""
    world = World(billing.tools, billing.team)

    def channel(at: datetime, **given: Any) -> Channel:
        return Channel(
            tenant_id=billing.team.tenant_id,
            kind=ChannelKind.SHOP,
            name="Shop",
            status=ChannelStatus.CONNECTED,
            created_at=at,
            **given,
        )

    await billing.team.keep(channel(NOON), channel(NOON + timedelta(hours=1), frozen_at=NOON))
    return world


async def test_a_page_is_in_order_of_age_and_leads_to_the_next(world: World) -> None:
    for name in ("one", "two", "three"):
        made = (await world.connected(name=name))["channel"]
        await world.disconnected(made["id"])
    first = (await world.ask(LIST, first=2)).data["channels"]
    assert ([each["name"] for each in first["nodes"]], first["totalCount"]) == (["one", "two"], 3)
    rest = (await world.ask(LIST, after=first["pageInfo"]["endCursor"])).data["channels"]["nodes"]
    assert [each["name"] for each in rest] == ["three"]
