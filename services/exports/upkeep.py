"""What workers do about exports by themselves: files whose time has come, runs that were lost, files nobody names."""

import asyncio
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from analytics.clock import Clock
from integrations.errors import IntegrationError
from integrations.storage.door import FileStorage
from models.acting import TenantScope
from models.database import Database
from models.datasets.over_tenants import dataset_keys_in_use
from models.exports.export import UNFINISHED, export_for_update
from models.exports.over_tenants import expired_exports, keys_in_use, old_exports, silent_exports
from models.products.image import image_keys_in_use
from services.exports import states
from services.exports.files import ROW_LIFE
from services.exports.requests import enqueue_export
from services.stored_files import whole_key
from services.tools import HasClock, HasDb, HasFiles

_log = structlog.get_logger(__name__)

# An export of which nothing was heard for so long has probably lost its job, which is queued again.
_PATIENCE = timedelta(minutes=10)
# A file is stored before its row says so, and what was begun may go on for hours.
_YOUNG = timedelta(days=1)
_BATCH = 500
# What is swept; whatever else lies in the storage was made by somebody else.
_OURS = re.compile(
    r"[0-9a-f-]{36}/(exports/[^/]+|datasets/[0-9a-f-]{36}/[A-Z0-9_]+/[^/]+|products/[0-9a-f-]{36}/[^/]+)"
)


class UpkeepTools(HasDb, HasClock, HasFiles, Protocol):
    """What finds exports over all tenants, and deletes files."""


async def resume_exports(db: Database, clock: Clock) -> int:
    """Queues exports again that no job will write; answers how many. Where a job waits for one, nothing is added."""
    async with db.sweep(reason="find exports that lost their job") as session:
        silent = await silent_exports(session, clock() - _PATIENCE, most=_BATCH)
    for tenant_id, export_id in silent:
        async with db.write(TenantScope(tenant_id)) as session:
            export = await export_for_update(session, export_id)
            if export is not None and export.status in UNFINISHED:
                await enqueue_export(session, export_id)
    return len(silent)


async def expire_exports(tools: UpkeepTools) -> int:
    """Deletes files that are older than a week, and the rows of exports that are long over; answers how many.

    While the storage does not answer, the rows keep saying where the files are, and the next round tries again.
    """
    now = tools.clock()
    async with tools.db.sweep(reason="find files whose time has come") as session:
        expired = await expired_exports(session, now, most=_BATCH)
        old = await old_exports(session, now - ROW_LIFE, most=_BATCH)
    done = 0
    for tenant_id, export_id, key in expired:
        try:
            await tools.files.delete([key])
        except IntegrationError as error:
            _log.warning("files_not_deleted", error=str(error))
            break
        await _forget_file(tools, tenant_id, export_id)
        done += 1
    for tenant_id, export_id in old:
        async with tools.db.write(TenantScope(tenant_id)) as session:
            export = await export_for_update(session, export_id)
            if export is not None:
                await session.delete(export)
    return done + len(old)


async def sweep_files(tools: UpkeepTools) -> int:
    """Deletes files that no row names, such as those of a worker that died, a day after they came; answers how many.

    What such a worker had begun in the workspace goes too.
    """
    before, waiting = tools.clock() - _YOUNG, list[str]()
    done = await asyncio.to_thread(_clear, tools.workspace, before)
    try:
        done += await tools.files.forget_unfinished(before=before)
        async for each in tools.files.list(""):
            if each.changed_at < before and _OURS.fullmatch(each.key):
                waiting.append(each.key)
            if len(waiting) >= _BATCH:
                done += await _delete_nameless(tools.db, tools.files, waiting)
                waiting = []
        done += await _delete_nameless(tools.db, tools.files, waiting)
    except IntegrationError as error:
        _log.warning("files_not_swept", error=str(error))
    return done


def _clear(workspace: Path, before: datetime) -> int:
    """Deletes what was begun before then, by the machine's clock; answers how much it was."""
    old = list[Path]()
    for each in workspace.iterdir() if workspace.is_dir() else ():
        # Calls that are running delete theirs at any moment.
        with suppress(FileNotFoundError):
            if each.stat().st_mtime < before.timestamp():
                old.append(each)
    for each in old:
        shutil.rmtree(each, ignore_errors=True)
    return len(old)


async def _forget_file(tools: UpkeepTools, tenant_id: UUID, export_id: UUID) -> None:
    async with tools.db.write(TenantScope(tenant_id)) as session:
        export = await export_for_update(session, export_id)
        if export is not None and export.status not in UNFINISHED:
            await states.forget_file(session, export, now=tools.clock())


async def _delete_nameless(db: Database, files: FileStorage, keys: Sequence[str]) -> int:
    if not keys:
        return 0
    async with db.sweep(reason="find files that nobody names") as session:
        named = await keys_in_use(session, keys) | await dataset_keys_in_use(session, keys)
        # A row names the whole picture alone.
        named |= await image_keys_in_use(session, [whole_key(key) for key in keys])
    nameless = [key for key in keys if whole_key(key) not in named]
    await files.delete(nameless)
    return len(nameless)
