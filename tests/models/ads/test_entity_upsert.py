"""Storing entities as a platform lists them: renames leave both names, and nothing else leaves any."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from analytics.enums import EntityLevel
from embedded.postgres import DatabaseUrls
from models.ads.ad_account import AdAccount
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.entity_upsert import PLACEHOLDERS, upsert_entities
from models.database import Database
from models.ids import new_id
from models.platform import Platform
from tests.worlds.ads import NOON, EntityWorld, entity_world, statements

HOUR = timedelta(hours=1)


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


@pytest.fixture
async def account(world: EntityWorld) -> AdAccount:
    return await world.account()


def campaign(account: AdAccount, external_id: str, name: str, **given: Any) -> dict[str, Any]:
    """The row of a campaign that was created at noon and is listed an hour later, as refreshes store it."""
    common = {"platform": Platform.META, "status": DeliveryStatus.ACTIVE, "created_at": NOON, "updated_at": NOON}
    ids = {"tenant_id": account.tenant_id, "id": new_id(), "ad_account_id": account.id}
    return {**ids, **common, "external_id": external_id, "name": name, "last_seen_at": NOON + HOUR, **given}


async def store(world: EntityWorld, rows: Sequence[dict[str, Any]], untold: Sequence[Sequence[str]] = ()) -> Any:
    async with world.db.write(world.viewer) as session:
        return await upsert_entities(session, Campaign, rows, untold)


async def names(world: EntityWorld) -> list[tuple[Any, ...]]:
    query = text(
        "select entity_id, valid_from, name, level, ad_account_id from entity_name"
        " where tenant_id = :tenant order by valid_from, entity_id"
    )
    async with world.db.read(world.viewer) as session:
        found = await (await session.connection()).execute(query, {"tenant": world.tenant_id})
        return [tuple(row) for row in found]


async def test_a_first_rename_leaves_both_names_and_a_later_one_the_new_name(
    world: EntityWorld, account: AdAccount
) -> None:
    ids = await store(world, [campaign(account, "1", "Old"), campaign(account, "2", "Same")])
    for number in (1, 2):
        changed = campaign(account, "1", f"New {number}", updated_at=NOON + number * HOUR)
        assert await store(world, [changed, campaign(account, "2", "Same")]) == ids
    place = (EntityLevel.CAMPAIGN, account.id)
    assert await names(world) == [
        (ids["1"], NOON, "Old", *place),
        (ids["1"], NOON + HOUR, "New 1", *place),
        (ids["1"], NOON + 2 * HOUR, "New 2", *place),
    ]


async def test_what_is_stored_makes_the_answers_of_its_account_others(world: EntityWorld, account: AdAccount) -> None:
    query = text("select data_version from ad_account where tenant_id = :tenant_id and id = :id")
    versions = list[int]()
    for name in ("Old", "Old", "New"):
        await store(world, [campaign(account, "1", name)])
        async with world.db.read(world.viewer) as session:
            found = await (await session.connection()).execute(query, {"tenant_id": world.tenant_id, "id": account.id})
            versions.append(found.scalar_one())
    assert versions == [1, 2, 3]


@pytest.mark.parametrize("stored", ["1", f"{PLACEHOLDERS[Campaign]} 1"], ids=["external id", "placeholder"])
async def test_what_is_no_name_is_not_remembered(world: EntityWorld, account: AdAccount, stored: str) -> None:
    await store(world, [campaign(account, "1", stored)])
    await store(world, [campaign(account, "1", "Name")])
    assert await names(world) == []


async def test_a_name_that_was_not_told_stays_and_is_no_rename(world: EntityWorld, account: AdAccount) -> None:
    await store(world, [campaign(account, "1", "Old"), campaign(account, "2", "Old")])
    given = [campaign(account, "1", "Campaign 1"), campaign(account, "2", "New", updated_at=NOON + HOUR)]
    await store(world, given, [["name"], []])
    assert [row[2] for row in await names(world)] == ["Old", "New"]
    async with world.db.read(world.viewer) as session:
        query = text("select name from campaign where tenant_id = :tenant order by external_id")
        found = await (await session.connection()).execute(query, {"tenant": world.tenant_id})
        assert [*found.scalars()] == ["Old", "New"]


@pytest.mark.parametrize(
    ("untold", "given", "valid_from"),
    [
        ((), {"created_at": NOON - HOUR, "updated_at": NOON}, (NOON - HOUR, NOON)),
        (("created_at",), {"created_at": NOON - HOUR, "updated_at": NOON + HOUR}, (NOON, NOON + HOUR)),
        (("updated_at",), {"updated_at": NOON - HOUR}, (NOON, NOON + HOUR)),
        ((), {"updated_at": NOON - HOUR}, (NOON, NOON + timedelta(seconds=1))),
    ],
    ids=["told", "creation untold", "change untold", "change before the creation"],
)
async def test_names_are_valid_from_what_is_known_of_the_entity(
    world: EntityWorld, account: AdAccount, untold: Sequence[str], given: dict[str, Any], valid_from: Sequence[Any]
) -> None:
    await store(world, [campaign(account, "1", "Old")])
    await store(world, [campaign(account, "1", "New", **given)], [untold])
    assert [row[1:3] for row in await names(world)] == [(valid_from[0], "Old"), (valid_from[1], "New")]


async def test_nothing_is_written_of_names_unless_something_was_renamed(world: EntityWorld, account: AdAccount) -> None:
    rows = [campaign(account, str(number), f"Name {number}") for number in range(50)]
    for _ in range(2):
        with statements(world.db) as sent:
            await store(world, rows)
        assert [each.split()[0].lower() for each in sent] == ["select", "select", "insert", "update"]


async def rows_read_of_campaigns(connection: AsyncConnection) -> int:
    """A count that goes on within a transaction; at its beginning it has what the connection read in the last second.

    Postgres hands counts on no more than once a second, so they are those of other tests too.
    """
    query = text("select idx_tup_fetch + seq_tup_read from pg_stat_xact_user_tables where relname = 'campaign'")
    return int((await connection.execute(query)).scalar_one())


@pytest.mark.one_node(reason="each node counts the rows that are read there")
async def test_names_are_compared_without_reading_all_that_the_tenant_has(
    world: EntityWorld, account: AdAccount, postgres: DatabaseUrls
) -> None:
    await store(world, [campaign(account, str(number), "Same") for number in range(2_000)])
    # Else Postgres knows what other tests have left, and may take any index of a tenant for as good.
    owner = await asyncpg.connect(postgres.migration)
    await owner.execute("analyze campaign")
    await owner.close()
    async with world.db.write(world.viewer) as session:
        connection = await session.connection()
        before = await rows_read_of_campaigns(connection)
        await upsert_entities(session, Campaign, [campaign(account, "7", "Other")])
        assert await rows_read_of_campaigns(connection) - before < 1_000
    assert [row[2] for row in await names(world)] == ["Same", "Other"]
