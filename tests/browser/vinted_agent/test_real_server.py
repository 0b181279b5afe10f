"""The extension between the real server and the stand-in of the site: what people ask for arrives there, once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Page, Request, expect

from sandbox.marketplaces.faults import CallFaultKind
from sandbox.vinted.faults import VintedFault
from sandbox.vinted.members import Member
from sandbox.vinted.server import VintedServer
from sandbox.vinted.state import Challenge
from tests.browser.vinted_agent.loaded import LoadedAgent
from tests.doors.http import GraphQLClient
from tests.processes import data_directory, free_port, server_process
from tests.sandbox.vinted.site_browser import jpeg
from tests.web.test_files import form_of

pytestmark = pytest.mark.browser
# Nobody looks whether an item was made before 31 seconds have gone by.
PATIENCE_S = 90
CONNECT = """
mutation {
  connectChannel(input: { kind: VINTED, market: "vinted.fr", name: "Wardrobe" }) {
    channel { id } pairingCode userErrors { code message }
  }
}"""
CHANNEL = """
query ($id: ID!) {
  node(id: $id) { ... on Channel {
    status issue accountName abilities agent { isConnected version } settings { policies { externalId } }
    listings(first: 1) { totalCount }
  } }
}"""
SYNC = """
mutation ($id: ID!, $kinds: [ChannelJobKind!]) {
  syncChannel(id: $id, kinds: $kinds) { jobs { id } userErrors { code message } }
}"""
JOB = """
query ($id: ID!) {
  node(id: $id) {
    ... on ChannelJob { status done total waitReason error { code message } problems { code message } }
  }
}"""

ATTRIBUTE = """
mutation ($kind: AttributeKind!, $key: String!, $id: String!) {
  saveAttribute(input: {
    kind: $kind, key: $key, label: $key, mappings: [{ channelKind: VINTED, externalId: $id }]
  }) { attribute { id } userErrors { code message } }
}"""
PRODUCT = """
mutation ($attributes: [ID!]!) {
  createProduct(input: {
    sku: "V-900", title: "Blue vase", description: "A blue vase.", currency: "EUR", price: 12.5, quantity: 1,
    attributeIds: $attributes
  }) { product { id } userErrors { code message } }
}"""
PICTURE = """
mutation ($product: ID!, $file: Upload!) {
  addProductImage(productId: $product, file: $file) { userErrors { code message } }
}"""
PARCEL = """
mutation ($id: ID!) {
  updateChannel(id: $id, input: { defaultPolicies: [{ kind: SHIPPING, externalId: "1", market: "vinted.fr" }] }) {
    channel { id } userErrors { code message }
  }
}"""
PUBLISH = """
mutation ($products: [ID!]!, $channels: [ID!]!) {
  publishProducts(input: { productIds: $products, channelIds: $channels }, idempotencyKey: "vase") {
    jobs { id } problems { problem { message } } userErrors { code message }
  }
}"""
SEND = """
mutation ($id: ID!, $text: String!) {
  sendMessage(conversationId: $id, text: $text, idempotencyKey: "hello") { jobs { id } userErrors { code message } }
}"""


@dataclass
class Shop:
    """A team with a channel of Vinted that the extension in the browser works."""

    owner: GraphQLClient
    channel_id: str
    site: VintedServer
    agent: LoadedAgent
    popup: Page

    @property
    def member(self) -> Member:
        return next(iter(self.site.sandbox.book.members.values()))

    async def ask(self, query: str, **variables: object) -> Any:
        reply = await self.owner.ask(query, **variables)
        assert reply.errors == [], reply.text
        [answer] = reply.data.values()
        assert not answer.get("userErrors"), reply.text
        return answer

    async def channel(self) -> Any:
        return await self.ask(CHANNEL, id=self.channel_id)

    async def until(self, is_so: Callable[[Any], bool], query: str = CHANNEL, node_id: str | None = None) -> Any:
        """The node once it is so. The extension would ask within a minute; here it is told that somebody looks."""
        found: Any = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so(found := await self.ask(query, id=node_id or self.channel_id)):
                    await self.agent.wake(self.popup)
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(found) from None
        return found

    async def done(self, job_id: str) -> Any:
        return await self.until(lambda job: job["status"] in ("SUCCEEDED", "FAILED", "CANCELLED"), JOB, job_id)

    async def synced(self, kind: str) -> Any:
        answer = await self.ask(SYNC, id=self.channel_id, kinds=[kind])
        return await self.done(answer["jobs"][0]["id"])

    async def product(self) -> str:
        """With all that an item needs."""
        mapped = [("CATEGORY", "vases-there", "1936"), ("CONDITION", "new-there", "6")]
        attributes = [
            (await self.ask(ATTRIBUTE, kind=kind, key=key, id=external_id))["attribute"]["id"]
            for kind, key, external_id in mapped
        ]
        product_id: str = (await self.ask(PRODUCT, attributes=attributes))["product"]["id"]
        sent = await self.owner.send("POST", data=form_of(PICTURE, jpeg(800, 800), product=product_id))
        assert sent.data["addProductImage"]["userErrors"] == [], sent.text
        return product_id


@pytest.fixture(scope="module")
async def shop(vinted_site: VintedServer, loaded: LoadedAgent) -> AsyncIterator[Shop]:
    """Connected as a person does it: by a code, in the popup."""
    port = free_port()
    own = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "PORT": port, "SANDBOX": "off", "RELAY_SPACING_MS": 0}
    with data_directory() as folder:
        async with server_process(folder, **own, RELAY_LISTING_DELAY_S=1) as (client, _):
            owner = await client.login("demo@example.com", "adgraph-demo")
            answer = (await owner.ask(CONNECT)).data["connectChannel"]
            assert answer["userErrors"] == []
            popup = await loaded.popup()
            shop = Shop(owner, answer["channel"]["id"], vinted_site, loaded, popup)
            await loaded.sign_in(shop.member.login)
            await loaded.pair(popup, client.url, answer["pairingCode"])
            await expect(popup.get_by_text("Paired with Wardrobe")).to_be_visible()
            await shop.until(lambda channel: channel["status"] == "CONNECTED")
            yield shop


async def test_a_channel_is_connected_once_it_is_known_who_is_signed_in(shop: Shop) -> None:
    channel = await shop.channel()
    assert (channel["accountName"], channel["issue"]) == (shop.member.login, None)
    assert channel["agent"] == {"isConnected": True, "version": "1.0.0"}
    assert "PUBLISH" in channel["abilities"]


async def test_all_items_sales_and_conversations_are_read(shop: Shop) -> None:
    for kind in ("SYNC_LISTINGS", "SYNC_ORDERS", "SYNC_CONVERSATIONS"):
        assert (await shop.synced(kind))["status"] == "SUCCEEDED"
    # What was never offered is no listing.
    offered = [item for item in shop.member.items.values() if item.state not in ("hidden", "draft")]
    assert (await shop.channel())["listings"]["totalCount"] == len(offered)
    assert len(offered) >= 118
    counts = await shop.owner.ask("{ orders { totalCount } conversations { totalCount } }")
    assert counts.data["orders"]["totalCount"] == len(shop.member.sales)
    assert counts.data["conversations"]["totalCount"] == len(shop.member.talks)


async def test_a_challenge_stops_the_channel_until_a_person_has_answered_it(shop: Shop) -> None:
    shop.site.sandbox.challenge = Challenge("PAGE")
    answer = await shop.ask(SYNC, id=shop.channel_id, kinds=["SYNC_ORDERS"])
    await shop.until(lambda channel: (channel["status"], channel["issue"]) == ("ATTENTION", "CHALLENGE"))
    tab = await shop.agent.context.new_page()
    await tab.goto(f"{shop.site.url}/challenge")
    await tab.get_by_role("button", name="I am a person").click()
    assert (await shop.synced("CHECK"))["status"] == "SUCCEEDED"
    await shop.until(lambda channel: channel["status"] == "CONNECTED")
    assert (await shop.done(answer["jobs"][0]["id"]))["status"] == "SUCCEEDED"


async def test_a_product_becomes_one_item_though_the_worker_dies_in_the_middle(shop: Shop) -> None:
    product_id = await shop.product()
    await shop.until(lambda channel: channel["settings"]["policies"])
    await shop.ask(PARCEL, id=shop.channel_id)
    shop.site.sandbox.faults.add(VintedFault("items.create", CallFaultKind.DELAY, delay_s=0.3))
    deaths = list[asyncio.Task[None]]()

    def die(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/item_upload/items"):
            deaths.append(asyncio.create_task(shop.agent.kill_worker(shop.popup)))

    shop.agent.context.on("request", die)
    answer = await shop.ask(PUBLISH, products=[product_id], channels=[shop.channel_id])
    assert answer["problems"] == []
    job = await shop.done(answer["jobs"][0]["id"])
    await asyncio.gather(*deaths)
    assert (job["status"], job["problems"], len(deaths)) == ("SUCCEEDED", [], 1), job
    [item] = [item for item in shop.member.items.values() if item.given["title"] == "Blue vase"]
    assert (item.given["price"], len(item.photo_ids)) == ("12.50", 1)
    assert item.given["description"].endswith("V-900")


async def test_a_message_arrives_once(shop: Shop) -> None:
    await shop.synced("SYNC_CONVERSATIONS")
    talk = (await shop.owner.ask("{ conversations(first: 1) { nodes { id externalId } } }")).data["conversations"]
    [found] = talk["nodes"]
    answer = await shop.ask(SEND, id=found["id"], text="It is still there.")
    assert (await shop.done(answer["jobs"][0]["id"]))["status"] == "SUCCEEDED"
    said = [message.body for message in shop.member.talks[int(found["externalId"])].messages]
    assert said.count("It is still there.") == 1
