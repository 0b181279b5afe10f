"""AdAccount: a connected account of an ad platform, and its refresh schedule."""

from datetime import date, datetime

import strawberry

from models.ads.ad_account import AdAccount as AdAccountRow
from models.ads.ad_account import AdAccountStatus
from models.platform import Platform
from resolvers import refreshes
from resolvers.ads import ad_accounts, entities
from resolvers.exports import datasets
from schema.ads.ad import Ad
from schema.ads.ad_set import AdSet
from schema.ads.campaign import Campaign
from schema.connections.access_grant import AccessGrant
from schema.datasets import Dataset
from schema.field import field
from schema.insights.entity import InsightEntity
from schema.node import Node, entity
from schema.page_info import Connection
from schema.refreshes import RefreshJob
from schema.scalars import Currency, TimeZone
from schema.user_error import UserError


@strawberry.type(description="When the account is refreshed by itself.")
class RefreshSchedule:
    every_hours: int | None = field(description="Null: not scheduled.")
    next_at: datetime | None = field(description="Each account has a time of its own in the period.")
    lookback_days: int = field(description="How many days back each refresh reads.")


@entity(AdAccountRow, description="A connected account of an ad platform.")
class AdAccount(Node, InsightEntity):
    platform: Platform
    external_id: str = field(description="The platform's own id; begins with act_.")
    name: str
    currency: Currency = field(description="Of all money of this account.")
    time_zone: TimeZone = field(description="Days of this account are days in this zone.")
    status: AdAccountStatus
    grant: AccessGrant | None = field(ad_accounts.grant, description="The access it is refreshed through.")
    disconnected_at: datetime | None = field(
        description="Set: no longer refreshed; its data stay readable and it counts for no quota."
    )
    frozen_at: datetime | None = field(
        description="Set: the plan has no room for this account. Its data stay readable; it is neither refreshed nor "
        "changed until there is room again."
    )
    last_refreshed_at: datetime | None = field(description="Last refresh that succeeded.")
    data_from: date | None = field(description="First day with stored rows.")
    data_through: date | None = field(description="Last day with stored rows.")
    settled_through: date | None = field(
        ad_accounts.settled_through,
        description="Stored days up to here are no longer restated by the platform; null before the first refresh.",
    )
    schedule: RefreshSchedule = field(ad_accounts.schedule)
    campaigns: Connection[Campaign] | None = field(entities.campaigns_of_ad_account, description="In order of name.")
    ad_sets: Connection[AdSet] | None = field(entities.ad_sets_of_ad_account, description="In order of name.")
    ads: Connection[Ad] | None = field(entities.ads_of_ad_account, description="In order of name.")
    refresh_jobs: Connection[RefreshJob] | None = field(
        refreshes.refresh_jobs_of_ad_account, description="The newest request first."
    )
    dataset: Dataset | None = field(
        datasets.dataset_of_ad_account,
        description="The account's ad-days of a period as a file. Null before the first refresh, and for some moments "
        "after it.",
    )


@strawberry.type
class AdAccountPayload:
    ad_account: AdAccount | None
    user_errors: list[UserError]
