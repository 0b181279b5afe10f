"""Owns which ad accounts exist and how they are structured; must not hold anything that delivery decides."""

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class AdSetPlan:
    name: str
    ads: int
    status: str = "ACTIVE"
    # Statuses of single ads, by their place in the ad set.
    ad_statuses: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    name: str
    objective: str
    ad_sets: tuple[AdSetPlan, ...]
    status: str = "ACTIVE"
    # In the currency's major unit; None leaves the budget to the ad sets.
    daily_budget: int | None = None


# Each is made once, and is itself alone: comparing its campaigns would cost more than what is kept by plan.
@dataclass(frozen=True, slots=True, eq=False)
class AccountPlan:
    account_id: str
    name: str
    currency: str
    zone: ZoneInfo
    zone_id: int
    naming: str
    cpm: float
    order_value: float
    audience: int
    campaigns: tuple[CampaignPlan, ...]
    # Not every account's actions carry the plain `purchase` key beside omni_purchase.
    has_purchase_key: bool = True
    # Every ad delivers on every day: for benchmarks, whose row count must be known.
    is_steady: bool = False

    @property
    def minor_units(self) -> int:
        """Meta's own factor for budgets; it differs from ISO 4217 for a dozen currencies."""
        return 1 if self.currency == "JPY" else 100


def _ad_sets(*plans: tuple[str, int] | tuple[str, int, str]) -> tuple[AdSetPlan, ...]:
    return tuple(AdSetPlan(*plan) for plan in plans)


NORDLICHT = AccountPlan(
    account_id="1001",
    name="Nordlicht Outdoor",
    currency="EUR",
    zone=ZoneInfo("Europe/Berlin"),
    zone_id=47,
    naming="underscore",
    cpm=7.4,
    order_value=84.0,
    audience=9_000_000,
    campaigns=(
        CampaignPlan(
            "NLO_DE_Sales_Prospecting_2026",
            "OUTCOME_SALES",
            _ad_sets(("DE_Broad_25-54_Purchase", 4), ("DE_LAL-1pct_Purchasers", 3), ("AT-CH_Broad_Purchase", 3)),
            daily_budget=450,
        ),
        CampaignPlan(
            "NLO_DE_Sales_Retargeting_2026",
            "OUTCOME_SALES",
            _ad_sets(("DE_RT_ATC-14d", 3), ("DE_RT_ViewContent-30d", 3), ("DE_RT_Kunden-180d", 2, "PAUSED")),
        ),
        CampaignPlan(
            "NLO_DE_Leads_Tourenplaner",
            "OUTCOME_LEADS",
            _ad_sets(("DE_Interessen_Wandern", 3), ("DE_Interessen_Klettern", 2)),
            daily_budget=90,
        ),
        CampaignPlan(
            "NLO_DE_Traffic_Magazin – Kopie 2",  # noqa: RUF001 - Ads Manager writes copies so
            "OUTCOME_TRAFFIC",
            _ad_sets(("DE_Broad_Traffic", 3), ("nlo de broad  traffic test", 2)),
        ),
        CampaignPlan(
            "NLO_EU_Sales_Sommer-Sale",
            "OUTCOME_SALES",
            _ad_sets(("EU_Broad_Sale", 3), ("EU_RT_Sale", 2), ("EU_LAL-3pct_Sale", 2)),
            status="ARCHIVED",
        ),
        CampaignPlan(
            "NLO_DE_Awareness_🏔️_Herbst",
            "OUTCOME_AWARENESS",
            (
                AdSetPlan("DE_Reach_18-65", 3, ad_statuses=((1, "ARCHIVED"),)),
                AdSetPlan("DE_ThruPlay_Video__", 2),
            ),
            status="PAUSED",
        ),
    ),
)

