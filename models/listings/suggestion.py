"""The table of suggestions: what was found and a person decides, of no use any more after a week; and its queries."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text, update
from sqlmodel import Field, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.columns import TenantRow, TextEnum, dated, is_any, one_of, tenant_key
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, Window, count_rows, load_page
from models.thin.compiled import TENANT
from models.thin.records import by_ids, rows
from models.upsert import insert_unless_there


class SuggestionKind(StrEnum):
    END_LISTING = "END_LISTING"
    LINK_LISTING = "LINK_LISTING"
    MARK_SOLD = "MARK_SOLD"
    ARCHIVE_PRODUCT = "ARCHIVE_PRODUCT"


class SuggestionStatus(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class Suggestion(TenantRow, table=True):
    """There is one open suggestion of a kind for a product and a listing: `sameness` names all three."""

    __tablename__ = "suggestion"
    __table_args__ = (
        one_of("kind", SuggestionKind),
        one_of("status", SuggestionStatus),
        tenant_key("product_id", "product"),
        tenant_key("listing_id", "listing"),
        Index(None, "tenant_id", "status", "created_at", "id"),
        Index("uq_suggestion_open", "tenant_id", "sameness", unique=True, postgresql_where="status = 'OPEN'"),
        # For the chore, which looks over all tenants.
        Index("ix_suggestion_expires", "expires_at", postgresql_where="status = 'OPEN'"),
    )

    kind: SuggestionKind = Field(sa_type=TextEnum(SuggestionKind))
    status: SuggestionStatus = Field(default=SuggestionStatus.OPEN, sa_type=TextEnum(SuggestionStatus))
    sameness: str
    product_id: UUID | None = None
    listing_id: UUID | None = None
    reason: str
    created_at: datetime = dated()
    expires_at: datetime
    decided_by_user_id: UUID | None = None
    decided_at: datetime | None = None


_NEWEST_FIRST = Ordering("suggestions", key=col(Suggestion.created_at), row_id=col(Suggestion.id), descending=True)
_by_ids = by_ids(Suggestion, col(Suggestion.tenant_id) == TENANT)


def _rows(session: ReadSession | WriteSession) -> SelectOfScalar[Suggestion]:
    return select(Suggestion).where(Suggestion.tenant_id == session.tenant_id)


async def list_suggestions(session: ReadSession, status: SuggestionStatus, window: Window) -> KeysetPage[Suggestion]:
    """One page of those in the state, the newest first; raises BadInput for a cursor of another list."""
    query = _rows(session).where(Suggestion.status == status)
    return await load_page(session, Listing(query, _NEWEST_FIRST), window)


async def count_suggestions(session: ReadSession, status: SuggestionStatus) -> int:
    return await count_rows(session, _rows(session).where(Suggestion.status == status))


async def suggestions_by_ids(session: ReadSession, ids: Sequence[UUID]) -> Sequence[Suggestion]:
    return await rows(session, Suggestion, _by_ids(), {"ids": ids})


async def suggestions_for_update(session: WriteSession, ids: Sequence[UUID]) -> Sequence[Suggestion]:
    """Locks suggestions in the order of their ids."""
    query = _rows(session).where(is_any(col(Suggestion.id), ids)).order_by(col(Suggestion.id))
    return (await session.exec(query.with_for_update().execution_options(populate_existing=True))).all()


async def insert_suggestion(session: WriteSession, suggestion: Suggestion) -> bool:
    """Stores the suggestion; False, and nothing is stored, where the same is open already or was rejected this week."""
    await session.flush()
    was_rejected = _rows(session).where(
        Suggestion.sameness == suggestion.sameness,
        Suggestion.status == SuggestionStatus.REJECTED,
        col(Suggestion.expires_at) > suggestion.created_at,
    )
    if (await session.exec(was_rejected.limit(1))).first() is not None:
        return False
    return await insert_unless_there(
        session, suggestion, on=("tenant_id", "sameness"), where=text("status = 'OPEN'"), values=suggestion.model_dump()
    )


async def expired_suggestions(session: WriteSession, now: datetime, *, most: int) -> Sequence[tuple[UUID, UUID]]:
    """Tenant and id of open suggestions that are too old, over all tenants; needs a session of the system role."""
    query = (
        select(Suggestion.tenant_id, Suggestion.id)
        .where(Suggestion.status == SuggestionStatus.OPEN, col(Suggestion.expires_at) <= now)
        .order_by(col(Suggestion.expires_at))
        .limit(most)
    )
    return (await session.exec(query)).all()


async def expire_link_suggestions(
    session: WriteSession, listing_ids: Sequence[UUID], *, but: UUID | None = None
) -> list[UUID]:
    """The open suggestions to link these listings expire, except `but`; answers which."""
    if not listing_ids:
        return []
    query = _rows(session).where(
        Suggestion.kind == SuggestionKind.LINK_LISTING,
        Suggestion.status == SuggestionStatus.OPEN,
        is_any(col(Suggestion.listing_id), listing_ids),
    )
    # Locked in the order in which they are decided as well.
    found = (await session.exec(query.order_by(col(Suggestion.id)).with_for_update())).all()
    return await expire_suggestions(session, [each.id for each in found if each.id != but])


async def expire_suggestions(session: WriteSession, ids: Sequence[UUID]) -> list[UUID]:
    """Those that are still open expire; answers which."""
    if not ids:
        return []
    is_open = (
        col(Suggestion.tenant_id) == session.tenant_id,
        is_any(col(Suggestion.id), ids),
        col(Suggestion.status) == SuggestionStatus.OPEN,
    )
    change = update(Suggestion).where(*is_open).values(status=SuggestionStatus.EXPIRED).returning(col(Suggestion.id))
    return list((await (await session.connection()).execute(change)).scalars())
