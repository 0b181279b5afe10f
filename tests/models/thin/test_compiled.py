"""A statement is compiled once for all of its shape, and has the values of each."""

from uuid import uuid4

import pytest
from sqlmodel import col, select

from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.columns import is_any
from models.database import Database
from models.thin import compiled
from models.thin.compiled import TENANT, fetched
from tests.worlds.ads import entity_world, statements


async def test_selects_of_a_shape_are_one_statement_with_the_values_of_each(db: Database) -> None:
    world = await entity_world(db)
    names = {(await world.account(name=name)).id: name for name in ("One", "Two", "Three")}
    before = len(compiled._KEPT)
    with statements(db) as sent:
        async with db.read(world.viewer) as session:
            for account_id, name in names.items():
                query = select(AdAccount.name).where(col(AdAccount.tenant_id) == TENANT, AdAccount.id == account_id)
                assert [row[0] for row in await fetched(session, query)] == [name]
            both = select(AdAccount.name).where(is_any(AdAccount.id, [*names])).order_by(AdAccount.name)
            assert [row[0] for row in await fetched(session, both)] == ["One", "Three", "Two"]
    assert len(set(sent[:3])) == 1
    assert len(compiled._KEPT) <= before + 2


async def test_a_write_session_runs_it_in_its_own_transaction(db: Database) -> None:
    world = await entity_world(db)
    account = await world.account(name="Before")
    query = select(AdAccount.name).where(col(AdAccount.tenant_id) == TENANT, AdAccount.id == account.id)
    async with db.write(world.viewer) as session:
        (await session.get_one(AdAccount, (world.tenant_id, account.id))).name = "After"
        await session.flush()
        assert [row[0] for row in await fetched(session, query)] == ["After"]


async def test_a_statement_about_a_tenant_needs_one(db: Database) -> None:
    query = select(AdAccount.name).where(col(AdAccount.tenant_id) == TENANT)
    async with db.read(None) as session:
        with pytest.raises(ValueError, match="without a tenant"):
            await fetched(session, query)


async def test_a_list_that_is_no_array_is_refused(db: Database) -> None:
    query = select(AdAccount.name).where(col(AdAccount.id).in_([uuid4()]))
    async with db.read(TenantScope(uuid4())) as session:
        with pytest.raises(ValueError, match="array"):
            await fetched(session, query)
