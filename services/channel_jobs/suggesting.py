"""Makes a suggestion: what a sale or a reading found, and a person decides within a week; and takes it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from models.listings.suggestion import Suggestion, SuggestionKind, expire_link_suggestions, insert_suggestion

LIFE = timedelta(days=7)


async def suggest(
    session: WriteSession, kind: SuggestionKind, listing_id: UUID | None, product_id: UUID | None, *, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Stores a suggestion about a listing, a product or both, unless the same is open, or was rejected this week."""
    made = Suggestion(
        tenant_id=session.tenant_id,
        id=new_id(),
        kind=kind,
        sameness=f"{kind.value}:{listing_id or ''}:{product_id or ''}",
        product_id=product_id,
        listing_id=listing_id,
        reason=reason,
        created_at=now,
        expires_at=now + LIFE,
    )
    if await insert_suggestion(session, made):
        await notify_changes(session, "SUGGESTION", [made.id])


async def take_back_links(session: WriteSession, listing_ids: Sequence[UUID], *, but: UUID | None = None) -> None:
    """Closes what suggests products for listings that have one now, except the suggestion `but`.

    The caller has locked the listings, or made them.
    """
    await notify_changes(session, "SUGGESTION", await expire_link_suggestions(session, listing_ids, but=but))