BLUEBIRD = AccountPlan(
    account_id="1002",
    name="Bluebird Home",
    currency="USD",
    zone=ZoneInfo("America/New_York"),
    zone_id=7,
    naming="pipe",
    cpm=11.9,
    order_value=132.0,
    audience=21_000_000,
    has_purchase_key=False,
    campaigns=(
        CampaignPlan(
            "BB | US | Advantage+ Sales | Always-on",
            "OUTCOME_SALES",
            _ad_sets(("US | Broad | ASC", 6), ("US | Existing customers cap", 3)),
            daily_budget=800,
        ),
        CampaignPlan(
            "BB | US | Retargeting | DPA",
            "OUTCOME_SALES",
            (
                AdSetPlan("US | RT | 7d ATC", 3),
                AdSetPlan("US | RT | 30d Visitors", 3, ad_statuses=((0, "DELETED"), (2, "PAUSED"))),
            ),
        ),
        CampaignPlan(
            "BB | US | Leads | Design quiz",
            "OUTCOME_LEADS",
            _ad_sets(("US | Interest | Interior design", 4), ("US | LAL 1% | Quiz", 3)),
            daily_budget=150,
        ),
        CampaignPlan(
            "[BB] black friday 2025 - Copy",
            "OUTCOME_SALES",
            _ad_sets(("US | Broad | BF", 4), ("US | RT | BF", 2)),
            status="ARCHIVED",
        ),
        CampaignPlan(
            "BB | CA | Traffic | Blog",
            "OUTCOME_TRAFFIC",
            _ad_sets(("CA | Broad", 3)),
            status="PAUSED",
        ),
    ),
)

SAKURA = AccountPlan(
    account_id="1003",
    name="Sakura Beauty",
    currency="JPY",
    zone=ZoneInfo("Asia/Tokyo"),
    zone_id=77,
    naming="bracket",
    cpm=620.0,
    order_value=5400.0,
    audience=14_000_000,
    campaigns=(
        CampaignPlan(
            "[SB] [購入] [新規] 秋コスメ",
            "OUTCOME_SALES",
            _ad_sets(("[JP] [Broad] [F25-44]", 5), ("[JP] [LAL_1%] [購入者]", 4)),
            daily_budget=60_000,
        ),
        CampaignPlan(
            "[SB] [購入] [リタゲ]",
            "OUTCOME_SALES",
            _ad_sets(("[JP] [RT] [カート 14日]", 4), ("[JP] [RT] [閲覧 30日", 3)),
        ),
        CampaignPlan(
            "[SB] [トラフィック] LINE登録",
            "OUTCOME_TRAFFIC",
            _ad_sets(("[JP] [Broad] LINE", 3), ("[JP] [興味] スキンケア", 3, "PAUSED")),
        ),
        CampaignPlan(
            "[SB] [認知] 夏 2026",
            "OUTCOME_AWARENESS",
            _ad_sets(("[JP] [Reach]", 4)),
            status="ARCHIVED",
        ),
    ),
)

_BENCHMARK_ADS_PER_AD_SET = 10
_BENCHMARK_AD_SETS_PER_CAMPAIGN = 5


def _benchmark_campaigns(ads: int) -> tuple[CampaignPlan, ...]:
    sizes = [min(_BENCHMARK_ADS_PER_AD_SET, ads - first) for first in range(0, ads, _BENCHMARK_ADS_PER_AD_SET)]
    ad_sets = [AdSetPlan(f"WH_AdSet_{number:04d}", size) for number, size in enumerate(sizes)]
    step = _BENCHMARK_AD_SETS_PER_CAMPAIGN
    return tuple(
        CampaignPlan(f"WH_Campaign_{first // step:04d}", "OUTCOME_SALES", tuple(ad_sets[first : first + step]))
        for first in range(0, len(ad_sets), step)
    )


@lru_cache(maxsize=8)
def benchmark_account(ads: int) -> AccountPlan:
    return AccountPlan(
        account_id="9000",
        name="Benchmark Warehouse",
        currency="USD",
        zone=ZoneInfo("UTC"),
        zone_id=0,
        naming="underscore",
        cpm=9.0,
        order_value=60.0,
        audience=40_000_000,
        campaigns=_benchmark_campaigns(ads),
        is_steady=True,
    )


def account_plans(extra_ads: int) -> tuple[AccountPlan, ...]:
    fixed = (NORDLICHT, BLUEBIRD, SAKURA)
    return (*fixed, benchmark_account(extra_ads)) if extra_ads else fixed
