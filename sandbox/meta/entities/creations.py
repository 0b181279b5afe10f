"""Owns new campaigns over the Graph: what one must have, and how it begins; nothing in it delivers."""

from sandbox.meta.calls import GraphCall
from sandbox.meta.data.accounts import CampaignPlan
from sandbox.meta.data.entity_fields import campaign_fields
from sandbox.meta.data.objects import GraphObject, Kind
from sandbox.meta.entities.writes import check_active, check_name
from sandbox.meta.errors import bad_parameter
from sandbox.meta.sign_in.access import require_scope, token_of, visible
from sandbox.meta.state import Sandbox

_OBJECTIVES = ("OUTCOME_SALES", "OUTCOME_LEADS", "OUTCOME_TRAFFIC", "OUTCOME_AWARENESS")
_FIRST_STATUSES = ("ACTIVE", "PAUSED")
_NEEDED = ("name", "objective", "special_ad_categories")


def create_campaign(sandbox: Sandbox, call: GraphCall) -> dict[str, object]:
    token = token_of(sandbox, call)
    require_scope(token, "ads_management")
    account = visible(sandbox, token, object_id=call.path.partition("/")[0])
    check_active(sandbox, account)
    asked = call.params
    for name in _NEEDED:
        if name not in asked:
            raise bad_parameter(f"The parameter {name} is required")
    if asked["objective"] not in _OBJECTIVES:
        raise bad_parameter(f"objective must be one of the following values: {', '.join(_OBJECTIVES)}")
    status = asked.get("status", "PAUSED")
    if status not in _FIRST_STATUSES:
        raise bad_parameter(f"status must be one of the following values: {', '.join(_FIRST_STATUSES)}")
    plan = CampaignPlan(check_name(account, asked["name"]), asked["objective"], (), status)
    return {"id": _add(sandbox, account, plan, budget=asked.get("daily_budget"))}


def _add(sandbox: Sandbox, account: GraphObject, plan: CampaignPlan, *, budget: str | None) -> str:
    place = sandbox.dataset.accounts[account.id]
    number = len(sandbox.dataset.children.get((account.id, Kind.CAMPAIGN), ()))
    # The generator's ids end in nine digits that count from one; those of new things count from the other end.
    campaign_id = f"1202{place.plan.account_id}1{10**9 - 1 - number:09d}"
    today = sandbox.clock.today(place.zone)
    fields = campaign_fields(place.plan, plan, campaign_id=campaign_id, created_on=today)
    if budget is not None:
        if not budget.isdecimal() or not int(budget):
            raise bad_parameter("daily_budget must be a positive integer in the currency's minor unit")
        fields["daily_budget"] = str(int(budget))
    sandbox.create(GraphObject(campaign_id, Kind.CAMPAIGN, account.id, fields, today, plan.status, (account.id,)))
    return campaign_id
