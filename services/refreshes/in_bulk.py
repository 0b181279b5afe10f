"""Asking for the refreshes of many ad accounts at once: each stands or falls by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from analytics.enums import Breakdown
from analytics.periods import AskedRange
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.ads.ad_account import ad_accounts_by_ids, refreshable_ad_accounts
from models.refreshes.job import RefreshJob
from services.billing.quotas import writable_entitlement
from services.refreshes.requests import combination, request_refresh
from services.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class RefusedAccount:
    """Without an account it is about all that were left."""

    account_id: UUID | None
    reason: Refused


@dataclass(slots=True)
class Requested:
    """The jobs in the order of the accounts, and why there is none for the others."""

    jobs: list[RefreshJob] = field(default_factory=list)
    refusals: list[RefusedAccount] = field(default_factory=list)


async def request_refreshes(
    tools: Toolbox,
    viewer: Viewer,
    *,
    ad_account_ids: Sequence[UUID] | None,
    days: AskedRange | None = None,
    breakdowns: Sequence[Breakdown] = (),
) -> Requested:
    """A refresh of each account, or of every one that is connected and that the plan has room for; needs REFRESH.

    Each is queued in a transaction of its own: one that is refused costs no other, and no tenant holds its quota's
    counter for long. Where the day's refreshes are used up, one refusal says so for all. Raises Refused INVALID for
    breakdowns that no account can be read by, QUOTA_EXCEEDED while a payment is overdue.
    """
    require(viewer, Permission.REFRESH)
    chosen = combination(breakdowns)
    requested, is_used_up = Requested(), False
    for account_id, name in await _load_named_accounts(tools, viewer, ad_account_ids):
        try:
            job = await request_refresh(tools, viewer, ad_account_id=account_id, days=days, breakdowns=chosen)
            requested.jobs.append(job)
        except Refused as refused:
            # A refresh that is under way already is answered all the same, so the others are asked for too.
            if not _is_of_the_day(refused):
                requested.refusals.append(RefusedAccount(account_id, _named(refused, name)))
            elif not is_used_up:
                is_used_up = True
                requested.refusals.append(RefusedAccount(None, refused))
    return requested


async def _load_named_accounts(tools: Toolbox, viewer: Viewer, ids: Sequence[UUID] | None) -> list[tuple[UUID, str]]:
    """The accounts with their names, in the order asked for, else of their names; no name where it is not theirs."""
    async with tools.db.read(viewer) as session:
        await writable_entitlement(tools, session)
        if ids is None:
            return [(account.id, account.name) for account in await refreshable_ad_accounts(session)]
        names = {account.id: account.name for account in await ad_accounts_by_ids(session, ids)}
    return [(account_id, names.get(account_id, "")) for account_id in ids]


def _named(refused: Refused, name: str) -> Refused:
    """The same refusal, saying which of the accounts it is about."""
    message = f"{name}: {refused.message}" if name else refused.message
    field = refused.field if refused.field == "days" else None
    return Refused(refused.user_code, message, retry_after_s=refused.retry_after_s, field=field)


def _is_of_the_day(refused: Refused) -> bool:
    """Whether the day's refreshes are used up."""
    return refused.user_code is UserErrorCode.QUOTA_EXCEEDED and refused.retry_after_s is not None
