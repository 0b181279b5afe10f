"""What the ads led to: carts, checkouts, leads, purchases and their value."""

from analytics.enums import Metric, MetricCategory, MetricUnit
from analytics.metrics.definition import MetricDefinition
from analytics.metrics.formula import Fact

_SPEND = Fact("spend")
_LANDING_PAGE_VIEWS = Fact("landing_page_views")
_ADDS_TO_CART = Fact("adds_to_cart")
_CHECKOUTS = Fact("checkouts")
_PURCHASES = Fact("purchases")
_VALUE = Fact("purchase_value")
_LEADS = Fact("leads")

CONVERSION: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        metric=Metric.ADDS_TO_CART,
        name="Adds to cart",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.COUNT,
        expression=_ADDS_TO_CART,
        description=("Items put in a cart, on any site, app or shop. May be a fraction where the platform models it."),
        platform_field="actions[omni_add_to_cart]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CHECKOUTS,
        name="Checkouts initiated",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.COUNT,
        expression=_CHECKOUTS,
        description="Checkouts begun, on any site, app or shop. May be a fraction where the platform models it.",
        platform_field="actions[omni_initiated_checkout]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.PURCHASES,
        name="Purchases",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.COUNT,
        expression=_PURCHASES,
        description=(
            "Purchases credited to the ads, each counted once although the platform lists it under several "
            "names. May be a fraction where the platform models it. Catalogue actions of collaborative ads, on a "
            "retailer's site, are not among them."
        ),
        platform_field="actions[omni_purchase]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.PURCHASE_VALUE,
        name="Purchase value",
        category=MetricCategory.COMMERCE,
        unit=MetricUnit.MONEY,
        expression=_VALUE,
        description=(
            "Revenue of the purchases credited to the ads, as reported by the pixel, app or shop; that of catalogue "
            "actions of collaborative ads is not among it."
        ),
        platform_field="action_values[omni_purchase]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.LEADS,
        name="Leads",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.COUNT,
        expression=_LEADS,
        description="Leads from forms on or off the platform. May be a fraction where the platform models it.",
        platform_field="actions[lead]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.REGISTRATIONS,
        name="Registrations",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.COUNT,
        expression=Fact("registrations"),
        description="Registrations completed. May be a fraction where the platform models it.",
        platform_field="actions[omni_complete_registration]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.COST_PER_ADD_TO_CART,
        name="Cost per add to cart",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _ADDS_TO_CART,
        description="Spend per item put in a cart.",
        platform_field="cost_per_action_type[omni_add_to_cart]",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.COST_PER_CHECKOUT,
        name="Cost per checkout",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _CHECKOUTS,
        description="Spend per checkout begun.",
        platform_field="cost_per_action_type[omni_initiated_checkout]",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.COST_PER_LEAD,
        name="Cost per lead",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _LEADS,
        description="Spend per lead.",
        platform_field="cost_per_action_type[lead]",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.CPA_PURCHASE,
        name="Cost per purchase",
        category=MetricCategory.EFFICIENCY,
        unit=MetricUnit.MONEY,
        expression=_SPEND / _PURCHASES,
        description="Spend per purchase; null, not infinite, when there was none.",
        platform_field="cost_per_action_type[omni_purchase]",
        higher_is_better=False,
    ),
    MetricDefinition(
        metric=Metric.ROAS,
        name="Return on ad spend",
        category=MetricCategory.COMMERCE,
        unit=MetricUnit.MULTIPLE,
        expression=_VALUE / _SPEND,
        description=(
            "Purchase value per unit of spend: 3.2 is 3.20 earned for each 1.00 spent. 0 when spend brought "
            "no purchase."
        ),
        platform_field="purchase_roas[omni_purchase]",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.AOV,
        name="Average order value",
        category=MetricCategory.COMMERCE,
        unit=MetricUnit.MONEY,
        expression=_VALUE / _PURCHASES,
        description="Purchase value per purchase.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CVR_LINK,
        name="Conversion rate of link clicks",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.FRACTION,
        expression=_PURCHASES / Fact("link_clicks"),
        description="Purchases per link click.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CVR_LANDING_PAGE,
        name="Conversion rate of landing page views",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.FRACTION,
        expression=_PURCHASES / _LANDING_PAGE_VIEWS,
        description="Purchases per landing page view.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.ADD_TO_CART_RATE,
        name="Add-to-cart rate",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.FRACTION,
        expression=_ADDS_TO_CART / _LANDING_PAGE_VIEWS,
        description=("Adds to cart per landing page view. Can exceed 1: carts of other sessions are credited too."),
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.CHECKOUT_RATE,
        name="Checkout rate",
        category=MetricCategory.CONVERSION,
        unit=MetricUnit.FRACTION,
        expression=_CHECKOUTS / _ADDS_TO_CART,
        description="Checkouts begun per add to cart. Can exceed 1.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VALUE_PER_CLICK,
        name="Value per link click",
        category=MetricCategory.COMMERCE,
        unit=MetricUnit.MONEY,
        expression=_VALUE / Fact("link_clicks"),
        description="Purchase value per link click.",
        higher_is_better=True,
    ),
    MetricDefinition(
        metric=Metric.VALUE_PER_MILLE,
        name="Value per 1,000 impressions",
        category=MetricCategory.COMMERCE,
        unit=MetricUnit.MONEY,
        expression=1000 * _VALUE / Fact("impressions"),
        description="Purchase value per thousand impressions; compare with cpm.",
        higher_is_better=True,
    ),
)
