"""Who may read ad entities, and what is known of an account's days."""

from datetime import UTC, date, datetime

import pytest

from auth.viewer import Viewer
from errors import Forbidden
from models.ads.campaign import Campaign
from models.ads.entity_filter import EVERYTHING
from models.ads.entity_list import EntityPage
from models.database import Database
from models.keyset import Window
from models.tenants.membership import Role
from services.ads.entities import account_settled_through, entities, number_of_entities
from tests.worlds.ads import EntityWorld, entity_world


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


async def read_by(world: EntityWorld, viewer: Viewer) -> tuple[list[str], int]:
    found = await entities(world.db, viewer, Campaign, EntityPage(Window(10)))
    return [row.name for row in found.rows], await number_of_entities(world.db, viewer, Campaign, EVERYTHING)


@pytest.mark.parametrize("role", Role)
async def test_every_role_may_read(world: EntityWorld, role: Role) -> None:
    await world.campaigns(await world.account(), "spring")
    assert await read_by(world, world.as_role(role)) == (["spring"], 1)


async def test_nobody_reads_without_a_tenant(world: EntityWorld) -> None:
    with pytest.raises(Forbidden):
        await read_by(world, world.as_role(None))
    with pytest.raises(Forbidden):
        await number_of_entities(world.db, world.as_role(None), Campaign, EVERYTHING)


@pytest.mark.parametrize(
    ("time_zone", "data_through", "settled"),
    [
        # 2026-11-21 23:30 UTC is already the 22nd in Berlin.
        ("Europe/Berlin", date(2026, 11, 21), date(2026, 10, 25)),
        ("America/New_York", date(2026, 11, 21), date(2026, 10, 24)),
        ("Europe/Berlin", date(2026, 3, 1), date(2026, 3, 1)),
        ("Europe/Berlin", None, None),
    ],
)
async def test_stored_days_are_settled_28_days_later_in_the_accounts_zone(
    world: EntityWorld, time_zone: str, data_through: date | None, settled: date | None
) -> None:
    account = await world.account(time_zone=time_zone, data_through=data_through)
    assert account_settled_through(account, datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == settled
