"""A record has what its table's class has, column by column."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import select

from models.ads.ad_account import AdAccount
from models.ads.campaign import Campaign
from models.audit.actor import ActorKind
from models.database import Database
from models.refreshes.job import RefreshJob, RefreshTrigger
from models.tables import TABLES
from models.tenants.membership import Membership
from models.thin.records import UNLISTED, reader, record_of, rows
from tests.worlds.ads import EntityWorld, entity_world


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    made = await entity_world(db)
    account = await made.account(data_from=date(2026, 1, 2), last_refreshed_at=datetime(2026, 3, 1, 5, tzinfo=UTC))
    await made.campaigns(account, "Spring")
    gap = {"days": ["2026-01-02"], "why": None}
    await made.keep(
        RefreshJob(
            tenant_id=made.tenant_id,
            ad_account_id=account.id,
            range_start=date(2026, 1, 1),
            range_end=date(2026, 1, 31),
            progress=0.25,
            gaps=[gap],
            warnings=["One", "Two"],
            trigger=RefreshTrigger.MANUAL,
            requested_by_kind=ActorKind.USER,
            requested_by_user_id=made.user_id,
        )
    )
    return made


@pytest.mark.parametrize("kind", [AdAccount, Campaign, RefreshJob, Membership])
async def test_it_equals_the_row_that_the_orm_reads(world: EntityWorld, kind: Any) -> None:
    query = select(kind).where(kind.tenant_id == world.tenant_id)
    async with world.db.read(world.viewer) as session:
        [record] = await rows(session, kind, query)
        [row] = (await session.exec(query)).all()
    assert type(record) is record_of(kind)
    for column in kind.__table__.columns:
        mine, its = getattr(record, column.key), getattr(row, column.key)
        assert mine == its
        assert not isinstance(mine, datetime) or mine.tzinfo is UTC
        # UUIDs of asyncpg are of a faster class.
        assert isinstance(mine, type(its)) or isinstance(its, type(mine))


def test_an_instant_is_taken_as_it_was_read() -> None:
    """asyncpg's are in UTC already: to turn each of them again took half of the time of a list's records."""
    table: Any = AdAccount
    row: dict[str, Any] = {column.key: None for column in table.__table__.columns}
    row |= {"platform": "META", "status": "ACTIVE", "last_refreshed_at": (read := object())}
    [record] = reader(AdAccount)([tuple(row.values())])
    assert record.last_refreshed_at is read


@pytest.mark.parametrize("kind", TABLES)
def test_it_has_the_columns_and_properties_of_its_table(kind: Any) -> None:
    record: Any = record_of(kind)
    names = {column.key for column in kind.__table__.columns if not column.info.get(UNLISTED)}
    assert {*record.__struct_fields__} == names
    assert all(hasattr(record, name) for name, value in vars(kind).items() if isinstance(value, property))


async def test_it_cannot_be_changed(world: EntityWorld) -> None:
    async with world.db.read(world.viewer) as session:
        [record] = await rows(session, AdAccount, select(AdAccount).where(AdAccount.tenant_id == world.tenant_id))
    with pytest.raises(AttributeError):
        record.name = "Another"
