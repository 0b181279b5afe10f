"""Channels of eBay as clients connect and renew them through its dialog, against eBay's stand-in."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from integrations.ebay.app import SCOPES
from models.audit.actor import ActorKind
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.job_queries import channel_jobs_by_ids
from models.erasure.tenant import close_accounts
from models.ids import new_id
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from sandbox.ebay.faults import EbayFault, EbayFaultKind
from services.channel_access import fresh_session
from services.oauth import challenge_of
from services.toolbox import Toolbox
from tests.worlds.ads import EntityWorld
from tests.worlds.channels import COMPLETE, CONNECT, NOON, SellingBase, SellingWorld, query_of, selling_base
from tests.worlds.connections import VERIFIER, Browser

DISCONNECT = """mutation ($id: ID!, $deleteData: Boolean! = false) {
  disconnectChannel(id: $id, deleteData: $deleteData) { ok userErrors { code } } }"""


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[SellingBase]:
    async with selling_base(tools) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: SellingBase) -> SellingWorld:
    return await base.world()


def errors(answer: Any) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["field"]) for each in answer["userErrors"]]


async def test_the_dialog_leads_to_a_channel_of_the_seller(world: SellingWorld) -> None:
    begun = await world.begun()
    assert (begun["channel"], begun["userErrors"]) == (None, [])
    back = await world.came_back(begun["authorizationUrl"])
    made = (await world.completed(back["code"]))["channel"]
    seller = world.seller()
    assert (made["kind"], made["status"], made["issue"], made["reason"]) == ("EBAY", "CONNECTED", None, None)
    assert (made["externalId"], made["accountName"], made["name"]) == (seller.user_id, seller.username, seller.username)
    assert made["settings"] == {
        "market": "EBAY_DE", "syncEveryMinutes": 15, "endElsewhereOnSale": True, "includedTaxRate": None
    }  # fmt: skip
    assert await world.noted() == ["channel.begun", "channel.connected"]


async def test_the_tokens_are_stored_encrypted_and_work(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    channel, access = await world.stored(made["id"])
    assert access is not None
    assert access.access_enc.startswith("enc:v1:")
    assert access.refresh_enc.startswith("enc:v1:")
    assert access.access_ends_at == NOON + timedelta(hours=2)
    assert access.refresh_ends_at == NOON + timedelta(seconds=47_304_000)
    assert tuple(access.scopes) == SCOPES
    session = await fresh_session(world.tools, world.team.viewer, channel)
    assert (await session.seller()).external_id == world.seller().user_id


async def test_a_name_and_a_market_of_the_wish_outlast_the_dialog(world: SellingWorld) -> None:
    made = (await world.connected(name=" Our  eBay ", market="EBAY_AT"))["channel"]
    assert (made["name"], made["settings"]["market"]) == ("Our eBay", "EBAY_AT")


async def test_the_same_seller_again_is_the_same_channel_with_other_tokens(world: SellingWorld) -> None:
    first = (await world.connected(name="Ours", market="EBAY_AT"))["channel"]
    _, before = await world.stored(first["id"])
    again = (await world.connected())["channel"]
    _, after = await world.stored(again["id"])
    assert (again["id"], again["name"], again["settings"]["market"]) == (first["id"], "Ours", "EBAY_AT")
    assert before is not None
    assert after is not None
    assert before.refresh_enc != after.refresh_enc
    assert (await world.noted())[-1] == "channel.renewed"


async def test_two_who_connect_the_same_seller_at_once_share_one_channel(world: SellingWorld) -> None:
    codes = [(await world.came_back((await world.begun())["authorizationUrl"]))["code"] for _ in range(2)]
    answers = await asyncio.gather(*(world.completed(code) for code in codes))
    assert len({each["channel"]["id"] for each in answers}) == 1


async def test_signing_in_anew_ends_attention(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    attention = "update channel set status = 'ATTENTION', issue = 'REAUTHORIZE', reason = 'Connect again.'"
    await world.change(attention)
    begun = await world.begun(channelId=made["id"])
    assert (begun["channel"]["status"], begun["channel"]["reason"]) == ("ATTENTION", "Connect again.")
    back = await world.came_back(begun["authorizationUrl"])
    renewed = (await world.completed(back["code"]))["channel"]
    assert (renewed["id"], renewed["status"], renewed["issue"], renewed["reason"]) == (
        made["id"], "CONNECTED", None, None
    )  # fmt: skip


async def test_another_seller_than_the_channels_is_refused_in_words(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    _, before = await world.stored(made["id"])
    refused = await world.connected("EBAY_US", channelId=made["id"])
    assert errors(refused) == [("CONFLICT", None)]
    own, other = world.seller().username, world.seller("EBAY_US").username
    assert refused["userErrors"][0]["message"].startswith(f"This channel belongs to the seller {own}, and")
    assert other in refused["userErrors"][0]["message"]
    channel, after = await world.stored(made["id"])
    assert (channel.external_id, after) == (world.seller().user_id, before)


async def test_a_seller_of_another_tenant_is_connected_here_as_well(world: SellingWorld, base: SellingBase) -> None:
    """Nobody learns that another team sells there, and neither team touches the other's channel."""
    other = await base.world()
    ours, theirs = (await world.connected())["channel"], (await other.connected())["channel"]
    assert ours["externalId"] == theirs["externalId"]
    assert ours["id"] != theirs["id"]
    foreign = await other.begun(channelId=ours["id"])
    assert errors(foreign) == [("NOT_FOUND", ["input", "channelId"])]


