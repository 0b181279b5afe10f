"""The mutations that change ads on the platform."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from models.ad import Ad
from models.ad_set import AdSet
from models.campaign import Campaign
from resolvers.context import Info, signed_in
from resolvers.mutation import UserError, mutation
from resolvers.node_id import decode_id, split_id
from services.ad_changes import Entity, SwitchStatus, Wanted, set_status
from services.ad_changes import set_daily_budget as set_budget

EntityId = Annotated[strawberry.ID, strawberry.argument(name="id")]
_WITH_BUDGET: dict[str, type[Entity]] = {"Campaign": Campaign, "AdSet": AdSet}


@dataclass(slots=True)
class CampaignAnswer:
    campaign: Any = None
    user_errors: list[UserError] = field(default_factory=list)


@dataclass(slots=True)
class AdSetAnswer:
    ad_set: Any = None
    user_errors: list[UserError] = field(default_factory=list)


@dataclass(slots=True)
class AdAnswer:
    ad: Any = None
    user_errors: list[UserError] = field(default_factory=list)


@dataclass(slots=True)
class BudgetAnswer:
    entity: Any = None
    user_errors: list[UserError] = field(default_factory=list)


@mutation(CampaignAnswer)
async def set_campaign_status(
    info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str
) -> CampaignAnswer:
    wanted = Wanted(Campaign, decode_id(entity_id, "Campaign"))
    return CampaignAnswer(await _set_status(info, wanted, status, idempotency_key))


@mutation(AdSetAnswer)
async def set_ad_set_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> AdSetAnswer:
    wanted = Wanted(AdSet, decode_id(entity_id, "AdSet"))
    return AdSetAnswer(await _set_status(info, wanted, status, idempotency_key))


@mutation(AdAnswer)
async def set_ad_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> AdAnswer:
    wanted = Wanted(Ad, decode_id(entity_id, "Ad"))
    return AdAnswer(await _set_status(info, wanted, status, idempotency_key))


@mutation(BudgetAnswer)
async def set_daily_budget(info: Info, entity_id: EntityId, amount: Decimal, idempotency_key: str) -> BudgetAnswer:
    kind, row_id = split_id(entity_id) or ("", None)
    wanted = Wanted(_WITH_BUDGET.get(kind, Campaign), row_id if kind in _WITH_BUDGET else None)
    viewer = signed_in(info)
    return BudgetAnswer(await set_budget(info.context.tools, viewer, wanted, amount, idempotency_key=idempotency_key))


async def _set_status(info: Info, wanted: Wanted, status: SwitchStatus, idempotency_key: str) -> Entity:
    return await set_status(info.context.tools, signed_in(info), wanted, status, idempotency_key=idempotency_key)
