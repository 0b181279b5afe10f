"""The mutations that change campaigns, ad sets and ads on the platform."""

from decimal import Decimal
from typing import Annotated, TypeVar

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
E = TypeVar("E", bound=Entity)


@mutation("campaign")
async def set_campaign_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> Campaign:
    return await _set_status(info, _wanted(info, entity_id, Campaign), status, idempotency_key)


@mutation("ad_set")
async def set_ad_set_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> AdSet:
    return await _set_status(info, _wanted(info, entity_id, AdSet), status, idempotency_key)


@mutation("ad")
async def set_ad_status(info: Info, entity_id: EntityId, status: SwitchStatus, idempotency_key: str) -> Ad:
    return await _set_status(info, _wanted(info, entity_id, Ad), status, idempotency_key)


@mutation("entity")
async def set_daily_budget(info: Info, entity_id: EntityId, amount: Decimal, idempotency_key: str) -> Campaign | AdSet:
    viewer = signed_in(info)
    wanted: Wanted[Campaign | AdSet] = _wanted(info, entity_id, Campaign, AdSet)
    return await set_budget(info.context.tools, viewer, wanted, amount, idempotency_key=idempotency_key)


def _wanted(info: Info, entity_id: str, *kinds: type[E]) -> Wanted[E]:
    """The entity that the mutation is about; for an id of another type one that does not exist, so that the permission
    is checked first.
    """
    row_id = claimed_id(info.context, entity_id, *(kind.__name__ for kind in kinds))
    meant = [kind for kind in kinds if decode_id(entity_id, kind.__name__) is not None]
    return Wanted((*meant, *kinds)[0], row_id)


async def _set_status(info: Info, wanted: Wanted[E], status: SwitchStatus, idempotency_key: str) -> E:
    return await set_status(info.context.tools, signed_in(info), wanted, status, idempotency_key=idempotency_key)
