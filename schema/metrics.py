"""Generated from the catalogue by `python -m schema.generate`; change analytics/metrics/ instead."""

from decimal import Decimal

import strawberry

from resolvers.insights import metrics
from resolvers.scalars import BigInt, Currency
from schema.field import field
from schema.metric_value import ActionValue, MetricValue

DESCRIPTION = (
    "Built-in metrics: what is selected is what is computed. Definitions, formulas and units: Query.metricDefinitions."
)


@strawberry.type(description=DESCRIPTION)
class Metrics:
    currency: Currency | None = field(description="That of all money here; null when the numbers mix currencies.")
    spend: Decimal | None = field(description="Amount spent. What the platform charged for showing the ads.")
    impressions: BigInt | None = field(
        description="Impressions. Times an ad was on screen; one person can see it several times."
    )
    clicks_all: BigInt | None = field(
        description="Clicks (all). Every click or tap on the ad: links, but also reactions, the profile and 'see more'."
    )
    link_clicks: BigInt | None = field(
        description="Link clicks. Clicks on links to a destination on or off the platform. Often less than "
        "half of clicksAll.",
    )
    outbound_clicks: BigInt | None = field(
        description="Outbound clicks. Clicks that leave the platform; a part of linkClicks."
    )
    landing_page_views: BigInt | None = field(
        description="Landing page views. Visits whose page had loaded after a link click. Needs the pixel of "
        "the platform on the page.",
    )
    reach: BigInt | None = field(
        description="Reach. People who saw an ad at least once, each counted once, as the platform counted "
        "them for exactly this group and period; else null, because a sum would count people "
        "twice.",
    )
    frequency: float | None = field(description="Frequency. Impressions per person reached. Null where reach is null.")
    unique_clicks: BigInt | None = field(
        description="Unique clicks (all). People who clicked anything on the ad, each counted once. Null "
        "where reach is null.",
    )
    unique_ctr: float | None = field(
        description="Unique click-through rate (all). Share of the people reached who clicked. Null where "
        "reach is null.",
    )
    cpp: Decimal | None = field(
        description="Cost per 1,000 people reached. Spend per thousand people. Null where reach is null."
    )
    cpm: Decimal | None = field(description="Cost per 1,000 impressions. Spend per thousand impressions.")
    cpc_all: Decimal | None = field(description="Cost per click (all). Spend per click of any kind.")
    cpc_link: Decimal | None = field(description="Cost per link click. Spend per link click.")
    cpc_outbound: Decimal | None = field(
        description="Cost per outbound click. Spend per click that leaves the platform."
    )
    ctr_all: float | None = field(
        description="Click-through rate (all). Clicks of any kind per impression. The platform prints the "
        "same number in percent.",
    )
    ctr_link: float | None = field(description="Link click-through rate. Link clicks per impression.")
    ctr_outbound: float | None = field(description="Outbound click-through rate. Outbound clicks per impression.")
    landing_page_view_rate: float | None = field(
        description="Landing page view rate. Landing page views per link click. A low rate points at a slow page."
    )
    cost_per_landing_page_view: Decimal | None = field(
        description="Cost per landing page view. Spend per landing page view."
    )
    post_engagements: BigInt | None = field(
        description="Post engagements. Everything people did with the post of the ad: reactions, comments, "
        "shares, clicks, video plays.",
    )
    reactions: BigInt | None = field(description="Reactions. Likes and other reactions.")
    comments: BigInt | None = field(description="Comments. Comments on the post of the ad.")
    shares: BigInt | None = field(description="Shares. Times the post of the ad was shared.")
    saves: BigInt | None = field(description="Saves. Times the post of the ad was saved.")
    engagement_rate: float | None = field(description="Engagement rate. Post engagements per impression.")
    video_starts: BigInt | None = field(
        description="Video plays. Times the video began to play, replays left out. Null for ads without a video."
    )
    video_views_3s: BigInt | None = field(
        description="3-second video plays. Plays of at least 3 seconds, or to the end of a shorter video. "
        "Null for ads without a video.",
    )
    thruplays: BigInt | None = field(
        description="ThruPlays. Plays of at least 15 seconds, or to the end of a shorter video. Null for ads "
        "without a video.",
    )
    video_p25: BigInt | None = field(
        description="Video plays at 25 %. Plays that reached 25 % of the video, skipped parts included. Null "
        "for ads without a video.",
    )
    video_p50: BigInt | None = field(
        description="Video plays at 50 %. Plays that reached 50 % of the video, skipped parts included. Null "
        "for ads without a video.",
    )
    video_p75: BigInt | None = field(
        description="Video plays at 75 %. Plays that reached 75 % of the video, skipped parts included. Null "
        "for ads without a video.",
    )
    video_p95: BigInt | None = field(
        description="Video plays at 95 %. Plays that reached 95 % of the video, skipped parts included. Null "
        "for ads without a video.",
    )
    video_p100: BigInt | None = field(
        description="Video plays at 100 %. Plays that reached 100 % of the video, skipped parts included. "
        "Null for ads without a video.",
    )
    avg_watch_seconds: float | None = field(
        description="Average play time. Seconds watched per play, weighted by plays and not averaged over ads "
        "or days. Null for ads without a video.",
    )
    first_frame_rate: float | None = field(
        description="First frame rate. Video plays per impression; impressions of ads without a video count as well."
    )
    hook_rate: float | None = field(
        description="Hook rate. 3-second plays per impression, also called thumb-stop rate; impressions of "
        "ads without a video count as well.",
    )
    hold_rate: float | None = field(
        description="Hold rate. ThruPlays per 3-second play: of those who were hooked, how many stayed."
    )
    hold_rate_impressions: float | None = field(
        description="Hold rate by impressions. ThruPlays per impression: the other definition of hold rate "
        "that is in use.",
    )
    completion_rate: float | None = field(description="Completion rate. Plays to the end per play.")
    adds_to_cart: Decimal | None = field(
        description="Adds to cart. Items put in a cart, on any site, app or shop. May be a fraction where the "
        "platform models it.",
    )
    checkouts: Decimal | None = field(
        description="Checkouts initiated. Checkouts begun, on any site, app or shop. May be a fraction where "
        "the platform models it.",
    )
    purchases: Decimal | None = field(
        description="Purchases. Purchases credited to the ads, each counted once although the platform lists "
        "it under several names. May be a fraction where the platform models it. Catalogue "
        "actions of collaborative ads, on a retailer's site, are not among them.",
    )
    purchase_value: Decimal | None = field(
        description="Purchase value. Revenue of the purchases credited to the ads, as reported by the pixel, "
        "app or shop; that of catalogue actions of collaborative ads is not among it.",
    )
    leads: Decimal | None = field(
        description="Leads. Leads from forms on or off the platform. May be a fraction where the platform models it."
    )
    registrations: Decimal | None = field(
        description="Registrations. Registrations completed. May be a fraction where the platform models it."
    )
    cost_per_add_to_cart: Decimal | None = field(description="Cost per add to cart. Spend per item put in a cart.")
    cost_per_checkout: Decimal | None = field(description="Cost per checkout. Spend per checkout begun.")
    cost_per_lead: Decimal | None = field(description="Cost per lead. Spend per lead.")
    cpa_purchase: Decimal | None = field(
        description="Cost per purchase. Spend per purchase; null, not infinite, when there was none."
    )
    roas: float | None = field(
        description="Return on ad spend. Purchase value per unit of spend: 3.2 is 3.20 earned for each 1.00 "
        "spent. 0 when spend brought no purchase.",
    )
    aov: Decimal | None = field(description="Average order value. Purchase value per purchase.")
    cvr_link: float | None = field(description="Conversion rate of link clicks. Purchases per link click.")
    cvr_landing_page: float | None = field(
        description="Conversion rate of landing page views. Purchases per landing page view."
    )
    add_to_cart_rate: float | None = field(
        description="Add-to-cart rate. Adds to cart per landing page view. Can exceed 1: carts of other "
        "sessions are credited too.",
    )
    checkout_rate: float | None = field(description="Checkout rate. Checkouts begun per add to cart. Can exceed 1.")
    value_per_click: Decimal | None = field(description="Value per link click. Purchase value per link click.")
    value_per_mille: Decimal | None = field(
        description="Value per 1,000 impressions. Purchase value per thousand impressions; compare with cpm."
    )
    values: list[MetricValue] = field(
        metrics.values, description="The same numbers as generic pairs, for clients that choose metrics at run time."
    )
    action: ActionValue | None = field(
        metrics.action,
        description="Any other action type as the platform names it, e.g. offsite_conversion.custom.123. Not among "
        "them: catalogue actions of collaborative ads, which the platform lists apart (catalog_segment_actions).",
    )
