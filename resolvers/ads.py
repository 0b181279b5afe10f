"""Ads: their list, and those of an ad account, ad set or creative."""

from models.ads.ad import Ad
from resolvers.entity_pages import children, entities, filtered_children

ads = entities(Ad)
ads_of_ad_account = filtered_children(lambda loaders: (loaders.ads_by_ad_account, loaders.ad_counts_by_ad_account))
ads_of_ad_set = children(lambda loaders: (loaders.ads_by_ad_set, loaders.ad_counts_by_ad_set))
ads_of_creative = children(lambda loaders: (loaders.ads_by_creative, loaders.ad_counts_by_creative))
