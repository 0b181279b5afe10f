"""Changing ads on the platform: sent once, read back, told truthfully whatever happens on the way."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from errors import Forbidden, UserErrorCode
from models.ads.ad_account import AdAccount
from models.ads.campaign import DeliveryStatus
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.connections.ad_accounts import disconnect_ad_account
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.stand_ins.writable_graph import confirm_without_doing, do_and_hang, do_and_lose, fail, lose, show
from tests.worlds.ads import entity_world
from tests.worlds.changes import ACTIVE, ChangeWorld, change_world
from tests.worlds.vendors import meta_of


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[ChangeWorld]:
    async with change_world(tools) as made:
        yield made


async def test_what_is_switched_off_is_shown_and_audited(world: ChangeWorld) -> None:
    campaign = await world.switch()
    assert campaign.status is DeliveryStatus.PAUSED
    assert (await world.stored()).status is DeliveryStatus.PAUSED
    [(external_id, form)] = world.graph.writes
    assert (external_id, form["status"], form["access_token"]) == (campaign.external_id, "PAUSED", "a-token")
    assert form["appsecret_proof"] == meta_of(world.tools).app.proof("a-token")
    assert await world.audit() == [
        ("campaign.status_set", "Campaign", {"status": "ACTIVE"}, {"status": "PAUSED", "set_to": "PAUSED"})
    ]


async def test_the_delivery_is_what_the_platform_says_and_not_what_was_asked(world: ChangeWorld) -> None:
    async def apply_below_a_paused_campaign(graph: Any, writer: Any, external_id: str, form: Any) -> None:
        await confirm_without_doing(graph, writer, external_id, form)
        graph.things[external_id] |= {"status": "ACTIVE", "effective_status": "CAMPAIGN_PAUSED"}

    world.graph.on_write.append(apply_below_a_paused_campaign)
    assert (await world.switch(ACTIVE, row=world.ad_set)).status is DeliveryStatus.CAMPAIGN_PAUSED


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ({"effective_status": None}, "status"),
        ({"effective_status": ""}, "status"),
        ({"effective_status": {"value": "PAUSED"}}, "status"),
        ({"daily_budget": {"value": "5000"}}, "daily_budget"),
    ],
)
async def test_what_is_not_told_after_a_change_spoils_nothing_that_is_stored(
    world: ChangeWorld, odd: dict[str, Any], kept: str
) -> None:
    async def leave_out(graph: Any, writer: Any, external_id: str, form: Any) -> None:
        graph.things[external_id] |= odd
        await show(graph, writer, external_id, form)

    before = await world.stored()
    world.graph.on_read.append(leave_out)
    assert getattr(await world.switch(), kept) == getattr(before, kept)
    assert (await world.audit())[0][3]["set_to"] == "PAUSED"


@pytest.mark.parametrize("kind", ["ad_set", "ad"])
async def test_ad_sets_and_ads_are_switched_alike(world: ChangeWorld, kind: str) -> None:
    row = getattr(world, kind)
    assert (await world.switch(row=row)).status is DeliveryStatus.PAUSED
    assert [entry[0] for entry in await world.audit()] == [f"{kind}.status_set"]


@pytest.mark.parametrize(("currency", "amount", "sent"), [("EUR", "12.34", "1234"), ("JPY", "500", "500")])
async def test_a_budget_is_sent_in_metas_own_minor_units(
    world: ChangeWorld, currency: str, amount: str, sent: str
) -> None:
    await world.furnish(currency)
    campaign = await world.budget(amount)
    assert campaign.daily_budget == Decimal(amount)
    assert world.graph.writes[0][1]["daily_budget"] == sent
    [(action, _, before, after)] = await world.audit()
    assert (action, before, after["daily_budget"]) == ("campaign.daily_budget_set", {"daily_budget": "50"}, amount)


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", "0"), ("EUR", "-1"), ("EUR", "1.005"), ("JPY", "10.5"), ("EUR", "1e12")]
)
async def test_an_amount_that_cannot_be_is_refused_before_anything_is_sent(
    world: ChangeWorld, currency: str, amount: str
) -> None:
    await world.furnish(currency)
    refusal = await world.refused(world.budget(amount))
    assert (refusal.user_code, refusal.field) == (UserErrorCode.INVALID, "amount")
    assert world.graph.writes == []


async def test_without_a_daily_budget_there_is_none_to_set(world: ChangeWorld) -> None:
    for key, row in (("1", world.ad_set), ("2", world.ad)):
        refusal = await world.refused(world.budget("10", key=key, row=row))
        assert (refusal.user_code, refusal.field) == (UserErrorCode.INVALID, "entity_id")
    assert world.graph.writes == []


async def test_the_scope_is_checked_before_anything_is_sent(world: ChangeWorld) -> None:
    await world.furnish(scopes=["ads_read"])
    assert (await world.refused(world.switch())).user_code is UserErrorCode.PERMISSION_MISSING
    assert world.graph.writes == []


@pytest.mark.parametrize("status", [AccessGrantStatus.NEEDS_REAUTH, AccessGrantStatus.REVOKED])
async def test_a_grant_that_has_ended_changes_nothing(world: ChangeWorld, status: AccessGrantStatus) -> None:
    await world.furnish(status=status, reason="Connect again.")
    assert (await world.refused(world.switch())).user_code is UserErrorCode.ACCESS_TOKEN_INVALID
    assert world.graph.writes == []


async def test_a_manager_changes_no_ads(world: ChangeWorld) -> None:
    with pytest.raises(Forbidden):
        await world.switch(viewer=world.entities.as_role(Role.MANAGER))
    await world.switch(viewer=world.entities.as_role(Role.ADMIN))


async def test_what_is_archived_or_disconnected_or_foreign_is_not_changed(world: ChangeWorld) -> None:
    stranger = await entity_world(world.tools.db)
    foreign = await world.refused(world.switch(viewer=stranger.viewer))
    assert (foreign.user_code, foreign.field) == (UserErrorCode.NOT_FOUND, "entity_id")
    await world.change("update campaign set status = 'ARCHIVED' where tenant_id = :tenant")
    assert (await world.refused(world.switch())).user_code is UserErrorCode.INVALID
    await disconnect_ad_account(
        world.tools.db,
        world.tools.clock,
        world.tools.vendors.billing,
        world.entities.viewer,
        world.campaign.ad_account_id,
    )
    assert (await world.refused(world.switch(row=world.ad, key="l"))).user_code is UserErrorCode.FORBIDDEN
    assert world.graph.writes == []


@pytest.mark.parametrize("accident", [do_and_lose, do_and_hang], ids=["reset", "timeout"])
async def test_a_lost_answer_to_a_change_that_was_made_is_a_success(world: ChangeWorld, accident: Any) -> None:
    world.graph.on_write.append(accident)
    assert (await world.switch()).status is DeliveryStatus.PAUSED
    assert len(world.graph.writes) == 1
    assert len(await world.audit()) == 1


async def test_a_change_that_was_not_made_is_told_so_and_may_be_repeated(world: ChangeWorld) -> None:
    world.graph.on_write.append(lose)
    assert (await world.refused(world.switch())).user_code is UserErrorCode.UPSTREAM_UNAVAILABLE
    assert len(world.graph.writes) == 1
    assert (await world.stored()).status is DeliveryStatus.ACTIVE
    assert await world.audit() == []
    assert (await world.switch()).status is DeliveryStatus.PAUSED


async def test_an_outcome_that_cannot_be_read_back_is_unknown_and_not_tried_again(world: ChangeWorld) -> None:
    world.graph.on_write.append(do_and_lose)
    world.graph.on_read += [lose] * 10
    for _ in range(2):
        assert (await world.refused(world.switch())).user_code is UserErrorCode.OUTCOME_UNKNOWN
    assert len(world.graph.writes) == 1
    [(_, _, before, after)] = await world.audit()
    assert (before, after) == ({"status": "ACTIVE"}, {"set_to": "PAUSED", "outcome": "unknown"})


async def test_a_confirmed_change_that_is_not_shown_is_unknown(world: ChangeWorld) -> None:
    world.graph.on_write.append(confirm_without_doing)
    assert (await world.refused(world.switch())).user_code is UserErrorCode.OUTCOME_UNKNOWN
    assert (await world.stored()).status is DeliveryStatus.ACTIVE


@pytest.mark.parametrize(
    ("code", "subcode"), [(17, 1885172), (613, 1487632), (613, 1487225), (613, 5044001), (80004, 2446079)]
)
async def test_metas_write_limits_say_how_long_to_wait(world: ChangeWorld, code: int, subcode: int) -> None:
    world.graph.on_write.append(fail(code, subcode))
    refusal = await world.refused(world.switch())
    assert refusal.user_code is UserErrorCode.WRITE_LIMITED
    assert (refusal.retry_after_s or 0) > 0
    assert (await world.switch()).status is DeliveryStatus.PAUSED


@pytest.mark.parametrize(
    ("code", "subcode", "told"),
    [
        (200, None, UserErrorCode.PERMISSION_MISSING),
        (100, 1885272, UserErrorCode.INVALID),
        (190, 460, UserErrorCode.ACCESS_TOKEN_INVALID),
    ],
)
async def test_what_meta_refuses_is_told_and_was_sent_once(
    world: ChangeWorld, code: int, subcode: int | None, told: UserErrorCode
) -> None:
    world.graph.on_write.append(fail(code, subcode))
    assert (await world.refused(world.switch())).user_code is told
    assert (len(world.graph.writes), world.graph.reads) == (1, 0)


@pytest.mark.parametrize(
    ("code", "subcode", "told"),
    [
        (100, 1885272, UserErrorCode.INVALID),
        (100, 1487561, UserErrorCode.INVALID),
        (200, 1870034, UserErrorCode.PERMISSION_MISSING),
        (613, 1487632, UserErrorCode.WRITE_LIMITED),
    ],
)
async def test_metas_own_reason_reaches_the_person(
    world: ChangeWorld, code: int, subcode: int, told: UserErrorCode
) -> None:
    words = {"error_user_title": "Budget Is Too Low", "error_user_msg": "At least 8.50 EUR\u0000 per day.\n"}
    world.graph.on_write += [fail(code, subcode, **words)] * 2
    for call in (world.budget("10", key="1"), world.switch(key="2")):
        refusal = await world.refused(call)
        assert refusal.user_code is told
        assert refusal.message.endswith("Meta says: Budget Is Too Low: At least 8.50 EUR per day.")


async def test_a_permission_that_the_platform_names_is_the_one_that_is_asked_for(world: ChangeWorld) -> None:
    world.graph.on_write.append(fail(200, message="(#200) Requires pages_manage_ads permission to manage the object"))
    refusal = await world.refused(world.switch())
    assert "pages_manage_ads" in refusal.message
    assert "ads_management" not in refusal.message


async def test_a_dead_token_is_remembered_with_its_reason(world: ChangeWorld) -> None:
    world.graph.on_write.append(fail(190, 460))
    await world.refused(world.switch())
    async with world.tools.db.read(world.entities.viewer) as session:
        account = await session.get_one(AdAccount, (world.entities.tenant_id, world.campaign.ad_account_id))
        grant = await session.get_one(AccessGrant, (world.entities.tenant_id, account.grant_id))
    assert grant.status is AccessGrantStatus.NEEDS_REAUTH
    assert "password" in (grant.reason or "")


async def test_a_temporary_fault_is_not_repeated_but_read_back(world: ChangeWorld) -> None:
    world.graph.on_write.append(fail(2, None, "500 Internal Server Error"))
    assert (await world.refused(world.switch())).user_code is UserErrorCode.UPSTREAM_UNAVAILABLE
    assert (len(world.graph.writes), world.graph.reads) == (1, 1)


async def test_an_error_that_comes_with_status_200_is_no_success(world: ChangeWorld) -> None:
    world.graph.on_write.append(fail(100, None, "200 OK"))
    assert (await world.refused(world.switch())).user_code is UserErrorCode.INVALID


async def test_the_api_changes_and_answers(world: ChangeWorld) -> None:
    answer = await Door(world.tools, world.entities.viewer).ask(
        """
        mutation ($campaign: ID!, $adSet: ID!, $ad: ID!) {
          setCampaignStatus(id: $campaign, status: PAUSED, idempotencyKey: "1") {
            campaign { status } userErrors { code } }
          setAdSetStatus(id: $adSet, status: PAUSED, idempotencyKey: "2") { adSet { status } userErrors { code } }
          setAdStatus(id: $ad, status: PAUSED, idempotencyKey: "3") { ad { status } userErrors { code } }
          setDailyBudget(id: $campaign, amount: 12.5, idempotencyKey: "4") {
            entity { __typename id ... on Campaign { dailyBudget } } userErrors { code } }
          wrong: setDailyBudget(id: $ad, amount: 12.5, idempotencyKey: "5") {
            entity { id } userErrors { code field } }
        }
        """,
        campaign=encode_id("Campaign", world.campaign.id),
        adSet=encode_id("AdSet", world.ad_set.id),
        ad=encode_id("Ad", world.ad.id),
    )
    assert answer.codes == []
    assert answer.data["setCampaignStatus"] == {"campaign": {"status": "PAUSED"}, "userErrors": []}
    assert answer.data["setAdSetStatus"] == {"adSet": {"status": "PAUSED"}, "userErrors": []}
    assert answer.data["setAdStatus"] == {"ad": {"status": "PAUSED"}, "userErrors": []}
    entity = answer.data["setDailyBudget"]["entity"]
    assert (entity["__typename"], entity["dailyBudget"]) == ("Campaign", Decimal("12.5"))
    assert answer.data["wrong"] == {"entity": None, "userErrors": [{"code": "INVALID", "field": ["id"]}]}
