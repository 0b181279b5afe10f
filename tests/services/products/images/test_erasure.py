"""Pictures of a tenant that is erased: rows and files go, those of others stay."""

from pathlib import Path

from sqlalchemy import text

from models.acting import TenantScope
from services.tenants.deletion import erase_tenant
from services.toolbox import Toolbox
from tests.worlds.pictures import PictureWorld, picture_world


async def with_a_picture(tools: Toolbox, folder: Path) -> PictureWorld:
    world = await picture_world(tools, folder)
    await world.add(await world.catalogue.make())
    return world


async def rows(world: PictureWorld) -> int:
    query = text("select count(*) from product_image where tenant_id = :id")
    tenant_id = world.catalogue.team.tenant_id
    async with world.tools.db.read(TenantScope(tenant_id)) as session:
        return int((await (await session.connection()).execute(query, {"id": tenant_id})).scalar_one())


async def test_an_erased_tenant_leaves_no_picture_and_no_file_of_one(tools: Toolbox, tmp_path: Path) -> None:
    """Both tenants have their files in one storage."""
    gone, stays = [await with_a_picture(tools, tmp_path) for _ in range(2)]
    kept = await stays.keys()
    assert len(await gone.keys()) == len(kept) > 1
    tenant_id = gone.catalogue.team.tenant_id
    async with tools.db.write(TenantScope(tenant_id)) as session:
        deleted = text("update tenant set deleted_at = now() where id = :id")
        await (await session.connection()).execute(deleted, {"id": tenant_id})
    await erase_tenant(tools.db, None, gone.tools.files, tenant_id)
    assert (await rows(gone), await gone.keys()) == (0, set())
    assert (await rows(stays), await stays.keys()) == (1, kept)
    left = {path.name for path in gone.storage.folder.rglob("*") if path.is_file()}
    assert left == {key.rpartition("/")[2] for key in kept}
