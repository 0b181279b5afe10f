"""Campaigns, ad sets, ads and creatives: their lists, the lists below a parent, and the parents of a row."""

from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from resolvers.ads.pages import children, entities, filtered_children
from resolvers.batching import loaded

ad_sets = entities(AdSet)
ad_sets_of_ad_account = filtered_children(AdSet, by="ad_account")
ad_sets_of_campaign = children(AdSet, by="campaign")


ad_set_of = loaded(lambda loaders, ad: loaders.ad_sets_by_id.load(ad.ad_set_id), shows=AdSet)


ads = entities(Ad)
ads_of_ad_account = filtered_children(Ad, by="ad_account")
ads_of_ad_set = children(Ad, by="ad_set")
ads_of_creative = children(Ad, by="creative")


campaigns = entities(Campaign)
campaigns_of_ad_account = filtered_children(Campaign, by="ad_account")


campaign_of = loaded(lambda loaders, row: loaders.campaigns_by_id.load(row.campaign_id), shows=Campaign)


creatives = entities(Creative)


creative_of = loaded(
    lambda loaders, ad: loaders.creatives_by_id.load(ad.creative_id) if ad.creative_id else None, shows=Creative
)
