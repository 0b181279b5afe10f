"""Connecting ad accounts of a grant, and disconnecting them; how they are read is the business of refreshes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.ads.records import AdAccountRecord
from integrations.errors import AccessRevoked, PermissionMissing
from models.ads.ad_account import (
    AdAccount,
    AdAccountStatus,
    ad_account_for_update,
    ad_accounts_for_update,
    delete_ad_account,
    insert_ad_account_unless_known,
    raise_data_version,
)
from models.ads.tag_swap import delete_tags
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.connections.access_grant import AccessGrant, access_grant_by_id
from models.database import Database, WriteSession
from models.datasets.dataset import end_datasets_of
from models.exports.export import expire_exports_of
from models.ids import new_id
from models.insights.day_swap import delete_insights
from models.refreshes.job import RefreshJob, RefreshTrigger
from models.refreshes.job_queries import active_refresh_jobs
from services.billing.freezing import freeze_and_thaw
from services.billing.plans import QuotaKind
from services.billing.quotas import check_room, lock_room
from services.connections.account_checks import problem_of
from services.connections.grants import fetch_visible_ad_accounts, may_use
from services.connections.tools import ConnectionTools
from services.refreshes.cancelling import cancel_active_jobs
from services.refreshes.requests import insert_refresh_job
from services.refreshes.schedules import next_refresh
from services.tools import Billing

MOST_AT_ONCE = 1000
_EXTERNAL_ID = re.compile(r"act_[0-9]{1,30}")


@dataclass(frozen=True, slots=True)
class Connected:
    """The accounts in the order asked for, and the refreshes that are queued or running of them."""

    ad_accounts: list[AdAccount]
    refresh_jobs: list[RefreshJob]


async def connect_ad_accounts(
    tools: ConnectionTools, viewer: Viewer, *, grant_id: UUID | None, external_ids: Sequence[str]
) -> Connected:
    """Stores the accounts, all or none, and queues the first refresh of each; needs CONNECT_ACCOUNTS.

    An account that was disconnected is connected again with its data. One that is connected through the same grant
    stays as it is, and no second refresh is queued. Raises Refused: NOT_FOUND, FORBIDDEN, INVALID,
    ACCESS_TOKEN_INVALID, PERMISSION_MISSING, QUOTA_EXCEEDED.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    wanted = _checked(external_ids)
    grant = await _load_usable_grant(tools.db, viewer, grant_id)
    records = await _fetch_visible(tools, viewer, grant, wanted)
    async with tools.db.write(viewer) as session:
        accounts, fresh = await _store(tools, session, viewer, grant=grant, records=records)
        jobs = [
            await insert_refresh_job(
                tools.clock,
                tools.vendors.billing,
                session,
                viewer,
                ad_account=account,
                trigger=RefreshTrigger.CONNECTED,
            )
            for account in fresh
        ]
    return Connected(accounts, [*jobs, *await _load_running(tools.db, viewer, accounts, besides=jobs)])


