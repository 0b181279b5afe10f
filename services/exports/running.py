"""One run of an export: claims it, writes the file in one snapshot, stores it, and records how the run ended.

The worker passes ids only; everything else is read here. Nothing says that a file is there before it is.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

import structlog

from auth.permissions import Permission
from errors import AppError, DatabaseUnavailable, InternalError
from integrations.errors import IntegrationError, Rejected
from models.acting import TenantScope
from models.copying import with_time
from models.database import ReadSession, WriteSession
from models.exports.export import (
    UNFINISHED,
    Export,
    ExportStatus,
    advance_export,
    export_for_update,
    hold_accounts,
)
from models.exports.lines import copy_lines, lines_of
from models.ids import new_id
from models.insights.custom_metric import custom_measures_by_key
from models.insights.metric_values import NOTHING
from models.insights.rows import ShownMetrics, count_groups
from models.listener import notify_export
from services.exports import states
from services.exports.columns import id_kind, names_of
from services.exports.files import MEDIA_TYPES, key_of
from services.exports.writing import FORMS, Layout, Sink, WrittenFile, measured, open_lines
from services.insights.question_text import custom_keys, question_of
from services.insights.questions import Insights, prepare
from services.patience import patiently
from services.queued.askers import load_permissions_of_asker
from services.tools import HasClock, HasDb, HasFiles

_log = structlog.get_logger(__name__)

# How long Postgres may take for one file; the roles' own limit is for what somebody waits for.
LONGEST = timedelta(minutes=30)
# Of the layout of files, which readers may look at: it rises when columns change their meaning.
SCHEMA_VERSION = "1"
_REPORT_EVERY_S = 1.0
# 1 is kept for the export that has succeeded.
_ALMOST_DONE = 0.99
_LEFT = "Whoever asked for the export may no longer export."
_WORKER_LOST = "The worker was lost several times while it wrote the file: ask for less, or tell whoever runs Adgraph."
_INTERNAL = "Something went wrong on our side: ask for the export again, or tell whoever runs Adgraph."
_REFUSED = "The storage of files refuses the file: tell whoever runs Adgraph."
_AWAY = "The storage of files did not answer: ask for the export again later."
_GONE = "The data of an ad account were deleted while the file was written: ask for the export again."


class WriterTools(HasDb, HasClock, HasFiles, Protocol):
    """What writes an export: the file is made in `workspace` and kept by `files`."""


class ExportLost(Exception):
    """The export was claimed again, or deleted: this run stops and writes nothing more."""


@dataclass(slots=True)
class _Run:
    tools: WriterTools
    scope: TenantScope
    export: Export
    run_id: UUID
    expected: int = 0
    seen: int = 0
    reported_at: float = field(default_factory=time.monotonic)

    @property
    def key(self) -> str:
        return key_of(self.export, self.run_id)


@dataclass(frozen=True, slots=True)
class _Written:
    file: WrittenFile
    rows: int
    account_ids: tuple[UUID, ...]


async def write_export(tools: WriterTools, *, tenant_id: UUID, export_id: UUID, is_last_try: bool = False) -> None:
    """Writes the file and stores it; does nothing when there is nothing to do.

    Being cancelled hands the export back; CancelledError goes on to the caller. Raises IntegrationError when the
    storage does not answer, so that the queue tries again, and DatabaseUnavailable.
    """
    run = await _claim(tools, TenantScope(tenant_id), export_id, is_last_try=is_last_try)
    if run is None:
        return
    log = _log.bind(tenant_id=str(tenant_id), export_id=str(export_id))
    try:
        with tempfile.TemporaryDirectory(prefix="export-", dir=_made(tools.workspace)) as folder:
            written = await _write(run, Path(folder) / "file")
            await _report(run, progress=_ALMOST_DONE)
            await tools.files.put(run.key, written.file.path, media_type=MEDIA_TYPES[run.export.format])
        await _end(run, written)
        log.info("export_written", rows=written.rows, bytes=written.file.size)
    except ExportLost:
        log.info("export_lost")
    except asyncio.CancelledError:
        await _hand_back(run)
        raise
    except DatabaseUnavailable:
        raise
    except (IntegrationError, OSError) as error:
        await _put_off(run, error, is_last_try=is_last_try)
    except Exception as error:  # the edge of a job: whatever happened, the row says so
        log.warning("export_failed", error=type(error).__name__, exc_info=not isinstance(error, AppError))
        is_told = isinstance(error, AppError) and not isinstance(error, InternalError)
        await _fail(run, str(error) if is_told else _INTERNAL)


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def _claim(tools: WriterTools, scope: TenantScope, export_id: UUID, *, is_last_try: bool) -> _Run | None:
    """Makes the export this run's, whoever ran it before; None when there is nothing to run."""
    now, run_id = tools.clock(), new_id()
    async with tools.db.write(scope) as session:
        export = await export_for_update(session, export_id)
        if export is None or export.status not in UNFINISHED:
            return None
        was_lost = export.run_id is not None
        if Permission.EXPORT not in (await load_permissions_of_asker(session, export) or ()):
            await states.fail(session, export, _LEFT, now=now)
        elif is_last_try and was_lost:
            await states.fail(session, export, _WORKER_LOST, now=now)
        else:
            await states.begin(session, export, run_id=run_id, now=now)
    return _Run(tools, scope, export, run_id) if export.status is ExportStatus.RUNNING else None


