"""The demo is made once, completed when something is missing, and recognised in production."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.ids import new_id
from models.products.product import Product
from models.tenants.membership import Membership, Role, delete_memberships
from services.installation.demo import (
    OWNER_EMAIL,
    PASSWORD,
    SHOP_TASK,
    VIEWER_EMAIL,
    has_demo_users,
    seed_demo,
    seed_people,
    seed_shop,
)
from services.sign_in.by_password import login
from services.toolbox import Toolbox
from tests.worlds.connections import connect_base
from tests.worlds.sign_in import ORIGIN, SignInWorld, sign_in_world


@pytest.fixture
async def world(tools: Toolbox) -> AsyncIterator[SignInWorld]:
    async with connect_base(tools) as base:
        made = sign_in_world(base.tools)
        yield made
        made.tools.credentials.passwords.close()


async def test_the_demo_is_made_once_and_only_once(world: SignInWorld) -> None:
    await seed_demo(world.tools)
    await seed_demo(world.tools)
    assert await has_demo_users(world.db)
    owner = (await login(world.tools, ORIGIN, email=OWNER_EMAIL, password=PASSWORD)).viewer
    looker = (await login(world.tools, ORIGIN, email=VIEWER_EMAIL, password=PASSWORD)).viewer
    assert (owner.role, looker.role) == (Role.OWNER, Role.VIEWER)
    assert owner.tenant_id == looker.tenant_id
    async with world.db.read(TenantScope(owner.tenant_id)) as session:
        assert len((await session.exec(select(Membership))).all()) == 2
        assert len((await session.exec(select(AdAccount).where(AdAccount.tenant_id == owner.tenant_id))).all()) == 3


async def waiting(world: SignInWorld, tenant_id: UUID) -> list[int]:
    """How many tries the waiting jobs of the shop have left."""
    query = text(
        "select cast(args ->> 'tries_left' as int) from procrastinate_jobs"
        " where task_name = :task and args ->> 'tenant_id' = :id and status = 'todo' order by id"
    )
    async with world.db.read(None) as session:
        found = await (await session.connection()).execute(query, {"task": SHOP_TASK, "id": str(tenant_id)})
        return list(found.scalars())


async def taken_by_a_worker(world: SignInWorld, tenant_id: UUID) -> None:
    query = text(
        "update procrastinate_jobs set status = 'succeeded' where task_name = :task and args ->> 'tenant_id' = :id"
    )
    async with world.db.write(TenantScope(tenant_id)) as session:
        await (await session.connection()).execute(query, {"task": SHOP_TASK, "id": str(tenant_id)})


async def test_the_shop_waits_for_the_ads_and_not_for_ever(world: SignInWorld) -> None:
    await seed_demo(world.tools)
    await seed_demo(world.tools)
    owner = (await login(world.tools, ORIGIN, email=OWNER_EMAIL, password=PASSWORD)).viewer
    assert owner.tenant_id is not None
    assert len(await waiting(world, owner.tenant_id)) == 1
    for tries_left, after in ((2, [1]), (0, [])):
        await taken_by_a_worker(world, owner.tenant_id)
        await seed_shop(world.tools, owner.tenant_id, tries_left=tries_left)
        assert await waiting(world, owner.tenant_id) == after
    # Somebody else's tenant never gets it.
    await seed_shop(world.tools, new_id(), tries_left=2)
    assert await waiting(world, owner.tenant_id) == []
    async with world.db.read(TenantScope(owner.tenant_id)) as session:
        assert len((await session.exec(select(Product).where(Product.tenant_id == owner.tenant_id))).all()) == 0


async def test_a_team_that_its_owner_deleted_is_not_made_again(world: SignInWorld) -> None:
    await seed_demo(world.tools)
    owner = (await login(world.tools, ORIGIN, email=OWNER_EMAIL, password=PASSWORD)).viewer
    assert owner.tenant_id is not None
    await taken_by_a_worker(world, owner.tenant_id)
    async with world.db.write(TenantScope(owner.tenant_id)) as session:
        members = (await session.exec(select(Membership).where(Membership.tenant_id == owner.tenant_id))).all()
        kept = [Membership(**member.model_dump()) for member in members]
        await delete_memberships(session)
    try:
        await seed_demo(world.tools)
        assert await seed_people(world.tools) is None
        assert await waiting(world, owner.tenant_id) == []
        await seed_shop(world.tools, owner.tenant_id, tries_left=2)
        assert await waiting(world, owner.tenant_id) == []
        assert (await login(world.tools, ORIGIN, email=OWNER_EMAIL, password=PASSWORD)).viewer.tenant_id is None
    finally:
        # Other tests find the same demo.
        async with world.db.write(TenantScope(owner.tenant_id)) as session:
            session.add_all(kept)
