"""Placeholders of imports: whose name and place a stored row has takes one over, if it is the only one that could."""

from typing import Any

import pytest

from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.entity_upsert import unseen_external_ids, upsert_entities
from models.ads.placeholders import OWN_ID, note_placeholders
from models.database import Database
from models.ids import new_id
from tests.worlds.ads import NOON, EntityWorld, entity_world


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


@pytest.fixture
async def account(world: EntityWorld) -> AdAccount:
    made = await world.account()
    async with world.db.write(world.viewer) as session:
        await note_placeholders(session, made.id)
    return made


def row(account: AdAccount, external_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "tenant_id": account.tenant_id,
        "id": new_id(),
        "ad_account_id": account.id,
        "platform": account.platform,
        "external_id": external_id,
        "name": name,
        "status": DeliveryStatus.ACTIVE,
        "created_at": NOON,
        "updated_at": NOON,
        "last_seen_at": NOON,
        "deleted_upstream_at": None,
        **more,
    }


async def placeholder(world: EntityWorld, account: AdAccount, name: str) -> Campaign:
    [made] = await world.campaigns(account, name, external_id=f"{OWN_ID}{new_id().hex}", status=DeliveryStatus.UNKNOWN)
    return made


async def test_the_only_row_with_its_name_takes_a_placeholder_over_with_all_that_lies_in_it(
    world: EntityWorld, account: AdAccount
) -> None:
    made = await placeholder(world, account, "Same")
    [below] = await world.ad_sets(made, "Set", external_id=f"{OWN_ID}{new_id().hex}")
    async with world.db.write(world.viewer) as session:
        ids = await upsert_entities(session, Campaign, [row(account, "1", "Same"), row(account, "2", "Other")])
        assert ids["1"] == made.id
        ad_set = row(account, "3", "Set", campaign_id=made.id)
        elsewhere = row(account, "4", "Set", campaign_id=ids["2"])
        assert (await upsert_entities(session, AdSet, [elsewhere, ad_set]))["3"] == below.id


async def test_of_two_rows_with_one_name_none_takes_it_over_and_no_row_takes_what_others_have(
    world: EntityWorld, account: AdAccount
) -> None:
    made, theirs = await placeholder(world, account, "Same"), await placeholder(world, account, "Known")
    foreign = await placeholder(world, await world.account(), "Foreign")
    await world.campaigns(account, "Before", external_id="3")
    async with world.db.write(world.viewer) as session:
        rows = [row(account, "1", "Same"), row(account, "2", "Same"), row(account, "3", "Known")]
        ids = await upsert_entities(session, Campaign, [*rows, row(account, "4", "Foreign")])
    assert not {made.id, theirs.id, foreign.id} & {*ids.values()}


async def test_no_id_of_ours_is_looked_for_at_the_platform(world: EntityWorld, account: AdAccount) -> None:
    await placeholder(world, account, "Same")
    await world.campaigns(account, "Gone", external_id="9")
    later = NOON.replace(year=2030)
    async with world.db.read(world.viewer) as session:
        assert await unseen_external_ids(session, Campaign, account.id, seen_at=later, most=5) == ["9"]
