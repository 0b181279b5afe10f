"""connectChannel of Vinted as clients call it: a channel that is PENDING, and a code that is in no kept answer."""

from typing import Any

from resolvers.node_id import encode_id
from tests.worlds.pairing import PairingWorld

CONNECT = """
mutation ($input: ConnectChannelInput!, $key: String) {
  connectChannel(input: $input, idempotencyKey: $key) {
    channel { id kind name status market: settings { market } agent { version } }
    authorizationUrl pairingCode userErrors { code field message }
  }
}
"""


async def connected(world: PairingWorld, key: str | None = None, **given: Any) -> Any:
    wish = {"kind": "VINTED", **given}
    return (await world.world.say(CONNECT, world.owner, input=wish, key=key))["connectChannel"]


async def test_a_member_is_connected_by_a_code(world: PairingWorld) -> None:
    made = await connected(world, market="vinted.de", key="one")
    channel = made["channel"]
    assert (channel["kind"], channel["name"], channel["status"]) == ("VINTED", "Vinted", "PENDING")
    assert (channel["market"], channel["agent"], made["authorizationUrl"]) == ({"market": "vinted.de"}, None, None)
    again = await connected(world, market="vinted.de", key="one")
    assert (again["pairingCode"], again["channel"]["id"]) == (made["pairingCode"], channel["id"])
    told = await world.told(made["pairingCode"])
    assert (told["channelName"], told["market"]) == ("Vinted", "vinted.de")
    anew = await connected(world, channelId=channel["id"])
    assert anew["channel"]["id"] == channel["id"]
    assert anew["pairingCode"] != made["pairingCode"]
    assert not await world.is_let_in(told["token"])


async def test_what_is_wrong_is_told_by_its_place(world: PairingWorld) -> None:
    for given, code, place in [
        ({}, "INVALID", ["input", "market"]),
        ({"market": "vinted.xx"}, "INVALID", ["input", "market"]),
        ({"market": "vinted.fr", "name": ""}, "INVALID", ["input", "name"]),
        ({"channelId": encode_id("Channel", world.tenant_id)}, "NOT_FOUND", ["input", "channelId"]),
        ({"channelId": "x"}, "INVALID", ["input", "channelId"]),
    ]:
        made = await connected(world, **given)
        [error] = made["userErrors"]
        assert (error["code"], error["field"], made["pairingCode"], made["channel"]) == (code, place, None, None), given
