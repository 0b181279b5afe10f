"""Reads the platform's ids of an account's campaigns and ads, deleted ones included."""

from uuid import UUID

from sqlalchemy import and_, select
from sqlmodel import col

from models.ads.ad import Ad
from models.ads.campaign import Campaign
from models.database import ReadSession


async def campaign_external_ids(session: ReadSession, ad_account_id: UUID) -> list[str]:
    """The external ids of all campaigns of the account, in a stable order."""
    query = (
        select(col(Campaign.external_id))
        .where(col(Campaign.tenant_id) == session.tenant_id, col(Campaign.ad_account_id) == ad_account_id)
        .order_by(col(Campaign.external_id))
    )
    return list((await (await session.connection()).execute(query)).scalars())


async def ad_external_ids(session: ReadSession, ad_account_id: UUID, campaign_external_id: str) -> list[str]:
    """The external ids of all ads of a campaign, in a stable order."""
    same_campaign = and_(col(Campaign.tenant_id) == col(Ad.tenant_id), col(Campaign.id) == col(Ad.campaign_id))
    query = (
        select(col(Ad.external_id))
        .join(Campaign, same_campaign)
        .where(
            col(Ad.tenant_id) == session.tenant_id,
            col(Ad.ad_account_id) == ad_account_id,
            col(Campaign.external_id) == campaign_external_id,
        )
        .order_by(col(Ad.external_id))
    )
    return list((await (await session.connection()).execute(query)).scalars())
