"""Queries of listings: look-ups and locks."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.database import ReadSession, WriteSession
from models.listings.listing import ChannelListing
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows

_by_ids = by_ids(ChannelListing, col(ChannelListing.tenant_id) == TENANT)


async def listings_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[ChannelListing]:
    return await rows(session, ChannelListing, _by_ids(), {"ids": ids})


async def listing_for_update(session: WriteSession, listing_id: UUID) -> ChannelListing | None:
    """The listing, locked until the session ends; read anew, even if the session has read it before."""
    query = _rows(session).where(ChannelListing.id == listing_id).with_for_update()
    return (await session.exec(query, execution_options={"populate_existing": True})).one_or_none()


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[ChannelListing]:
    return select(ChannelListing).where(ChannelListing.tenant_id == session.tenant_id)
