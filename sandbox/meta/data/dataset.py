"""Owns the tree of accounts, campaigns, ad sets, ads and creatives; must not know days or HTTP."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sandbox.meta.data.accounts import AccountPlan, AdSetPlan, CampaignPlan, account_plans
from sandbox.meta.data.ad_plans import AdPlace, plan_ad
from sandbox.meta.data.creatives import asset_for, creative_fields
from sandbox.meta.data.dice import throws
from sandbox.meta.data.entity_fields import account_fields, ad_fields, ad_set_fields, campaign_fields
from sandbox.meta.data.lifecycle import anchor, effective
from sandbox.meta.data.names import ad_name
from sandbox.meta.data.objects import Account, AdPlan, GraphObject, Kind

_GOALS = {
    "OUTCOME_SALES": "OFFSITE_CONVERSIONS",
    "OUTCOME_LEADS": "LEAD_GENERATION",
    "OUTCOME_TRAFFIC": "LANDING_PAGE_VIEWS",
    "OUTCOME_AWARENESS": "REACH",
}
_KIND_DIGITS = {Kind.CAMPAIGN: 1, Kind.AD_SET: 2, Kind.AD: 3, Kind.CREATIVE: 4}
# Every fifth ad is a second placement of the creative before it.
_CREATIVE_REUSE = 5


@dataclass(slots=True)
class Dataset:
    accounts: dict[str, Account] = field(default_factory=dict)
    objects: dict[str, GraphObject] = field(default_factory=dict)
    # Children by (parent id, kind), in the order of creation.
    children: dict[tuple[str, Kind], list[GraphObject]] = field(default_factory=dict)

    def add(self, thing: GraphObject) -> None:
        self.objects[thing.id] = thing
        for parent in thing.parents:
            self.children.setdefault((parent, thing.kind), []).append(thing)

    def account_of(self, thing: GraphObject) -> Account:
        return self.accounts[thing.account_id]


def build_dataset(seed: int, opened_on: date, *, extra_ads: int) -> Dataset:
    dataset = Dataset()
    for plan in account_plans(extra_ads):
        _AccountBuilder(seed, plan, anchored_on=anchor(opened_on), dataset=dataset).build()
    return dataset


class _AccountBuilder:
    """Fills one account in; numbers its things as it goes."""

    def __init__(self, seed: int, plan: AccountPlan, *, anchored_on: date, dataset: Dataset) -> None:
        self.seed = seed
        self.plan = plan
        self.anchored_on = anchored_on
        self.dataset = dataset
        self.root = f"act_{plan.account_id}"
        self.ads: list[AdPlan] = []
        self.ad_sets = 0

    def build(self) -> None:
        fields = account_fields(self.seed, self.plan, anchored_on=self.anchored_on)
        self.dataset.add(GraphObject(self.root, Kind.ACCOUNT, self.root, fields, self._day(-400)))
        for number, campaign in enumerate(self.plan.campaigns):
            self._campaign(number, campaign)
        self.dataset.accounts[self.root] = Account(self.plan, self.plan.zone, tuple(self.ads))

    def _day(self, offset: int) -> date:
        return self.anchored_on + timedelta(days=offset)

    def _id(self, kind: Kind, number: int) -> str:
        # 18 digits, as large as real ones: too large for a JavaScript number.
        return f"1202{self.plan.account_id}{_KIND_DIGITS[kind]}{number + 1:09d}"

    def _campaign(self, number: int, plan: CampaignPlan) -> None:
        campaign_id = self._id(Kind.CAMPAIGN, number)
        created_on = self._day(-70)
        fields = campaign_fields(self.plan, plan, campaign_id=campaign_id, created_on=created_on)
        campaign = GraphObject(campaign_id, Kind.CAMPAIGN, self.root, fields, created_on, plan.status, (self.root,))
        self.dataset.add(campaign)
        for ad_set_plan in plan.ad_sets:
            self._ad_set(plan, campaign, plan=ad_set_plan)

    def _ad_set(self, campaign_plan: CampaignPlan, campaign: GraphObject, *, plan: AdSetPlan) -> None:
        ad_set_id = self._id(Kind.AD_SET, self.ad_sets)
        self.ad_sets += 1
        created_on = self._day(-65)
        fields = ad_set_fields(self.plan, plan, ad_set_id=ad_set_id, created_on=created_on)
        fields |= {
            "campaign_id": campaign.id,
            "campaign": {"id": campaign.id},
            "optimization_goal": _GOALS[campaign_plan.objective],
            "effective_status": effective(plan.status, campaign.effective_status, parent_pause="CAMPAIGN_PAUSED"),
        }
        if campaign_plan.daily_budget is None:
            fields["daily_budget"] = str(30 * self.plan.minor_units * (1 + self.ad_sets % 4))
        ad_set = GraphObject(
            ad_set_id,
            Kind.AD_SET,
            self.root,
            fields,
            created_on,
            str(fields["effective_status"]),
            (self.root, campaign.id),
        )
        self.dataset.add(ad_set)
        statuses = dict(plan.ad_statuses)
        for place in range(plan.ads):
            self._ad(campaign, ad_set, own_status=statuses.get(place, "ACTIVE"))

    def _ad(self, campaign: GraphObject, ad_set: GraphObject, *, own_status: str) -> None:
        number = len(self.ads)
        ad_id = self._id(Kind.AD, number)
        reuses = number % _CREATIVE_REUSE == _CREATIVE_REUSE - 1
        asset_number = number - 1 if reuses else number
        asset = asset_for(self.seed, self.plan, ad_number=asset_number)
        name = ad_name(self.plan.naming, asset.kind, number=number, dice=throws(self.seed, "name", ad_id))
        place = AdPlace(
            ad_id=ad_id,
            ad_set_id=ad_set.id,
            campaign_id=campaign.id,
            names=(str(campaign.fields["name"]), str(ad_set.fields["name"]), name),
            effective_status=effective(own_status, ad_set.effective_status, parent_pause="ADSET_PAUSED"),
            objective=str(campaign.fields["objective"]),
            optimization_goal=str(ad_set.fields["optimization_goal"]),
            anchored_on=self.anchored_on,
        )
        ad = plan_ad(self.seed, self.plan, asset=asset, place=place)
        self.ads.append(ad)
        creative_id = self._id(Kind.CREATIVE, asset_number)
        self._add_ad(ad, own_status, creative_id=creative_id)
        if not reuses:
            fields = creative_fields(self.plan, asset, creative_id=creative_id, status=own_status)
            created_on = ad.starts_on - timedelta(days=1)
            self.dataset.add(
                GraphObject(creative_id, Kind.CREATIVE, self.root, fields, created_on, parents=(self.root,))
            )

    def _add_ad(self, ad: AdPlan, own_status: str, *, creative_id: str) -> None:
        fields = ad_fields(self.plan, ad, own_status=own_status, creative_id=creative_id)
        parents = (self.root, ad.campaign_id, ad.ad_set_id)
        created_on = ad.starts_on - timedelta(days=1)
        self.dataset.add(GraphObject(ad.ad_id, Kind.AD, self.root, fields, created_on, ad.effective_status, parents))
