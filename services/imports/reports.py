"""Importing a report of ad-days: who may, what is read of the file, and what is stored of it in one transaction."""

import asyncio
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import Protocol
from uuid import UUID

from analytics.periods import local_day, settled_through
from analytics.reports.rows import ReportBounds
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.ads.ad_account import AdAccount, ad_accounts_by_ids, lock_contents
from models.audit.entry import record
from models.copying import with_time
from models.database import ReadSession, WriteSession
from models.insights.imports.day_merge import DayMerge, merge_days
from models.insights.imports.free_days import refreshed_days
from models.tenants.tenant import hold_tenant
from services.ad_links.queueing import find_links_anew
from services.billing.freezing import refuse_frozen
from services.datasets.queueing import renew_datasets
from services.imports.placeholders import check_number, store_missing
from services.imports.placing import find_places
from services.imports.reading import ReadReport, read_report
from services.imports.receiving import HasImports, ImportedLines, SentFile, read_in_thread, received
from services.imports.sorting import SortedRows
from services.tools import HasClock, HasDb

# The statements of a large import take longer than those that others wait for.
_LONGEST = timedelta(minutes=5)


class ImportTools(HasDb, HasClock, HasImports, Protocol):
    """What stores the ad-days of a file."""


async def import_report(
    tools: ImportTools, viewer: Viewer, ad_account_id: UUID | None, file: SentFile, *, is_trial: bool
) -> ImportedLines:
    """Stores the ad-days of a report that no refresh has read; needs EXPORT.

    Raises Refused: NOT_FOUND, QUOTA_EXCEEDED for a frozen account, FILE_INVALID for a file of which no line can be
    read; and RateLimited while another import runs.
    """
    require(viewer, Permission.EXPORT)
    async with tools.db.read(viewer) as session:
        account = await _account(session, ad_account_id)
    refuse_frozen(account, field="ad_account_id")
    async with received(tools, account.tenant_id, file) as source:
        with TemporaryFile() as rows_file:
            report = await read_in_thread(partial(read_report, source, rows_file, _expected(tools, account)))
            if is_trial:
                async with tools.db.read(viewer) as reading:
                    sorted_rows = await _sorted(reading, account.id, report)
            else:
                async with tools.db.write(viewer) as writing:
                    sorted_rows = await _store(tools, writing, viewer, account.id, report)
    return _told(sorted_rows)


async def _account(session: ReadSession | WriteSession, ad_account_id: UUID | None) -> AdAccount:
    found = await ad_accounts_by_ids(session, [] if ad_account_id is None else [ad_account_id])
    if not found:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such ad account.", field="ad_account_id")
    return found[0]


def _expected(tools: ImportTools, account: AdAccount) -> ReportBounds:
    # People in zones that are ahead of the account's may have a day that is still to come there.
    tomorrow = local_day(tools.clock(), account.time_zone) + timedelta(days=1)
    return ReportBounds(account.external_id, account.currency, tomorrow)


async def _sorted(session: ReadSession | WriteSession, ad_account_id: UUID, report: ReadReport) -> SortedRows:
    """Which rows can be stored; raises FileFault for too many ads that nobody knows."""
    placed = await find_places(session, ad_account_id, report.ads)
    refreshed = await refreshed_days(session, ad_account_id, report.days)
    rows = SortedRows(report, placed, refreshed)
    await asyncio.to_thread(rows.sort)
    check_number(rows.missing)
    return rows


async def _store(
    tools: ImportTools, session: WriteSession, viewer: Viewer, ad_account_id: UUID, report: ReadReport
) -> SortedRows:
    # Until the end of this transaction nobody closes the tenant, whose erasure would else miss the rows, no refresh
    # stores entities or days of the account, and nobody deletes it.
    await hold_tenant(session)
    await lock_contents(session, ad_account_id)
    account = await _account(session, ad_account_id)
    now = tools.clock()
    async with with_time(session, limit=_LONGEST):
        rows = await _sorted(session, account.id, report)
        if not rows.rows:
            return rows
        await store_missing(session, account, rows.placed, rows.missing, now)
        settled = settled_through(local_day(now, account.time_zone))
        lines = rows.lines(account.currency)
        merge = DayMerge(account.id, sorted(rows.days), lines, imported_at=now, settled_through=settled)
        if await merge_days(session, merge):
            record(
                session,
                viewer,
                action="report.imported",
                target_type="AdAccount",
                target_id=account.id,
                after={"rows": rows.rows, "days": len(rows.days), "new_ads": len(rows.missing)},
            )
            await renew_datasets(session, [account.id])
        if rows.missing:
            await find_links_anew(session)
    return rows


def _told(rows: SortedRows) -> ImportedLines:
    report = rows.report
    made = len(rows.missing)
    notes = [f"{made:,} ads are not known yet: a refresh will know them." if made > 1 else _ONE_NEW] if made else []
    return ImportedLines(
        rows_imported=rows.rows,
        rows_skipped=report.problems.count + rows.problems.count,
        problems=report.problems.first_with(rows.problems),
        notes=[*report.notes, *notes],
    )


_ONE_NEW = "One ad is not known yet: a refresh will know it."
