"""The GraphQL enums: each wraps the plain enum of the layer that owns it."""

import strawberry

from analytics.creative_tests.verdicts import Verdict
from analytics.enums import (
    Additivity,
    ArmLevel,
    AttributionWindow,
    Breakdown,
    ChartKind,
    DatePreset,
    EntityLevel,
    FatigueState,
    InsightsWarningCode,
    Metric,
    MetricCategory,
    MetricUnit,
    NullReason,
    SortOrder,
    TagSource,
    TimeGrain,
)
from analytics.revenue.terms import ProductPerformanceOrder, RefundBooking, RevenueGapCode
from auth.permissions import Permission
from errors import UserErrorCode
from models.ads.ad_account import AdAccountStatus
from models.ads.campaign import DeliveryStatus
from models.ads.creative import CreativeKind
from models.ads.entity_list import EntityOrder
from models.audit.actor import ActorKind
from models.billing.subscription import BillingInterval, BillingStatus, PlanKey
from models.channels.abilities import ChannelAbility
from models.channels.channel import ChannelIssue, ChannelKind, ChannelStatus
from models.connections.access_grant import AccessGrantStatus
from models.orders.order import OrderStatus
from models.people.oauth_identity import IdentityProvider
from models.platform import Platform
from models.products.attribute import AttributeKind
from models.products.product import ProductOrder, ProductStatus
from models.refreshes.job import RefreshErrorCode, RefreshStatus, RefreshTrigger
from models.tenants.membership import Role
from services.ads.changes import SwitchStatus
from services.billing.plans import QuotaKind
from services.insights.creative_tests.answers import Design

strawberry.enum(UserErrorCode)
strawberry.enum(Permission)
strawberry.enum(Role)
strawberry.enum(IdentityProvider)
strawberry.enum(Platform)
strawberry.enum(AdAccountStatus)
strawberry.enum(AccessGrantStatus)
strawberry.enum(DeliveryStatus)
strawberry.enum(SwitchStatus)
strawberry.enum(CreativeKind)
strawberry.enum(ChannelKind)
strawberry.enum(ChannelStatus)
strawberry.enum(ChannelIssue)
strawberry.enum(ChannelAbility)
strawberry.enum(OrderStatus)
strawberry.enum(
    TagSource,
    description="Where a tag comes from. PARSED: the name says it; MAPPED: it says it in another spelling; OVERRIDE:"
    " a person; DEFAULT: the naming template; MISSING: the name lacks it.",
)
strawberry.enum(EntityOrder)
strawberry.enum(ActorKind)
strawberry.enum(AttributeKind)
strawberry.enum(ProductStatus)
strawberry.enum(ProductOrder)
strawberry.enum(RefreshStatus)
strawberry.enum(RefreshTrigger)
strawberry.enum(RefreshErrorCode)
strawberry.enum(DatePreset)
strawberry.enum(EntityLevel, description="What a row of insights is about.")
strawberry.enum(TimeGrain, description="How a range is cut into periods; weeks begin on Monday.")
strawberry.enum(
    AttributionWindow,
    description="Which conversions count: as the ad account is set up, or those within days of a click or a view.",
)
strawberry.enum(Breakdown, description="By what the platform parts the numbers of an ad's day.")
strawberry.enum(SortOrder)
strawberry.enum(Metric, description="One value per built-in metric field of Metrics.")
strawberry.enum(MetricCategory)
strawberry.enum(MetricUnit, description="FRACTION: 0.0123 is 1.23 %.")
strawberry.enum(Additivity)
strawberry.enum(NullReason)
strawberry.enum(InsightsWarningCode)
strawberry.enum(ArmLevel)
strawberry.enum(ChartKind)
strawberry.enum(Design, name="TestDesign")
strawberry.enum(Verdict, name="TestVerdict")
strawberry.enum(FatigueState)
strawberry.enum(PlanKey)
strawberry.enum(BillingInterval)
strawberry.enum(
    BillingStatus, description="Stripe's; one that Stripe adds later is UNKNOWN and entitles to the FREE plan alone."
)
strawberry.enum(QuotaKind, description="Per day is per day in UTC.")
strawberry.enum(RefundBooking)
strawberry.enum(RevenueGapCode)
strawberry.enum(ProductPerformanceOrder)
