"""Requesting refreshes of many ad accounts at once: each is queued or refused by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from analytics.clock import Clock
from analytics.enums import Breakdown
from analytics.periods import AskedRange
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.ads.ad_account import ad_accounts_by_ids, refreshable_ad_accounts
from models.database import Database
from models.refreshes.job import RefreshJob
from services.billing.quotas import writable_entitlement
from services.refreshes.requests import combination, request_refresh
from services.tools import Billing


@dataclass(frozen=True, slots=True)
class RefusedAccount:
    """An account without a refresh, and why; `account_id` is None where it concerns all accounts that were left."""

    account_id: UUID | None
    reason: Refused


@dataclass(slots=True)
class Requested:
    """The jobs in the order of the accounts, and why there is none for the others."""

    jobs: list[RefreshJob] = field(default_factory=list)
    refusals: list[RefusedAccount] = field(default_factory=list)


async def request_refreshes(
    db: Database,
    clock: Clock,
    billing: Billing | None,
    viewer: Viewer,
    *,
    ad_account_ids: Sequence[UUID] | None,
    days: AskedRange | None = None,
    breakdowns: Sequence[Breakdown] = (),
) -> Requested:
    """Queues a refresh of each account, or of every connected one that the price plan has room for; needs REFRESH.

    Each is queued in a transaction of its own: a refusal costs no other account its refresh, and the counter of the
    quota is not locked for long. Where the day's refreshes are used up, one refusal says so for all. Raises Refused
    INVALID for breakdowns that no account can be read by, QUOTA_EXCEEDED while a payment is overdue.
    """
    require(viewer, Permission.REFRESH)
    chosen = combination(breakdowns)
    requested, is_used_up = Requested(), False
    for account_id, name in await _load_named_accounts(db, clock, billing, viewer, ad_account_ids):
        try:
            job = await request_refresh(
                db, clock, billing, viewer, ad_account_id=account_id, days=days, breakdowns=chosen
            )
            requested.jobs.append(job)
        except Refused as refused:
            # The other accounts are tried even when the day's refreshes are used up: where one is being refreshed
            # already, that refresh is answered, which counts for no quota.
            if not _is_of_the_day(refused):
                requested.refusals.append(RefusedAccount(account_id, _named(refused, name)))
            elif not is_used_up:
                is_used_up = True
                requested.refusals.append(RefusedAccount(None, refused))
    return requested


async def _load_named_accounts(
    db: Database, clock: Clock, billing: Billing | None, viewer: Viewer, ids: Sequence[UUID] | None
) -> list[tuple[UUID, str]]:
    """The accounts with their names, in the order asked for, else by name.

    An id that is no account of the tenant has an empty name. Raises Refused QUOTA_EXCEEDED while a payment is overdue.
    """
    async with db.read(viewer) as session:
        await writable_entitlement(clock, billing, session)
        if ids is None:
            return [(account.id, account.name) for account in await refreshable_ad_accounts(session)]
        names = {account.id: account.name for account in await ad_accounts_by_ids(session, ids)}
    return [(account_id, names.get(account_id, "")) for account_id in ids]


def _named(refused: Refused, name: str) -> Refused:
    """The same refusal with the name of its account in front."""
    message = f"{name}: {refused.message}" if name else refused.message
    return Refused(refused.user_code, message, retry_after_s=refused.retry_after_s, field=refused.field)


def _is_of_the_day(refused: Refused) -> bool:
    """Whether the day's refreshes are used up."""
    return refused.user_code is UserErrorCode.QUOTA_EXCEEDED and refused.retry_after_s is not None
