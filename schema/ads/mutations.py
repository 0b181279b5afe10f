"""The mutations that change ad accounts and ads."""

import strawberry

from resolvers.ads import ad_accounts, changes
from schema.ads.ad_account import AdAccountPayload
from schema.ads.change import AdPayload, AdSetPayload, BudgetPayload, CampaignPayload
from schema.field import field


@strawberry.type
class AdMutations:
    set_refresh_schedule: AdAccountPayload | None = field(
        ad_accounts.schedule_refreshes,
        description="Refreshes of an account that come by themselves, one a period; skipped while another refresh of "
        "the account is under way. Needs REFRESH.",
    )
    set_campaign_status: CampaignPayload | None = field(
        changes.set_campaign_status,
        description="Switches it on or off on the platform, and answers what the platform shows then. Needs "
        "MANAGE_ADS, and ads_management in the grant's scopes.",
    )
    set_ad_set_status: AdSetPayload | None = field(
        changes.set_ad_set_status, description="As setCampaignStatus; an ad set delivers only below an active one."
    )
    set_ad_status: AdPayload | None = field(
        changes.set_ad_status, description="As setCampaignStatus; an ad delivers only below active ones."
    )
    set_daily_budget: BudgetPayload | None = field(
        changes.set_daily_budget,
        description="In the account's currency, of a campaign or an ad set that has a daily budget. Needs MANAGE_ADS, "
        "and ads_management in the grant's scopes.",
    )
