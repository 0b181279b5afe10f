"""The demo is made once, completed when something is missing, and recognised in production."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.tenants.membership import Membership, Role
from services.installation.demo import OWNER_EMAIL, PASSWORD, VIEWER_EMAIL, has_demo_users, seed_demo
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
