"""One run for an account: has its data sets written as of one moment, stores the new files, and swaps the rows.

The job has the account's id only. A row names an object only once that is there, and all rows of an account are swapped
at once.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from errors import DatabaseUnavailable
from integrations.errors import IntegrationError
from models.acting import TenantScope
from models.ads.ad_account import AdAccount, ad_account_for_update
from models.copying import with_time
from models.database import WriteSession
from models.datasets.dataset import Dataset, DatasetPeriod, current_datasets, datasets_by_account
from models.ids import new_id
from services.datasets.files import AFTERLIFE, MEDIA_TYPE, key_of
from services.datasets.queueing import try_datasets_again
from services.datasets.writing import PeriodFile, write_files
from services.patience import patiently
from services.tools import HasClock, HasDb, HasFiles

_log = structlog.get_logger(__name__)

# How long Postgres may take for the ad-days of a year.
LONGEST = timedelta(minutes=30)
# With pauses of ten minutes at most, a storage that is away is asked for about a day.
MOST_ATTEMPTS = 150
_LONGEST_PAUSE = timedelta(minutes=10)
# What has cost several workers, or Postgres for long, is not tried at once: three times, an hour apart.
_AFTER_LOSSES, _COUNTS_AS = timedelta(hours=1), 50

Datasets = Mapping[DatasetPeriod, Dataset]


class DatasetTools(HasDb, HasClock, HasFiles, Protocol):
    """What writes data sets: the files are made in `workspace` and kept by `files`."""


@dataclass(frozen=True, slots=True)
class _DatasetRun:
    tools: DatasetTools
    tenant_id: UUID
    account_id: UUID
    run_id: UUID

    @property
    def scope(self) -> TenantScope:
        return TenantScope(self.tenant_id)

    def key(self, period: DatasetPeriod, new: PeriodFile) -> str:
        return key_of(self.tenant_id, self.account_id, period, sha256=new.file.sha256, run_id=self.run_id)


@dataclass(frozen=True, slots=True)
class _AccountReading:
    """What a run has read: the files, the data sets that were there then, and the state of the account."""

    files: Mapping[DatasetPeriod, PeriodFile]
    before: Datasets
    data_version: int
    read_at: datetime

    @property
    def fresh(self) -> dict[DatasetPeriod, PeriodFile]:
        """The files whose bytes are not stored yet."""
        return {
            period: new
            for period, new in self.files.items()
            if period not in self.before or self.before[period].sha256 != new.file.sha256
        }


async def write_datasets(
    tools: DatasetTools, *, tenant_id: UUID, account_id: UUID, attempt: int = 0, is_last_try: bool = False
) -> None:
    """Renews the data sets of an account; does nothing where nothing has changed, or no day was read yet.

    While the storage is away it is tried again later, after pauses that double, and the data sets stay what they are.
    `is_last_try`: the queue would not run this job again, which its workers or Postgres have left several times. Raises
    DatabaseUnavailable.
    """
    run = _DatasetRun(tools, tenant_id, account_id, new_id())
    log = _log.bind(tenant_id=str(tenant_id), ad_account_id=str(account_id))
    if is_last_try:
        log.error("datasets_lost_their_workers")
        await _try_again(run, attempt + _COUNTS_AS - 1, pause=_AFTER_LOSSES)
        return
    try:
        async with _folder(tools.workspace) as folder:
            reading = await _read(run, folder)
            if reading is not None:
                await _store(run, reading)
                rows = max(each.rows for each in reading.files.values())
                log.info("datasets_written", new=len(reading.fresh), rows=rows)
    except DatabaseUnavailable:
        raise
    except (IntegrationError, OSError) as error:
        log.warning("datasets_put_off", error=str(error), attempt=attempt)
        await _try_again(run, attempt, pause=min(timedelta(seconds=2 ** min(attempt + 1, 16)), _LONGEST_PAUSE))
    except Exception:  # the edge of a job: the data sets stay what they are until the next refresh
        log.exception("datasets_failed")


@asynccontextmanager
async def _folder(workspace: Path) -> AsyncIterator[Path]:
    """A folder of this run's own; what a worker that is killed leaves of it, a chore deletes."""
    await asyncio.to_thread(workspace.mkdir, mode=0o700, parents=True, exist_ok=True)
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="dataset-", dir=workspace)
    try:
        yield Path(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _read(run: _DatasetRun, folder: Path) -> _AccountReading | None:
    """The files of this moment; None where there is nothing to write."""
    now = run.tools.clock()
    async with run.tools.db.read(run.scope, is_snapshot=True) as session, with_time(session, limit=LONGEST):
        account = await session.get(AdAccount, (run.tenant_id, run.account_id))
        found = await datasets_by_account(session, [run.account_id])
        before = {period: each for (_, period), each in found.items()}
        if account is None or _is_current(before, account):
            return None
        files = await write_files(session, account, folder)
        return None if files is None else _AccountReading(files, before, account.data_version, now)


def _is_current(datasets: Datasets, account: AdAccount) -> bool:
    """Whether nothing that a data set shows has changed since all of them were read."""
    versions = {each.data_version for each in datasets.values()}
    return len(datasets) == len(DatasetPeriod) and versions == {account.data_version}


async def _store(run: _DatasetRun, reading: _AccountReading) -> None:
    """Stores the new files, then swaps the rows; leaves no file behind that no row names."""
    stored = list[str]()
    try:
        for period, new in reading.fresh.items():
            stored.append(run.key(period, new))
            await run.tools.files.put(stored[-1], new.file.path, media_type=MEDIA_TYPE)
    except (IntegrationError, OSError):
        await _forget(run, stored)
        raise
    if not await patiently(partial(_swap_if_first, run, reading)):
        await _forget(run, stored)


async def _swap_if_first(run: _DatasetRun, reading: _AccountReading) -> bool:
    """Names the new files in place of the old ones; False where the account is gone, or another run was quicker.

    That one may have read less than this one, so the data sets are written once more.
    """
    async with run.tools.db.write(run.scope) as session:
        account = await ad_account_for_update(session, run.account_id)
        if account is None:
            return False
        current = await current_datasets(session, account.id)
        names = {each.object_key for each in current.values()}
        if any(run.key(period, new) in names for period, new in reading.fresh.items()):
            return True  # it was stored already, and the answer was lost
        if _states(current) != _states(reading.before):
            await try_datasets_again(session, account.id, attempt=0, at=run.tools.clock())
            return False
        await _swap(session, run, reading, current)
    return True


def _states(datasets: Datasets) -> set[tuple[UUID, int]]:
    return {(each.id, each.data_version) for each in datasets.values()}


async def _swap(session: WriteSession, run: _DatasetRun, reading: _AccountReading, current: Datasets) -> None:
    for period, old in current.items():
        if period in reading.fresh:
            old.ends_at = run.tools.clock() + AFTERLIFE
        else:
            old.data_version, old.generated_at = reading.data_version, reading.read_at
        session.add(old)
    # Of a period there is one at a time, and the mapper would insert before it updates.
    await session.flush()
    for period, new in reading.fresh.items():
        dataset = Dataset(
            tenant_id=run.tenant_id,
            ad_account_id=run.account_id,
            period=period,
            object_key=run.key(period, new),
            rows=new.rows,
            bytes=new.file.size,
            sha256=new.file.sha256,
            data_version=reading.data_version,
            generated_at=reading.read_at,
        )
        session.add(dataset)


async def _forget(run: _DatasetRun, keys: Sequence[str]) -> None:
    """Deletes what this run has stored and no row names; what it cannot delete, the sweep finds."""
    try:
        await run.tools.files.delete(keys)
    except IntegrationError as error:
        _log.warning("files_not_deleted", error=str(error))


async def _try_again(run: _DatasetRun, attempt: int, *, pause: timedelta) -> None:
    """Queues the next attempt."""
    if attempt >= MOST_ATTEMPTS:
        _log.error("datasets_given_up", tenant_id=str(run.tenant_id), ad_account_id=str(run.account_id))
        return

    async def once() -> None:
        async with run.tools.db.write(run.scope) as session:
            at = run.tools.clock() + pause
            await try_datasets_again(session, run.account_id, attempt=attempt + 1, at=at)

    await patiently(once)