async def _write(run: _Run, path: Path) -> _Written:
    """Writes the file; all of it is of one moment."""
    export = run.export
    async with run.tools.db.read(run.scope, is_snapshot=True) as session, with_time(session, limit=LONGEST):
        asked = await _prepared(session, run)
        shown = ShownMetrics(asked.shown, asked.shown if asked.question.comparison is not None else NOTHING)
        lines = lines_of(asked.question, shown, asked.sort, FORMS[export.format], called=names_of)
        run.expected = await count_groups(session, asked.question)
        layout = Layout(lines.columns, lines.names, _metadata(run, asked), export.byte_order_mark)
        async with open_lines(path, export.format, layout) as sink:
            kind = id_kind(asked.question.level)
            rows = await copy_lines(session, lines, id_kind=kind, sink=_watched(run, sink))
    if rows != run.expected:
        raise InternalError(f"The file has {rows} rows, and the answer {run.expected}.")
    return _Written(await measured(path), rows, asked.question.ad_account_ids)


async def _prepared(session: ReadSession, run: _Run) -> Insights:
    """The question as it was asked, of the days that it meant then."""
    kept = run.export.question
    keys = custom_keys(kept)
    found = await custom_measures_by_key(session, keys) if keys else ()
    customs = {measure.key: measure for measure in found if measure is not None}
    return await prepare(session, question_of(kept, customs), now=run.export.created_at, has_meta=False)


def _metadata(run: _Run, asked: Insights) -> Mapping[str, str]:
    return {
        "adgraph.question": json.dumps(run.export.question, separators=(",", ":")),
        "adgraph.data_version": asked.data_version,
        "adgraph.schema_version": SCHEMA_VERSION,
    }


def _watched(run: _Run, sink: Sink) -> Sink:
    """The sink, which tells now and then how far the run is; raises ExportLost."""

    async def take(piece: bytes) -> None:
        await sink(piece)
        # A line break within a text counts too: it is for the progress alone.
        run.seen += piece.count(b"\n")
        if time.monotonic() - run.reported_at >= _REPORT_EVERY_S:
            await _report(run, progress=min(_ALMOST_DONE, run.seen / max(1, run.expected)))

    return take


async def _report(run: _Run, *, progress: float) -> None:
    async with run.tools.db.write(run.scope) as session:
        version = await advance_export(session, run.export.id, run.run_id, progress=progress)
        if version is None:
            raise ExportLost
        await notify_export(session, export_id=run.export.id, version=version)
    run.reported_at = time.monotonic()


async def _end(run: _Run, written: _Written) -> None:
    """Says that the file is there, if the export is still this run's, and its accounts are still there."""

    async def once() -> bool:
        async with run.tools.db.write(run.scope) as session:
            held = await hold_accounts(session, written.account_ids)
            export = await _locked(session, run)
            if export is None:
                return False
            if held < len(written.account_ids):
                await states.fail(session, export, _GONE, now=run.tools.clock())
                return True
            export.ad_account_ids = list(written.account_ids)
            file = written.file
            await states.succeed(
                session, export, rows=written.rows, size=file.size, sha256=file.sha256, now=run.tools.clock()
            )
            return True

    if not await patiently(once):
        await _leave_nothing(run)


async def _leave_nothing(run: _Run) -> None:
    """Deletes the file of this run unless the row names it: another run's has won, or the export is gone.

    A commit whose answer was lost has made the row name it, though the export is no longer this run's.
    """
    async with run.tools.db.write(run.scope) as session:
        export = await export_for_update(session, run.export.id)
        is_named = export is not None and export.object_key == run.key
    if is_named:
        return
    try:
        await run.tools.files.delete([run.key])
    except IntegrationError as error:
        # To try the job again would take the export from a run that may be at it. A chore finds the file.
        _log.warning("files_not_deleted", error=str(error))


async def _fail(run: _Run, error: str) -> None:
    async def once() -> None:
        async with _owned(run) as (session, export):
            if export is not None:
                await states.fail(session, export, error, now=run.tools.clock())

    await patiently(once)


async def _hand_back(run: _Run) -> None:
    async def once() -> None:
        async with _owned(run) as (session, export):
            if export is not None:
                await states.hand_back(session, export, now=run.tools.clock())

    await patiently(once)


async def _put_off(run: _Run, error: IntegrationError | OSError, *, is_last_try: bool) -> None:
    """The queue tries again where that can help, and the last try says what was wrong."""
    if isinstance(error, Rejected):
        _log.warning("export_refused_by_storage", error=str(error))
        await _fail(run, _REFUSED)
        return
    if is_last_try:
        await _fail(run, _AWAY)
    else:
        await _hand_back(run)
    raise error


@asynccontextmanager
async def _owned(run: _Run) -> AsyncIterator[tuple[WriteSession, Export | None]]:
    """The locked row, or None when it is no longer this run's."""
    async with run.tools.db.write(run.scope) as session:
        yield session, await _locked(session, run)


async def _locked(session: WriteSession, run: _Run) -> Export | None:
    export = await export_for_update(session, run.export.id)
    is_ours = export is not None and export.run_id == run.run_id and export.status is ExportStatus.RUNNING
    return export if is_ours else None
