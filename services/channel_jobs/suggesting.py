"""Makes a suggestion: what a sale or a reading found, and a person decides within a week."""

from datetime import datetime, timedelta
from uuid import UUID

from models.database import WriteSession
from models.ids import new_id
from models.listener import notify_changes
from models.listings.suggestion import Suggestion, SuggestionKind, insert_suggestion

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
