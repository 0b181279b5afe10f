"""The list of queries: one line each, what they do is in resolvers/."""

import strawberry

from resolvers import audit, installation, nodes, refreshes
from resolvers.ads import ad_accounts, entities
from resolvers.billing import cost_points, purchases
from resolvers.channel_jobs.reading import channel_jobs
from resolvers.channels import reading as channel_reading
from resolvers.connections import grants
from resolvers.conversations import reading as conversation_reading
from resolvers.exports import reading
from resolvers.insights import creative_tests, custom_metrics, metrics, questions, trends
from resolvers.listings import reading as listing_reading
from resolvers.listings import suggestions
from resolvers.naming import coverage, overrides, preview, templates
from resolvers.orders import cases
from resolvers.orders import reading as order_reading
from resolvers.people import viewer
from resolvers.products import reading as catalogue
from resolvers.products import vocabulary
from resolvers.revenue import blended, performance
from resolvers.tenants import active
from schema.ads.ad import Ad
from schema.ads.ad_account import AdAccount
from schema.ads.ad_set import AdSet
from schema.ads.campaign import Campaign
from schema.ads.creative import Creative
from schema.audit import AuditEntry
from schema.billing.cost_points import RateLimit
from schema.billing.plan import Plan
from schema.channel_jobs.job import ChannelJob
from schema.channels import Channel, ChannelTerm
from schema.connections.access_grant import AccessGrant, AvailableAdAccount
from schema.conversations.conversation import Conversation
from schema.exports import Export
from schema.field import field
from schema.insights.creative_test import CreativeTestResult
from schema.insights.custom_metric import CustomMetric
from schema.insights.metric_value import MetricDefinition
from schema.insights.result import InsightsResult
from schema.insights.trends import Anomaly, FatigueConnection
from schema.installation import Admin
from schema.listings.listing import Listing
from schema.listings.suggestion import Suggestion
from schema.naming.coverage import NamingCoverage
from schema.naming.override import NamingOverride
from schema.naming.preview import NamingPreview
from schema.naming.template import NamingTemplate
from schema.node import Node
from schema.orders.case import OrderCase
from schema.orders.order import Order
from schema.page_info import Connection, UncountedConnection
from schema.people.viewer import Viewer
from schema.products.attribute import Attribute
from schema.products.product import Product
from schema.refreshes import RefreshJob
from schema.revenue.blended import BlendedResult
from schema.revenue.product_performance import ProductPerformance
from schema.tenants.tenant import Tenant

# Points of a field that is computed of all days of all ads or campaigns, whatever is read of its page.
COMPUTED = 500