async def test_the_plan_has_room_for_as_many_sellers_as_it_says(world: SellingWorld) -> None:
    await world.connected()
    full = await world.connected("EBAY_US")
    assert (full["channel"], errors(full)) == (None, [("QUOTA_EXCEEDED", None)])
    # One that is there is renewed all the same.
    assert (await world.connected())["userErrors"] == []


async def test_no_dialog_is_begun_for_a_channel_without_room(world: SellingWorld) -> None:
    shop = (await world.ask(CONNECT, input={"kind": "SHOP", "name": "Own"})).data["connectChannel"]
    assert shop["userErrors"] == []
    full = await world.begun()
    assert (full["authorizationUrl"], errors(full)) == (None, [("QUOTA_EXCEEDED", None)])


async def test_a_frozen_channel_is_not_signed_in(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    back = await world.came_back((await world.begun())["authorizationUrl"])
    await world.change("update channel set frozen_at = now()")
    assert errors(await world.begun(channelId=made["id"])) == [("QUOTA_EXCEEDED", ["input", "channelId"])]
    assert [code for code, _ in errors(await world.completed(back["code"]))] == ["QUOTA_EXCEEDED"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"codeChallenge": None}, ("INVALID", ["input", "codeChallenge"])),
        ({"codeChallenge": "short"}, ("INVALID", ["input", "codeChallenge"])),
        ({"returnUrl": "https://elsewhere.example/"}, ("INVALID", ["input", "returnUrl"])),
        ({"returnUrl": ""}, ("INVALID", ["input", "returnUrl"])),
        ({"market": "EBAY_XX"}, ("INVALID", ["input", "market"])),
        ({"market": ""}, ("INVALID", ["input", "market"])),
        ({"market": "m" * 100_000}, ("INVALID", ["input", "market"])),
        ({"name": " "}, ("INVALID", ["input", "name"])),
        ({"name": "n" * 101}, ("INVALID", ["input", "name"])),
        ({"channelId": encode_id("Channel", UUID(int=7))}, ("NOT_FOUND", ["input", "channelId"])),
        ({"channelId": "nonsense"}, ("INVALID", ["input", "channelId"])),
    ],
    ids=["no challenge", "challenge", "origin", "no url", "market", "blank", "long", "name", "names", "id", "no id"],
)
async def test_a_dialog_that_cannot_begin_is_refused(world: SellingWorld, given: dict[str, Any], error: Any) -> None:
    answer = await world.begun(**given)
    assert (answer["authorizationUrl"], errors(answer)) == (None, [error])
    assert await world.noted() == []


async def test_without_keys_of_the_app_nothing_is_begun(tools: Toolbox, world: SellingWorld) -> None:
    world.tools = tools
    answer = await world.begun()
    assert errors(answer) == [("NOT_CONFIGURED", ["input", "kind"])]
    assert "EBAY_CLIENT_ID" in answer["userErrors"][0]["message"]


async def test_only_whoever_may_connect_accounts_begins_and_ends_a_dialog(world: SellingWorld) -> None:
    back = await world.came_back((await world.begun())["authorizationUrl"])
    world.role = Role.MANAGER
    wish = {"kind": "EBAY", "codeChallenge": challenge_of(VERIFIER)}
    assert (await world.ask(CONNECT, input=wish)).codes == ["FORBIDDEN"]
    assert (await world.ask(COMPLETE, code=back["code"], verifier=VERIFIER)).codes == ["FORBIDDEN"]


async def test_a_colleague_cannot_end_a_dialog_that_somebody_else_began(world: SellingWorld) -> None:
    back = await world.came_back((await world.begun())["authorizationUrl"])
    world.team = EntityWorld(world.tools.db, world.team.tenant_id, new_id())
    assert [code for code, _ in errors(await world.completed(back["code"]))] == ["TOKEN_INVALID"]


@pytest.mark.parametrize("path", ["/auth/ebay/declined", "/auth/ebay/declined?state="])
async def test_a_seller_who_declines_reads_that_nothing_was_connected(world: SellingWorld, path: str) -> None:
    browser = Browser(world.http)
    dialog = (await browser.get((await world.begun())["authorizationUrl"])).location
    address = await world.click(dialog, answer="cancel")
    assert address == f"{world.tools.addresses.public_url}/auth/ebay/declined"
    page = await browser.get(address)
    assert (page.status, "Nothing was connected" in page.text) == (200, True)


