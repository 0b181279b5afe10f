"""The base facts: the numbers stored per ad and day, from which every metric is computed; no formulas here."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from analytics.enums import Additivity, AttributionWindow

# The stored value of a fact; None where it is unknown.
FactValue = int | Decimal | None


class FactKind(StrEnum):
    """COUNT is a whole number, AMOUNT an exact decimal: money, seconds, conversions that may be modelled in part."""

    COUNT = "COUNT"
    AMOUNT = "AMOUNT"


# The windows in which Meta reports conversions besides the default one: suffix of the column -> key in Meta's actions.
# A click window contains the shorter ones, so windows are alternatives and never summed. 7d_view and 28d_view are not
# among them, since Meta has left them empty since 2026-01-12.
WINDOWS: dict[str, str] = {
    "click_1d": "1d_click",
    "click_7d": "7d_click",
    "click_28d": "28d_click",
    "view_1d": "1d_view",
}


@dataclass(frozen=True, slots=True)
class FactSource:
    """Where Meta reports a fact: in a plain field, or in a list of actions.

    `tiers` are action types for the same events, the most complete first (omni, then aggregated, then specific). They
    overlap, so they are never summed: the first one that is present counts, even if it is 0. `times` is the name of a
    list to multiply by.
    """

    field: str
    tiers: tuple[str, ...] = ()
    times: str | None = None


@dataclass(frozen=True, slots=True)
class BaseFact:
    """A stored number. `is_windowed`: there is a column per attribution window. `is_video`: null without a video."""

    name: str
    kind: FactKind
    source: FactSource
    additivity: Additivity = Additivity.ADDITIVE
    is_money: bool = False
    is_video: bool = False
    is_windowed: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The fact's columns: that of the default window first, then one for each of WINDOWS."""
        if not self.is_windowed:
            return (self.name,)
        return (self.name, *(f"{self.name}_{window}" for window in WINDOWS))

    def column(self, attribution: AttributionWindow = AttributionWindow.ACCOUNT_DEFAULT) -> str:
        """The column with the fact by an attribution; a fact that is no conversion has the same column for all."""
        window = attribution.value.lower()
        return f"{self.name}_{window}" if self.is_windowed and window in WINDOWS else self.name


def _field(name: str, field: str, *, is_unique: bool = False) -> BaseFact:
    additivity = Additivity.SEMI_ADDITIVE if is_unique else Additivity.ADDITIVE
    return BaseFact(name, FactKind.COUNT, FactSource(field), additivity)


def _engagement(name: str, *tiers: str, field: str = "actions") -> BaseFact:
    return BaseFact(name, FactKind.COUNT, FactSource(field, tiers))


def _video(name: str, field: str) -> BaseFact:
    return BaseFact(name, FactKind.COUNT, FactSource(field, ("video_view",)), is_video=True)


def _conversion(name: str, *tiers: str) -> BaseFact:
    return BaseFact(name, FactKind.AMOUNT, FactSource("actions", tiers), is_windowed=True)


_PURCHASE = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")

BASE_FACTS: tuple[BaseFact, ...] = (
    BaseFact("spend", FactKind.AMOUNT, FactSource("spend"), is_money=True),
    _field("impressions", "impressions"),
    _field("clicks_all", "clicks"),
    _field("link_clicks", "inline_link_clicks"),
    _engagement("outbound_clicks", "outbound_click", field="outbound_clicks"),
    _engagement("landing_page_views", "omni_landing_page_view", "landing_page_view"),
    _engagement("post_engagements", "post_engagement"),
    _engagement("reactions", "post_reaction"),
    _engagement("comments", "comment"),
    _engagement("shares", "post"),
    _engagement("saves", "onsite_conversion.post_save"),
    _video("video_starts", "video_play_actions"),
    _video("video_views_3s", "actions"),
    _video("thruplays", "video_thruplay_watched_actions"),
    _video("video_p25", "video_p25_watched_actions"),
    _video("video_p50", "video_p50_watched_actions"),
    _video("video_p75", "video_p75_watched_actions"),
    _video("video_p95", "video_p95_watched_actions"),
    _video("video_p100", "video_p100_watched_actions"),
    # Meta reports the average per play; plays times average can be summed, an average cannot.
    BaseFact(
        "watch_seconds",
        FactKind.AMOUNT,
        FactSource("video_avg_time_watched_actions", ("video_view",), times="video_play_actions"),
        is_video=True,
    ),
    _conversion("adds_to_cart", "omni_add_to_cart", "add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"),
    _conversion(
        "checkouts", "omni_initiated_checkout", "initiate_checkout", "offsite_conversion.fb_pixel_initiate_checkout"
    ),
    _conversion("purchases", *_PURCHASE),
    BaseFact(
        "purchase_value", FactKind.AMOUNT, FactSource("action_values", _PURCHASE), is_money=True, is_windowed=True
    ),
    _conversion("leads", "omni_lead", "lead", "offsite_conversion.fb_pixel_lead", "onsite_conversion.lead_grouped"),
    _conversion(
        "registrations",
        "omni_complete_registration",
        "complete_registration",
        "offsite_conversion.fb_pixel_complete_registration",
    ),
    _field("reach", "reach", is_unique=True),
    _field("unique_clicks", "unique_clicks", is_unique=True),
)

FACTS_BY_NAME = {fact.name: fact for fact in BASE_FACTS}
ADDITIVE_FACTS = tuple(fact for fact in BASE_FACTS if fact.additivity is Additivity.ADDITIVE)
UNIQUE_FACTS = tuple(fact for fact in BASE_FACTS if fact.additivity is Additivity.SEMI_ADDITIVE)

# The columns of a stored ad-day, in order. Deduplicated people are stored in a table of their own, by period.
FACT_COLUMNS = tuple(column for fact in ADDITIVE_FACTS for column in fact.columns)
UNIQUE_COLUMNS = tuple(column for fact in UNIQUE_FACTS for column in fact.columns)
