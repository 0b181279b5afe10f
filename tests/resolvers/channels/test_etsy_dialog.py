"""Channels of Etsy as clients connect, read and end them, against Etsy's stand-in over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from integrations.etsy.app import SCOPES
from integrations.etsy.marketplace import EtsyMarketplace
from integrations.http import HttpClient
from models.channels.access import ChannelAccess
from models.channels.channel import ChannelKind
from services.channel_access import fresh_session, fresh_token
from services.toolbox import Toolbox
from tests.worlds.etsy import SHARED_SECRET, EtsyBase, EtsyWorld, etsy_base

POLICIES = (
    "query ($id: ID!) { node(id: $id) { ... on Channel { settings { policies { kind isDefault } } abilities } } }"
)
TERMS = """query ($id: ID!, $kind: AttributeKind!, $parent: String, $market: String, $search: String) {
  channelTerms(channelId: $id, kind: $kind, parent: $parent, market: $market, search: $search) {
    externalId name isLeaf } }"""
DISCONNECT = "mutation ($id: ID!) { disconnectChannel(id: $id) { ok userErrors { code } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EtsyBase]:
    async with etsy_base(tools, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: EtsyBase) -> EtsyWorld:
    found = await base.world()
    found.role = found.role.ADMIN
    return found


async def test_the_dialog_leads_to_a_channel_of_the_shop(world: EtsyWorld) -> None:
    made = (await world.connected())["channel"]
    seller = world.at_etsy.seller
    assert (made["kind"], made["status"], made["externalId"]) == ("ETSY", "CONNECTED", str(seller.shop_id))
    assert (made["accountName"], made["settings"]["market"]) == (seller.shop_name, None)
    assert made["abilities"] == ["LISTINGS", "PUBLISH", "UPDATE", "END", "ORDERS", "SHIP"]
    access = await world.access()
    assert access.access_ends_at == world.tools.clock() + timedelta(hours=1)
    assert access.refresh_ends_at == world.tools.clock() + timedelta(days=90)
    assert tuple(access.scopes) == SCOPES
    assert {access.access_enc[:7], access.refresh_enc[:7]} == {"enc:v1:"}


async def test_what_sellers_have_set_up_is_read_with_processing_profiles(world: EtsyWorld) -> None:
    made = (await world.connected())["channel"]
    found = (await world.told(POLICIES, id=made["id"]))["node"]["settings"]["policies"]
    assert {each["kind"] for each in found} == {"SHIPPING", "RETURN", "PROCESSING"}


async def test_a_seller_who_declines_connects_nothing(world: EtsyWorld) -> None:
    begun = await world.begun()
    back = await world.came_back(begun["authorizationUrl"], answer="deny")
    assert back["error"] == "OAUTH_DENIED"
    assert await world.rows(ChannelAccess) == []


async def test_etsy_has_one_market(world: EtsyWorld) -> None:
    refused = await world.begun(market="EBAY_DE")
    assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [("NOT_SUPPORTED", ["input", "market"])]
    made = (await world.connected())["channel"]
    answer = await world.ask(TERMS, id=made["id"], kind="CATEGORY", market="EBAY_DE")
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_the_terms_of_etsy_are_its_categories_and_who_made_a_thing(world: EtsyWorld) -> None:
    made = (await world.connected())["channel"]
    tops = (await world.told(TERMS, id=made["id"], kind="CATEGORY"))["channelTerms"]
    assert tops
    below = (await world.told(TERMS, id=made["id"], kind="CATEGORY", parent=tops[0]["externalId"]))["channelTerms"]
    assert {each["externalId"] for each in below}.isdisjoint({each["externalId"] for each in tops})
    conditions = (await world.told(TERMS, id=made["id"], kind="CONDITION"))["channelTerms"]
    assert "i_did.made_to_order" in [each["externalId"] for each in conditions]


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("COLOUR", {}, "The values of this kind are those of a category: say its id as `parent`."),
        ("COLOUR", {"parent": "999999"}, "Etsy has no such category."),
        ("CATEGORY", {"parent": "999999"}, "Etsy has no such category."),
    ],
)
async def test_a_category_that_is_missing_or_unknown_is_bad_input_and_no_outage(
    world: EtsyWorld, kind: str, given: dict[str, Any], words: str
) -> None:
    made = (await world.connected())["channel"]
    answer = await world.ask(TERMS, id=made["id"], kind=kind, **given)
    assert (answer.codes, answer.messages) == (["BAD_USER_INPUT"], [words])


async def test_another_shop_than_the_channels_is_refused_in_words(world: EtsyWorld) -> None:
    made = (await world.connected())["channel"]
    refused = await world.connected("US", channelId=made["id"])
    assert [each["code"] for each in refused["userErrors"]] == ["CONFLICT"]
    assert world.at_etsy.seller.shop_name in refused["userErrors"][0]["message"]


async def test_a_password_change_asks_for_a_new_consent_and_connecting_again_ends_that(world: EtsyWorld) -> None:
    made = (await world.connected())["channel"]
    world.control("revoke")
    await world.told(CHECK, id=made["id"])
    [job] = [each for each in await world.jobs() if each.kind.value == "CHECK"]
    # The access token may have ended by its age: only its renewal tells that the consent has.
    assert [(await world.run(job)).status.value for _ in range(2)] == ["WAITING", "WAITING"]
    seen = await world.seen(made["id"])
    assert (seen.status.value, seen.issue) == ("ATTENTION", "REAUTHORIZE")
    again = (await world.connected(channelId=made["id"]))["channel"]
    assert (again["id"], again["status"], again["reason"]) == (made["id"], "CONNECTED", None)
    assert (await world.run(job)).status.value == "SUCCEEDED"


CHECK = """mutation ($id: ID!) { syncChannel(id: $id, kinds: [CHECK]) { jobs { id } userErrors { code } } }"""


def another_worker(world: EtsyWorld, http: HttpClient) -> Toolbox:
    """With clients of its own."""
    marketplace = world.tools.vendors.selling[ChannelKind.ETSY]
    assert isinstance(marketplace, EtsyMarketplace)
    own = EtsyMarketplace(marketplace.app, http, world.tools.clock)
    return replace(world.tools, vendors=replace(world.tools.vendors, selling={ChannelKind.ETSY: own}))


async def test_twenty_who_need_a_token_at_once_renew_it_once(world: EtsyWorld) -> None:
    """Four workers, each with a client of its own; Etsy ends the old pair with the first renewal."""
    await world.connected()
    world.move(hours=2)
    pairs = world.server.sandbox.book.grants
    before = len(pairs)
    clients = [HttpClient() for _ in range(4)]
    workers = [another_worker(world, each) for each in clients]
    tokens = await asyncio.gather(
        *(fresh_token(workers[number % 4], world.team.viewer, world.channel) for number in range(20))
    )
    for each in clients:
        await each.close()
    assert len(set(tokens)) == 1
    assert len(pairs) - before == 1
    session = await fresh_session(world.tools, world.team.viewer, world.channel)
    assert (await session.seller()).external_id == world.channel.external_id


async def test_nothing_secret_is_logged_or_told(world: EtsyWorld) -> None:
    with capture_logs() as logs:
        answer: Any = await world.connected()
        world.move(hours=2)
        token = await fresh_token(world.tools, world.team.viewer, world.channel)
    told = repr(logs) + repr(answer)
    assert SHARED_SECRET not in told
    assert token not in told


async def test_a_disconnected_shop_has_no_tokens_here_any_more(world: EtsyWorld) -> None:
    made = (await world.connected())["channel"]
    assert (await world.told(DISCONNECT, id=made["id"]))["disconnectChannel"] == {"ok": True, "userErrors": []}
    assert await world.rows(ChannelAccess) == []
    assert (await world.seen(made["id"])).status.value == "DISCONNECTED"
