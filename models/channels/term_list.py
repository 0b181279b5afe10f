"""The table of what a marketplace calls things that cannot be asked while somebody waits: one row for each list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Field, col, select

from models.columns import JSON, Row, dated, tenant_key
from models.database import ReadSession, WriteSession

# Of a channel; the lists that were read longest ago go before the others.
MOST_LISTS = 1_000


class ChannelTermList(Row, table=True):
    """The terms of a kind, below `parent` and with `search` in their names; both are '' where that was not asked.

    `terms` are objects with `id`, `name`, `parent` and `is_leaf`, in the marketplace's order.
    """

    __tablename__ = "channel_term_list"
    __table_args__ = (tenant_key("channel_id", "channel"),)

    tenant_id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    parent: str = Field(primary_key=True)
    search: str = Field(primary_key=True)
    terms: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    read_at: datetime = dated()


async def term_list(
    session: ReadSession | WriteSession, channel_id: UUID, *, kind: str, parent: str, search: str
) -> ChannelTermList | None:
    query = select(ChannelTermList).where(
        ChannelTermList.tenant_id == session.tenant_id,
        ChannelTermList.channel_id == channel_id,
        ChannelTermList.kind == kind,
        ChannelTermList.parent == parent,
        ChannelTermList.search == search,
    )
    return (await session.exec(query)).one_or_none()


async def is_known_term(session: ReadSession | WriteSession, channel_id: UUID, kind: str, term_id: str) -> bool:
    """Whether one of the lists of the kind has a term with this id."""
    query = select(ChannelTermList.kind).where(
        ChannelTermList.tenant_id == session.tenant_id,
        ChannelTermList.channel_id == channel_id,
        ChannelTermList.kind == kind,
        col(ChannelTermList.terms).contains([{"id": term_id}]),
    )
    return (await session.exec(query.limit(1))).first() is not None


async def keep_term_lists(session: WriteSession, channel_id: UUID, lists: Sequence[ChannelTermList]) -> None:
    """Stores the lists in place of what was there; the caller has locked the channel."""
    for each in lists:
        await session.merge(each)
    await session.flush()
    mine = (ChannelTermList.tenant_id == session.tenant_id, ChannelTermList.channel_id == channel_id)
    newest = col(ChannelTermList.read_at).desc(), ChannelTermList.kind, ChannelTermList.parent, ChannelTermList.search
    beyond = (await session.exec(select(ChannelTermList).where(*mine).order_by(*newest).offset(MOST_LISTS))).all()
    for old in beyond:
        is_it = (
            col(ChannelTermList.tenant_id) == session.tenant_id,
            col(ChannelTermList.channel_id) == channel_id,
            col(ChannelTermList.kind) == old.kind,
            col(ChannelTermList.parent) == old.parent,
            col(ChannelTermList.search) == old.search,
        )
        await (await session.connection()).execute(delete(ChannelTermList).where(*is_it))