@pytest.mark.parametrize("said", ["/auth/ebay/declined?state={}", "/auth/ebay/callback?state={}&error=access_denied"])
async def test_a_refusal_that_names_its_dialog_is_told_to_the_app(world: SellingWorld, said: str) -> None:
    browser = Browser(world.http)
    dialog = (await browser.get((await world.begun())["authorizationUrl"])).location
    address = world.tools.addresses.public_url + said.format(query_of(dialog)["state"])
    back = (await browser.get(address)).query
    assert back["error"] == "OAUTH_DENIED"
    assert errors(await world.completed(back["code"])) == [("OAUTH_DENIED", None)]


@pytest.mark.parametrize(
    "query", ["", "?state=unknown&code=x", "?state={}", "?state={}&code=", "?state={}&code=made-up", "?code=x"]
)
async def test_an_answer_that_is_none_of_ebays_connects_nothing(world: SellingWorld, query: str) -> None:
    browser = Browser(world.http)
    dialog = (await browser.get((await world.begun())["authorizationUrl"])).location
    address = f"{world.tools.addresses.public_url}/auth/ebay/callback{query.format(query_of(dialog)['state'])}"
    back = await browser.get(address)
    if back.status == 303:
        assert errors(await world.completed(back.query["code"])) == [("OAUTH_FAILED", None)]
    else:
        assert back.status == 400
    assert await world.noted() == ["channel.begun"]


async def test_the_code_with_odd_characters_arrives_whole_and_works_once(world: SellingWorld) -> None:
    browser = Browser(world.http)
    dialog = (await browser.get((await world.begun())["authorizationUrl"])).location
    address = await world.click(dialog)
    assert "%23" in address
    assert "%5E" in address
    assert (await browser.get(address)).status == 303
    # The page is loaded again: the flow has been answered.
    assert (await browser.get(address)).status == 400


@pytest.mark.parametrize("call", ["identity.user", "oauth.token"])
async def test_ebay_that_fails_in_the_middle_leaves_no_channel(world: SellingWorld, call: str) -> None:
    back = await world.came_back((await world.begun())["authorizationUrl"])
    world.ebay.sandbox.faults.add(EbayFault(call, EbayFaultKind.ANSWER, times=None))
    answer = await world.ask(COMPLETE, code=back["code"], verifier=VERIFIER)
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]
    assert await world.noted() == ["channel.begun"]


async def test_no_token_is_in_logs_answers_or_the_audit_log(world: SellingWorld) -> None:
    with capture_logs() as logged:
        made = await world.connected()
        await world.ask(DISCONNECT, id=made["channel"]["id"])
    book = world.ebay.sandbox.book
    secrets = [*book.consents, *book.access_tokens, "ebay-secret-canary"]
    log = await world.ask("{ auditLog { nodes { before after } } }")
    said = f"{logged} {made} {log}"
    assert not [secret for secret in secrets if secret in said]


async def test_a_disconnected_channel_has_no_tokens_and_is_connected_again_with_its_orders(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    for _ in range(2):
        gone = await world.ask(DISCONNECT, id=made["id"])
        assert gone.data["disconnectChannel"] == {"ok": True, "userErrors": []}
    channel, access = await world.stored(made["id"])
    assert (channel.status, channel.next_sync_at, access) == ("DISCONNECTED", None, None)
    assert channel.next_check_at is None
    again = (await world.connected())["channel"]
    assert (again["id"], again["status"], again["disconnectedAt"]) == (made["id"], "CONNECTED", None)
    assert await world.noted() == [
        "channel.begun", "channel.connected", "channel.disconnected", "channel.begun", "channel.connected"
    ]  # fmt: skip


async def test_a_channel_is_deleted_with_all_that_is_of_it(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    await world.ask(DISCONNECT, id=made["id"], deleteData=True)
    answer = await world.ask("{ channels { nodes { id } } }")
    assert answer.data["channels"]["nodes"] == []
    assert (await world.connected())["channel"]["id"] != made["id"]


async def test_jobs_that_waited_go_on_when_the_seller_signs_in_and_end_with_the_channel(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    channel, _ = await world.stored(made["id"])
    job = ChannelJob(
        tenant_id=channel.tenant_id,
        channel_id=channel.id,
        kind=ChannelJobKind.CHECK,
        sameness="check",
        status=ChannelJobStatus.WAITING,
        wait_reason="Connect again.",
        requested_by_kind=ActorKind.SYSTEM,
        queued_at=NOON,
        heartbeat_at=NOON,
    )
    await world.team.keep(job)

    async def status() -> ChannelJobStatus:
        async with world.tools.db.read(world.team.viewer) as session:
            [found] = await channel_jobs_by_ids(session, [job.id])
        return found.status

    await world.connected()
    assert await status() is ChannelJobStatus.QUEUED
    await world.ask(DISCONNECT, id=made["id"])
    assert await status() is ChannelJobStatus.CANCELLED


async def test_a_deleted_tenant_keeps_no_token(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    async with world.tools.db.write(world.team.viewer) as session:
        await close_accounts(session, reason="The team was deleted.", now=NOON)
    channel, access = await world.stored(made["id"])
    assert (channel.status, channel.next_sync_at, access) == ("DISCONNECTED", None, None)
