"""Finds rows of all tenants that are encrypted with another key than the current one; decrypts nothing."""

from uuid import UUID

from sqlalchemy import func, or_, tuple_
from sqlmodel import col, select

from models.channels.access import ChannelAccess
from models.connections.access_grant import AccessGrant
from models.database import ReadSession, WriteSession
from models.mail import OutgoingMail
from models.oauth import OAuthFlow

Place = tuple[UUID, UUID]


async def grants_with_other_keys(session: WriteSession, current: str, *, after: Place | None, most: int) -> list[Place]:
    """Tenant and id of grants whose token does not begin with `current`, the current key's mark, in order of both.

    `after` is the last place of the page before. Needs a session of the system role.
    """
    place = tuple_(col(AccessGrant.tenant_id), col(AccessGrant.id))
    query = select(AccessGrant.tenant_id, AccessGrant.id).where(
        col(AccessGrant.token_enc) != "", ~col(AccessGrant.token_enc).startswith(current, autoescape=True)
    )
    if after is not None:
        query = query.where(place > tuple_(*after))
    rows = await session.exec(query.order_by(place).limit(most))
    return [(tenant_id, grant_id) for tenant_id, grant_id in rows]


async def channels_with_other_keys(
    session: WriteSession, current: str, *, after: Place | None, most: int
) -> list[Place]:
    """The same of channels, one of whose tokens was encrypted with another key."""
    place = tuple_(col(ChannelAccess.tenant_id), col(ChannelAccess.id))
    tokens = (col(ChannelAccess.access_enc), col(ChannelAccess.refresh_enc))
    query = select(ChannelAccess.tenant_id, ChannelAccess.id).where(
        or_(*(~token.startswith(current, autoescape=True) for token in tokens))
    )
    if after is not None:
        query = query.where(place > tuple_(*after))
    rows = await session.exec(query.order_by(place).limit(most))
    return [(tenant_id, channel_id) for tenant_id, channel_id in rows]


async def passing_with_other_keys(session: ReadSession, current: str) -> int:
    """How many letters and OAuth flows are encrypted with another key.

    They need no new encryption: a letter is sent or deleted within a day, a flow ends within ten minutes.
    """
    letters = select(func.count()).where(~col(OutgoingMail.content_enc).startswith(current, autoescape=True))
    flows = select(func.count()).where(~col(OAuthFlow.provider_verifier_enc).startswith(current, autoescape=True))
    return int((await session.exec(letters)).one()) + int((await session.exec(flows)).one())
