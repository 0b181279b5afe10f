"""The mutations that change ads on the platform."""

from decimal import Decimal
from typing import Annotated

import strawberry

from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.node_id import decode_id
from services.ads.changes import Entity, SwitchStatus, Wanted, set_status
from services.ads.changes import set_daily_budget as set_budget

EntityId = Annotated[strawberry.ID, strawberry.argument(name="id")]
_KINDS: dict[str, type[Entity]] = {"Campaign": Campaign, "AdSet": AdSet, "Ad": Ad}


@mutation("campaign")
async def set_campaign_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> Entity:
    return await _set_status(info, _wanted(info, entity_id, "Campaign"), status, idempotency_key)


@mutation("ad_set")
async def set_ad_set_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> Entity:
    return await _set_status(info, _wanted(info, entity_id, "AdSet"), status, idempotency_key)


@mutation("ad")
async def set_ad_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> Entity:
    return await _set_status(info, _wanted(info, entity_id, "Ad"), status, idempotency_key)


@mutation("entity")
async def set_daily_budget(info: Info, entity_id: EntityId, amount: Decimal, idempotency_key: str) -> Entity:
    viewer, wanted = signed_in(info), _wanted(info, entity_id, "Campaign", "AdSet")
    return await set_budget(info.context.tools, viewer, wanted, amount, idempotency_key=idempotency_key)


def _wanted(info: Info, entity_id: str, *type_names: str) -> Wanted:
    """The row that is meant, or nobody's for an id of anything else."""
    row_id = claimed_id(info.context, entity_id, *type_names)
    meant = [name for name in type_names if decode_id(entity_id, name) is not None]
    return Wanted(_KINDS[(*meant, *type_names)[0]], row_id)


async def _set_status(info: Info, wanted: Wanted, status: SwitchStatus, idempotency_key: str) -> Entity:
    return await set_status(info.context.tools, signed_in(info), wanted, status, idempotency_key=idempotency_key)
