"""Files whose time has come, that nobody names, or of what was deleted: each is seen by listing the storage."""

import dataclasses
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from integrations.errors import Unavailable
from resolvers.node_id import encode_id
from services import stored_files
from services.connections.ad_accounts import disconnect_ad_account
from services.exports.files import FILE_LIFE, ROW_LIFE
from services.exports.upkeep import expire_exports, sweep_files
from services.tenants.deletion import erase_tenant
from services.toolbox import Toolbox
from tests.worlds.exports import ExportWorld, export_world


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> ExportWorld:
    return await export_world(tools, tmp_path)


async def test_a_file_and_its_link_go_after_a_week_and_the_row_later(world: ExportWorld) -> None:
    shown, _ = await world.made()
    world.clock.now += FILE_LIFE - timedelta(minutes=1)
    await expire_exports(world.tools)
    assert (await world.shown(shown["id"]))["url"] is not None
    world.clock.now += timedelta(minutes=1)
    assert (await world.shown(shown["id"]))["url"] is None  # before any worker has come by
    assert len(await world.keys()) == 1
    await expire_exports(world.tools)
    late = await world.shown(shown["id"])
    assert (late["url"], late["status"], late["sha256"], await world.keys()) == (None, "SUCCEEDED", shown["sha256"], [])
    world.clock.now += ROW_LIFE
    await expire_exports(world.tools)
    assert await world.row(shown["id"]) is None


async def test_while_the_storage_is_away_nothing_is_forgotten(world: ExportWorld) -> None:
    shown, _ = await world.made()
    world.clock.now += FILE_LIFE
    await expire_exports(_without_deletion(world))
    row = await world.row(shown["id"])
    assert row is not None
    assert row.object_key is not None
    await sweep_files(_without_deletion(world))
    assert await expire_exports(world.tools) >= 1
    assert await world.keys() == []


async def test_what_no_row_names_is_deleted_a_day_later_and_nothing_else(world: ExportWorld, tmp_path: Path) -> None:
    _, content = await world.made()
    tenant = world.insights.entities.tenant_id
    source = tmp_path / "lost"
    source.write_bytes(content)
    lost, young, foreign = f"{tenant}/exports/{uuid4()}.csv", f"{tenant}/exports/{uuid4()}.csv", "of-somebody/else.csv"
    for key in (lost, young, foreign):
        await world.files.put(key, source, media_type="text/csv")
    old = (world.clock() - timedelta(days=2)).timestamp()
    for path in world.files.folder.rglob("*"):
        if path.is_file() and path.name not in young:
            os.utime(path, (old, old))
    begun = world.tools.workspace / "export-of-somebody"
    begun.mkdir()
    (begun / "file").write_bytes(content)
    os.utime(begun, (old, old))
    (world.tools.workspace / "export-of-now").mkdir()
    assert await sweep_files(world.tools) == 2
    assert [each.name for each in world.tools.workspace.iterdir()] == ["export-of-now"]
    left = {each.key async for each in world.files.list("")}
    assert lost not in left
    assert {young, foreign} < left
    assert len(left) == 3


async def test_what_leaves_the_workspace_meanwhile_stops_no_sweep(world: ExportWorld) -> None:
    world.tools.workspace.mkdir(parents=True, exist_ok=True)
    # As a folder that a call has deleted after it was seen: there is a name, and nothing behind it.
    (world.tools.workspace / "picture-of-now").symlink_to(world.tools.workspace / "nothing")
    assert await sweep_files(world.tools) == 0


async def test_deleting_the_data_of_an_account_ends_the_files_that_have_them(world: ExportWorld) -> None:
    shown, _ = await world.made()
    entities = world.insights.entities
    other = await entities.account()
    apart, _ = await world.made(adAccountIds=[encode_id("AdAccount", other.id)])
    waiting = await world.ask()
    await disconnect_ad_account(
        world.tools.db, world.clock, None, entities.viewer, world.insights.account.id, delete_data=True
    )
    assert (await world.shown(shown["id"]))["url"] is None
    await expire_exports(world.tools)
    assert len(await world.keys()) == 1
    assert (await world.shown(apart["id"]))["url"] is not None
    await world.write(waiting)
    assert (await world.shown(waiting))["rows"] == 0


async def test_an_account_that_is_deleted_while_its_file_is_written_leaves_none(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = await world.ask()
    put = world.files.put

    async def deleting(*args: Any, **options: Any) -> None:
        await put(*args, **options)
        await disconnect_ad_account(
            world.tools.db, world.clock, None, world.insights.entities.viewer, world.insights.account.id,
            delete_data=True,
        )  # fmt: skip

    await _with_put(world, deleting).write(export_id)
    shown = await world.shown(export_id)
    assert (shown["status"], shown["url"]) == ("FAILED", None)
    assert "were deleted" in shown["error"]
    await expire_exports(world.tools)
    assert await world.keys() == []


async def test_erasing_a_tenant_erases_its_files_and_those_that_come_too_late(world: ExportWorld) -> None:
    await world.made()
    late = await world.ask()
    tenant_id, put = world.insights.entities.tenant_id, world.files.put

    async def erasing(*args: Any, **options: Any) -> None:
        await _close(world)
        await erase_tenant(world.tools.db, None, world.files, tenant_id)
        assert await world.keys() == []
        await put(*args, **options)

    await _with_put(world, erasing).write(late)
    assert await world.keys() == []


async def test_an_erasure_waits_for_a_storage_that_is_away_and_goes_on(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.made()
    await world.made()
    tenant_id = world.insights.entities.tenant_id
    await _close(world)
    with pytest.raises(Unavailable):
        await erase_tenant(world.tools.db, None, _without_deletion(world).files, tenant_id)
    assert len(await world.keys()) == 2
    monkeypatch.setattr(stored_files.erase_files, "__kwdefaults__", {"most": 1})
    await erase_tenant(world.tools.db, None, world.files, tenant_id)
    assert await world.keys() == []
    entries = "audit_log where tenant_id = :tenant and action = 'tenant.files_erased'"
    told = f"select after ->> 'files' as files from {entries}"
    assert [each["files"] for each in await world.insights.fetch(told)] == ["1", "1"]


async def _close(world: ExportWorld) -> None:
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        statement = text("update tenant set deleted_at = now() where id = :id")
        await (await session.connection()).execute(statement, {"id": world.insights.entities.tenant_id})


def _without_deletion(world: ExportWorld) -> Toolbox:
    async def away(*_: object) -> None:
        raise Unavailable("away")

    return dataclasses.replace(world.tools, files=_Changed(world.files, delete=away))


def _with_put(world: ExportWorld, put: Any) -> ExportWorld:
    return dataclasses.replace(world, tools=dataclasses.replace(world.tools, files=_Changed(world.files, put=put)))


class _Changed:
    """The storage with a method of the test's own."""

    def __init__(self, storage: Any, **methods: Any) -> None:
        self._storage, self._methods = storage, methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._storage, name)
