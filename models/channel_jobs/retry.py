"""The table of records that a sync could not read: each is asked for again by itself, and holds nothing else up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, text, update
from sqlmodel import Field, col, select

from models.channel_jobs.job import ChannelJobKind
from models.columns import Row, TextEnum, dated, is_any_text, one_of, tenant_key
from models.database import ReadSession, WriteSession


class ChannelRetry(Row, table=True):
    """`kind` is the sync that met the record, `message` what was wrong with it, for people."""

    __tablename__ = "channel_retry"
    __table_args__ = (one_of("kind", ChannelJobKind), tenant_key("channel_id", "channel"))

    tenant_id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)
    kind: ChannelJobKind = Field(primary_key=True, sa_type=TextEnum(ChannelJobKind))
    external_id: str = Field(primary_key=True)
    tries: int = 1
    message: str
    next_try_at: datetime
    created_at: datetime = dated()


@dataclass(frozen=True, slots=True)
class RetriesOf:
    """The records of one channel that one kind of sync could not read."""

    channel_id: UUID
    kind: ChannelJobKind


async def load_retries(session: ReadSession | WriteSession, of: RetriesOf, *, most: int) -> Sequence[ChannelRetry]:
    """At most so many, those first that are to be asked for first."""
    query = select(ChannelRetry).where(
        ChannelRetry.tenant_id == session.tenant_id,
        ChannelRetry.channel_id == of.channel_id,
        ChannelRetry.kind == of.kind,
    )
    in_order = query.order_by(col(ChannelRetry.next_try_at), col(ChannelRetry.external_id)).limit(most)
    return (await session.exec(in_order)).all()


# A record that is known keeps when it is asked for, since to meet it again in a list is no try of its own; unless it is
# to be asked for at once.
_KEEP = text("""
    insert into channel_retry (tenant_id, channel_id, kind, external_id, tries, message, next_try_at, created_at)
    select :tenant_id, cast(:channel_id as uuid), cast(:kind as varchar), given.external_id, 1, given.message,
        cast(:next_try_at as timestamptz), cast(:now as timestamptz)
    from unnest(cast(:external_ids as varchar[]), cast(:messages as varchar[])) as given (external_id, message)
    on conflict (tenant_id, channel_id, kind, external_id) do update set message = excluded.message,
        next_try_at = least(
            channel_retry.next_try_at,
            case when excluded.next_try_at <= cast(:now as timestamptz) then excluded.next_try_at end
        )
    returning 1
""")


async def keep_retries(
    session: WriteSession, of: RetriesOf, messages: Mapping[str, str], *, next_try_at: datetime, now: datetime
) -> None:
    """Remembers records by the channel's ids, with what is wrong with them."""
    if messages:
        values = {
            "tenant_id": session.tenant_id,
            "channel_id": of.channel_id,
            "kind": of.kind.value,
            "external_ids": [*messages],
            "messages": [*messages.values()],
            "next_try_at": next_try_at,
            "now": now,
        }
        await (await session.connection()).execute(_KEEP, values)


async def drop_retries(session: WriteSession, of: RetriesOf, external_ids: Collection[str]) -> None:
    """Forgets records that were read meanwhile, or that are gone."""
    if external_ids:
        is_it = (
            col(ChannelRetry.tenant_id) == session.tenant_id,
            col(ChannelRetry.channel_id) == of.channel_id,
            col(ChannelRetry.kind) == of.kind,
            is_any_text(ChannelRetry.external_id, [*external_ids]),
        )
        await (await session.connection()).execute(delete(ChannelRetry).where(*is_it))


def _one(session: WriteSession, of: RetriesOf, external_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ChannelRetry.tenant_id) == session.tenant_id,
        col(ChannelRetry.channel_id) == of.channel_id,
        col(ChannelRetry.kind) == of.kind,
        col(ChannelRetry.external_id) == external_id,
    )


async def put_off_retry(session: WriteSession, of: RetriesOf, tried: ChannelRetry, *, next_try_at: datetime) -> None:
    """The record could not be read this time either."""
    change = (
        update(ChannelRetry)
        .where(*_one(session, of, tried.external_id))
        .values(tries=tried.tries + 1, next_try_at=next_try_at)
    )
    await (await session.connection()).execute(change)


async def rename_retry(session: WriteSession, of: RetriesOf, external_id: str, new_id: str) -> None:
    """What is asked for again is called otherwise from now on; how often and when stays."""
    change = update(ChannelRetry).where(*_one(session, of, external_id)).values(external_id=new_id)
    await (await session.connection()).execute(change)
