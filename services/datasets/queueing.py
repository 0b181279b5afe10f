"""Puts the data sets of accounts on the queue; called in the transaction of whatever they are to show."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from models.database import WriteSession
from models.queue.enqueue import enqueue, enqueue_behind

DATASET_TASK = "dataset.write"


async def renew_datasets(session: WriteSession, account_ids: Iterable[UUID]) -> None:
    """Queues the data sets of these accounts, which are read after this transaction has ended.

    For each account one job waits at most; where one runs, another one waits behind it. Of one tenant one account is
    written at a time. The caller has locked the accounts.
    """
    for account_id in sorted(account_ids):
        await enqueue_behind(
            session,
            DATASET_TASK,
            lock=_lock(session),
            queueing_lock=_place(account_id),
            tenant_id=str(session.tenant_id),
            ad_account_id=str(account_id),
        )


async def try_datasets_again(session: WriteSession, account_id: UUID, *, attempt: int, at: datetime) -> None:
    """Queues a further attempt, unless a job waits for the account already."""
    await enqueue(
        session,
        DATASET_TASK,
        lock=_lock(session),
        queueing_lock=_place(account_id),
        scheduled_at=at,
        tenant_id=str(session.tenant_id),
        ad_account_id=str(account_id),
        attempt=attempt,
    )


def _lock(session: WriteSession) -> str:
    return f"dataset:{session.tenant_id}"


def _place(account_id: UUID) -> str:
    return f"dataset:{account_id}"