async def disconnect_ad_account(
    db: Database,
    clock: Clock,
    billing: Billing | None,
    viewer: Viewer,
    account_id: UUID | None,
    *,
    delete_data: bool = False,
) -> UUID:
    """Disconnects the account and cancels its refreshes; needs CONNECT_ACCOUNTS.

    Its data stay readable, unless `delete_data` deletes them with the account. Disconnecting twice is no error. Raises
    Refused: NOT_FOUND.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    async with db.write(viewer) as session:
        await lock_quotas(session)
        account = await ad_account_for_update(session, account_id) if account_id else None
        if account is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such ad account.", field="account_id")
        await cancel_active_jobs(session, viewer, ad_account_id=account.id, clock=clock)
        if delete_data:
            _note(session, viewer, "ad_account.deleted", account)
            await session.flush()
            await delete_insights(session, account.id)
            await delete_tags(session, account.id)
            await delete_ad_account(session, account.id)
            await expire_exports_of(session, account.id, now=clock())
            await end_datasets_of(session, account.id, now=clock())
        elif account.disconnected_at is None:
            account.disconnected_at, account.next_refresh_at, account.frozen_at = clock(), None, None
            _note(session, viewer, "ad_account.disconnected", account)
            await raise_data_version(session, [account.id])
        await freeze_and_thaw(clock, billing, session)
    return account.id


def _checked(external_ids: Sequence[str]) -> list[str]:
    """Each id once, in the order given."""
    if not 1 <= len(external_ids) <= MOST_AT_ONCE:
        raise Refused(
            UserErrorCode.INVALID,
            f"1 to {MOST_AT_ONCE} ad accounts can be connected at once, not {len(external_ids):,}.",
            field="external_ids",
        )
    for place, external_id in enumerate(external_ids):
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise Refused(
                UserErrorCode.INVALID,
                "The id of an ad account is act_ and a number, such as act_1001.",
                field="external_ids",
                place=place,
            )
    return list(dict.fromkeys(external_ids))


async def _load_usable_grant(db: Database, viewer: Viewer, grant_id: UUID | None) -> AccessGrant:
    async with db.read(viewer) as session:
        grant = await access_grant_by_id(session, grant_id) if grant_id else None
    if grant is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such access grant.", field="grant_id")
    if not may_use(viewer, grant):
        raise Refused(
            UserErrorCode.FORBIDDEN,
            "This grant is not shared with you; ask the person who connected it to share it.",
            field="grant_id",
        )
    return grant


async def _fetch_visible(
    tools: ConnectionTools, viewer: Viewer, grant: AccessGrant, wanted: Sequence[str]
) -> list[AdAccountRecord]:
    """The accounts as the platform shows them to the grant, in the order asked for.

    Raises Refused where the platform does not show one of them, or where one has no usable currency or time zone.
    """
    try:
        visible = await fetch_visible_ad_accounts(tools, viewer, grant)
    except AccessRevoked as error:
        raise Refused(UserErrorCode.ACCESS_TOKEN_INVALID, error.reason, field="grant_id") from error
    except PermissionMissing as error:
        raise Refused(UserErrorCode.PERMISSION_MISSING, error.message, field="grant_id") from error
    shown = {record.external_id: record for record in visible.records}
    hidden = [external_id for external_id in wanted if external_id not in shown]
    if hidden:
        raise Refused(
            UserErrorCode.NOT_FOUND,
            f"The platform does not show {', '.join(hidden[:10])} to this grant; nothing was connected."
            + (f" It refused the rest of the list of ad accounts: {visible.cut_short}" if visible.cut_short else ""),
            field="external_ids",
            place=wanted.index(hidden[0]),
        )
    for place, external_id in enumerate(wanted):
        if (problem := problem_of(shown[external_id])) is not None:
            message = f"{external_id} cannot be connected, so nothing was. {problem}"
            raise Refused(UserErrorCode.INVALID, message, field="external_ids", place=place)
    return [shown[external_id] for external_id in wanted]


async def _store(
    tools: ConnectionTools,
    session: WriteSession,
    viewer: Viewer,
    *,
    grant: AccessGrant,
    records: Sequence[AdAccountRecord],
) -> tuple[list[AdAccount], list[AdAccount]]:
    """All accounts in the order of `records`, and those of them that need a first refresh."""
    now, room = tools.clock(), await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.AD_ACCOUNTS)
    new: set[UUID] = set()
    # Always in the same order, so that two requests with the same accounts do not wait for each other's rows.
    for found in sorted(records, key=lambda each: each.external_id):
        account = AdAccount(
            tenant_id=session.tenant_id, id=new_id(), platform=grant.platform, created_at=now, **_seen(found)
        )
        if await insert_ad_account_unless_known(session, account):
            new.add(account.id)
    stored = await ad_accounts_for_update(session, grant.platform, [found.external_id for found in records])
    by_external_id = {account.external_id: account for account in stored}
    accounts = [by_external_id[found.external_id] for found in records]
    fresh: list[AdAccount] = []
    for account, found in zip(accounts, records, strict=True):
        if account.id in new or account.disconnected_at is not None or account.grant_id != grant.id:
            account.disconnected_at, account.grant_id = None, grant.id
            account.next_refresh_at = next_refresh(account, now)
            fresh.append(account)
            _note(session, viewer, "ad_account.connected", account)
        account.sqlmodel_update(_seen(found))
    await raise_data_version(session, [account.id for account in accounts])
    await check_room(tools.clock, session, room)
    return accounts, fresh


def _seen(found: AdAccountRecord) -> dict[str, Any]:
    return {
        "external_id": found.external_id,
        "name": found.name,
        "currency": found.currency,
        "time_zone": found.time_zone,
        "status": AdAccountStatus(found.status),
    }


async def _load_running(
    db: Database, viewer: Viewer, accounts: Sequence[AdAccount], *, besides: Sequence[RefreshJob]
) -> list[RefreshJob]:
    """Unfinished refreshes of the accounts, without those in `besides`."""
    known, wanted = {job.id for job in besides}, {account.id for account in accounts}
    async with db.read(viewer) as session:
        active = await active_refresh_jobs(session)
    return [job for job in active if job.ad_account_id in wanted and job.id not in known]


def _note(session: WriteSession, viewer: Viewer, action: str, account: AdAccount) -> None:
    after = {"external_id": account.external_id, "grant_id": str(account.grant_id)}
    record(session, viewer, action=action, target_type="AdAccount", target_id=account.id, after=after)