@strawberry.type
class Query:
    """Root fields are nullable: when one fails, the others still answer."""

    # Within the class a field hides the module of the same name: one thing stands before its list.

    node: Node | None = field(nodes.node, description="Null for an id that is missing or another tenant's.")
    nodes: list[Node | None] | None = field(
        nodes.nodes, description="At most 100 ids, answered in their order; an error in one leaves the others."
    )
    viewer: Viewer | None = field(viewer.viewer, is_open=True, description="Who is asking; null without credentials.")
    tenant: Tenant | None = field(active.tenant, description="The active tenant.")
    available_ad_accounts: UncountedConnection[AvailableAdAccount] | None = field(
        grants.available_ad_accounts,
        description="Asks the platform what the grant can see; for the grant's owner, or for all who may connect "
        "accounts when it is shared. In order of name.",
    )
    access_grants: Connection[AccessGrant] | None = field(grants.access_grants, description="Oldest first.")
    ad_account: AdAccount | None = field(
        ad_accounts.ad_account,
        description="By exactly one of `id` and `externalId`. Null for one that is missing or another tenant's.",
    )
    ad_accounts: Connection[AdAccount] | None = field(ad_accounts.ad_accounts, description="In order of name.")
    campaigns: Connection[Campaign] | None = field(entities.campaigns)
    ad_sets: Connection[AdSet] | None = field(entities.ad_sets)
    ads: Connection[Ad] | None = field(entities.ads)
    creatives: Connection[Creative] | None = field(entities.creatives)
    refresh_job: RefreshJob | None = field(refreshes.refresh_job)
    refresh_jobs: Connection[RefreshJob] | None = field(refreshes.refresh_jobs, description="The newest request first.")
    insights: InsightsResult | None = field(
        questions.insights,
        description="Metrics of any group over any range. A number that would add money of several currencies is null; "
        "MIXED_CURRENCY where nothing else is asked for, or such amounts are compared. `currency` converts them.",
    )
    creative_fatigue: FatigueConnection | None = field(
        trends.creative_fatigue,
        description="Ads or creatives that delivered, and which of them get fewer link clicks per impression than they "
        "did: the worst state and the deepest fall first. See docs/fatigue-and-anomalies.md.",
        weight=COMPUTED,
    )
    anomalies: Connection[Anomaly] | None = field(
        trends.anomalies,
        description="Days on which an account or a campaign was far from what the days before had let expect: the "
        "newest first, then what stands out the most. See docs/fatigue-and-anomalies.md.",
        weight=COMPUTED,
    )
    metric_definitions: list[MetricDefinition] | None = field(
        metrics.metric_definitions,
        is_open=True,
        description="The catalogue of metrics; needs no credentials.",
        size=metrics.CATALOGUE_LENGTH,
    )
    custom_metrics: list[CustomMetric] | None = field(
        custom_metrics.custom_metrics, description="The tenant's own metrics, by key.", size=custom_metrics.LIST_LENGTH
    )
    naming_templates: list[NamingTemplate] | None = field(
        templates.naming_templates, description="How names are read, the oldest first.", size=templates.LIST_LENGTH
    )
    naming_overrides: Connection[NamingOverride] | None = field(
        overrides.naming_overrides, description="What people say instead of names, the newest first."
    )
    naming_coverage: NamingCoverage | None = field(
        coverage.naming_coverage, description="How the names of ads that delivered in the range are read."
    )
    creative_test: CreativeTestResult | None = field(
        creative_tests.creative_test,
        description="Compares ads or creatives day by day and names a winner only when it is safe to, however often "
        "one asks. MIXED_CURRENCY where the goal or `minSpend` would compare money of several currencies.",
    )
    blended: BlendedResult | None = field(
        blended.blended,
        description="Spend of the ads beside what was really sold, by period and currency. See docs/profit.md.",
        weight=COMPUTED,
    )
    product_performance: Connection[ProductPerformance] | None = field(
        performance.product_performance,
        description="What each product earned, and what the ads for it cost. See docs/profit.md.",
        weight=COMPUTED,
    )
    preview_naming: list[NamingPreview] | None = field(
        preview.preview_naming,
        description="What a template would make of names, at most 1,000, before it is stored: nothing is changed. "
        "`id`, `expectedVersion`, `level`, `priority` and `adAccountIds` of the template make no difference, and "
        "overrides are left aside.",
    )
    exports: Connection[Export] | None = field(
        reading.exports, description="Of the last 90 days, the newest first. Needs EXPORT."
    )
    channels: Connection[Channel] | None = field(
        channel_reading.channels, description="Where the tenant sells, the oldest first, disconnected ones included."
    )
    channel_terms: list[ChannelTerm] | None = field(
        channel_reading.channel_terms,
        size=channel_reading.TERMS_LENGTH,
        description="What the channel itself calls things of a kind, for mappings; it is asked at most once a day. "
        "Categories need `search`, values of other kinds a category as `parent`. Of VINTED it is what the browser "
        "extension has read: what was not asked for before is empty, and there after the next job CHECK; categories "
        "are known from the top on. Needs EDIT_CATALOG.",
    )
    channel_jobs: Connection[ChannelJob] | None = field(
        channel_jobs, description="What is done with marketplaces, the newest request first."
    )
    products: Connection[Product] | None = field(
        catalogue.products, description="What you sell; those that are deleted only where the filter asks for them."
    )
    listings: Connection[Listing] | None = field(
        listing_reading.listings, description="What the channels offer, the newest first."
    )
    order_cases: Connection[OrderCase] | None = field(
        cases.order_cases,
        description="Returns, cancellations, inquiries and disputes of all channels, the newest first.",
    )
    conversations: Connection[Conversation] | None = field(
        conversation_reading.conversations,
        description="With buyers, of all channels; those with the newest message first.",
    )
    suggestions: Connection[Suggestion] | None = field(
        suggestions.suggestions, description="What a person is to decide, the newest first."
    )
    orders: Connection[Order] | None = field(
        order_reading.orders, description="Of all channels, the newest first by when they were placed."
    )
    attributes: Connection[Attribute] | None = field(
        vocabulary.attributes,
        description="The values that products may have, of one kind: shared ones and your own, by label. Inactive ones "
        "are among them.",
    )
    plans: list[Plan] | None = field(
        purchases.plans, is_open=True, description="From the smallest up; needs no credentials."
    )
    audit_log: Connection[AuditEntry] | None = field(
        audit.audit_log, description="Who changed what, newest first. Needs READ_AUDIT."
    )
    rate_limit: RateLimit | None = field(cost_points.rate_limit, description="What operations may still cost.")
    admin: Admin | None = field(
        installation.admin, description="For staff of the installation; null for everybody else."
    )
