"""What becomes of accounts and members that a smaller plan has no room for: they are frozen, never deleted.

A frozen ad account keeps its data and is not refreshed nor changed; a frozen member may only read. Whatever came first
stays as it was, so that what thaws, by a larger plan or by room that was made, is always the same.
"""

from dataclasses import dataclass

from errors import Refused, UserErrorCode
from models.ads.ad_account import AdAccount
from models.billing.freezing import settle_accounts, settle_members
from models.database import WriteSession
from services.billing.entitlements import entitlement_of
from services.billing.plans import QuotaKind
from services.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Frozen:
    """How many of each are frozen."""

    ad_accounts: int
    members: int


async def settle(tools: Toolbox, session: WriteSession) -> Frozen:
    """Freezes and thaws by the tenant's plan in the caller's transaction, when plan, accounts or members change.

    What the caller changed of them must be flushed.
    """
    await session.flush()
    allowed, now = await entitlement_of(tools, session), tools.clock()
    return Frozen(
        await settle_accounts(session, allowed.limit(QuotaKind.AD_ACCOUNTS), now),
        await settle_members(session, allowed.limit(QuotaKind.MEMBERS), now),
    )


def refuse_frozen(account: AdAccount, *, field: str) -> None:
    """Raises Refused QUOTA_EXCEEDED for an account that the plan has no room for."""
    if account.frozen_at is not None:
        raise Refused(
            UserErrorCode.QUOTA_EXCEEDED,
            "The plan has no room for this ad account: disconnect another one or choose a larger plan.",
            field=field,
        )
