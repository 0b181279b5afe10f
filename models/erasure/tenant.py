"""Statements that close a tenant and erase its rows from every table that has a `tenant_id`.

The audit log stays: its entries are deleted by age alone (`models/installation/retention.py`).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, text, update
from sqlalchemy import delete as delete_from
from sqlmodel import col, select

from models.ads.ad_account import AdAccount
from models.channels.access import ChannelAccess
from models.channels.channel import Channel, ChannelStatus
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.database import ReadSession, WriteSession
from models.oauth import OAuthFlow
from models.people.auth_session import AuthSession
from models.people.one_time_token import OneTimeToken
from models.tables import metadata
from models.tenants.tenant import Tenant

_KEPT = {"audit_log"}
# Sessions belong to a person, and policies show them to that person alone: `delete_what_leads_into` deletes them as the
# system role.
_OF_PEOPLE = {"auth_session"}
# A refresh locks its job whenever it stores rows: once the jobs are gone, no refresh adds rows any more.
_FIRST = ("refresh_job",)
_MOST = 100

_DELETE_QUEUED = text("""
    delete from procrastinate_jobs
    where args ->> 'tenant_id' = :tenant_id and status <> 'doing' and task_name <> :but
""")
_ABORT_RUNNING = text("""
    select procrastinate_cancel_job_v1(id, true, false) from procrastinate_jobs
    where args ->> 'tenant_id' = :tenant_id and status = 'doing' and task_name <> :but
""")


def erased_tables() -> list[str]:
    """The names of all tables of tenants' rows, in the order of erasure: refresh jobs, then referring tables first."""
    ours = [table.name for table in reversed(metadata.sorted_tables) if _is_erased(table)]
    return sorted(ours, key=lambda name: name not in _FIRST)


async def close_accounts(session: WriteSession, *, reason: str, now: datetime) -> int:
    """Clears the tokens of the tenant's grants and channels, disconnects its accounts and channels, ends schedules.

    Answers how many grants there were.
    """
    connection = await session.connection()
    forgotten = await connection.execute(
        update(AccessGrant)
        .where(col(AccessGrant.tenant_id) == session.tenant_id)
        .values(
            token_enc="",
            status=AccessGrantStatus.REVOKED,
            reason=reason,
            revoked_at=func.coalesce(col(AccessGrant.revoked_at), now),
        )
    )
    await connection.execute(
        update(AdAccount)
        .where(col(AdAccount.tenant_id) == session.tenant_id)
        .values(next_refresh_at=None, disconnected_at=func.coalesce(col(AdAccount.disconnected_at), now))
    )
    await connection.execute(delete_from(ChannelAccess).where(col(ChannelAccess.tenant_id) == session.tenant_id))
    await connection.execute(
        update(Channel)
        .where(col(Channel.tenant_id) == session.tenant_id)
        .values(
            status=ChannelStatus.DISCONNECTED,
            next_sync_at=None,
            next_check_at=None,
            disconnected_at=func.coalesce(col(Channel.disconnected_at), now),
        )
    )
    return forgotten.rowcount


async def clear_queue(session: WriteSession, *, but: str) -> int:
    """Deletes the tenant's jobs from the queue, finished ones too, and tells running ones to stop.

    Jobs of the task `but` are left alone. Answers how many jobs were deleted.
    """
    values = {"tenant_id": str(session.tenant_id), "but": but}
    connection = await session.connection()
    await connection.execute(_ABORT_RUNNING, values)
    return (await connection.execute(_DELETE_QUEUED, values)).rowcount


async def delete_batch(session: WriteSession, table: str, *, most: int) -> int:
    """Deletes up to `most` rows of the session's tenant, and by foreign keys the rows that belong to them.

    Answers how many rows of `table` were deleted.
    """
    statement = text(f"""
        delete from "{table}" where tenant_id = :tenant_id and ctid = any (array(
            select ctid from "{table}" where tenant_id = :tenant_id limit :most
        ))
    """)  # noqa: S608 - a name of our own metadata
    answer = await (await session.connection()).execute(statement, {"tenant_id": session.tenant_id, "most": most})
    return answer.rowcount


async def delete_what_leads_into(session: WriteSession, tenant_id: UUID) -> None:
    """Deletes sessions, one-time tokens and OAuth flows of a tenant; needs a session of the system role."""
    connection = await session.connection()
    ways: tuple[Any, ...] = (
        delete_from(AuthSession).where(col(AuthSession.tenant_id) == tenant_id),
        delete_from(OneTimeToken).where(col(OneTimeToken.for_tenant_id) == tenant_id),
        delete_from(OAuthFlow).where(col(OAuthFlow.begun_in_tenant_id) == tenant_id),
    )
    for way in ways:
        await connection.execute(way)


async def is_to_be_erased(session: ReadSession) -> bool:
    """Whether the session's tenant was deleted and is not erased yet."""
    query = select(Tenant.id).where(Tenant.id == session.tenant_id, col(Tenant.deleted_at).is_not(None))
    return (await session.exec(query)).one_or_none() is not None


async def delete_tenant_row(session: WriteSession) -> bool:
    """Deletes the tenant's own row, and by foreign keys all that refers to it; False when it was gone already."""
    statement = delete_from(Tenant).where(col(Tenant.id) == session.tenant_id, col(Tenant.deleted_at).is_not(None))
    return (await (await session.connection()).execute(statement)).rowcount == 1


async def tenants_deleted_before(session: WriteSession, instant: datetime) -> list[UUID]:
    """Tenants that were deleted before `instant` and are not erased yet; needs a session of the system role."""
    query = select(Tenant.id).where(col(Tenant.deleted_at) < instant).order_by(col(Tenant.deleted_at)).limit(_MOST)
    return list((await session.exec(query)).all())


def _is_erased(table: Table) -> bool:
    return "tenant_id" in table.columns and table.name not in _KEPT | _OF_PEOPLE
