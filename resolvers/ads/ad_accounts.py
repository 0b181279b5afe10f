"""Ad accounts: their list, their grant and schedule, and the account that a campaign, creative or job belongs to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

import strawberry

from errors import BadInput
from execution.limits.list_sizes import DEFAULT_PAGE
from models.ads.ad_account import AdAccount
from models.ads.entity_filter import AdAccountFilter
from models.ads.entity_list import EntityPage
from models.connections.access_grant import AccessGrant
from models.keyset import Window
from resolvers.ads.external_ids import check_account_id
from resolvers.ads.filters import AdAccountFilterInput, account_filter
from resolvers.ads.pages import entity_page
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.nodes import AD_ACCOUNT, node_of
from resolvers.page import Page, window
from services.ads.entities import account_settled_through, entities
from services.refreshes.schedules import ScheduleWish, set_refresh_schedule


@dataclass(frozen=True, slots=True)
class Schedule:
    """The record behind the type RefreshSchedule."""

    every_hours: int | None
    next_at: datetime | None
    lookback_days: int


@strawberry.input
class RefreshScheduleInput:
    enabled: bool = strawberry.field(description="False: the account is refreshed only when somebody asks for it.")
    every_hours: int = strawberry.field(default=24, description="1 to 168.")
    lookback_days: int = strawberry.field(default=28, description="1 to 90: how many days back each refresh reads.")


async def ad_accounts(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: Annotated[AdAccountFilterInput | None, strawberry.argument(name="filter")] = strawberry.UNSET,
) -> Page[AdAccount]:
    return await entity_page(info, AdAccount, EntityPage(window(first, after), account_filter(filter_)))


async def ad_account(
    info: Info,
    account_id: Annotated[strawberry.ID | None, strawberry.argument(name="id")] = strawberry.UNSET,
    external_id: Annotated[
        str | None, strawberry.argument(description="The platform's own id, such as act_1001.")
    ] = strawberry.UNSET,
) -> AdAccount | None:
    """The account with this id, or with this id of the platform; raises BadInput unless exactly one is given."""
    own, external = given(account_id), given(external_id)
    if (own is None) == (external is None):
        raise BadInput("`adAccount` takes exactly one of `id` and `externalId`.")
    if external is not None:
        check_account_id(external, "externalId")
        wanted = EntityPage(Window(1), AdAccountFilter(external_ids=(external,)))
        found = (await entities(info.context.db, signed_in(info), AdAccount, wanted)).rows
        return found[0] if found else None
    return await node_of(info, str(own), AD_ACCOUNT)


ad_account_of = loaded(lambda loaders, row: loaders.ad_accounts_by_id.load(row.ad_account_id), shows=AdAccount)
grant = loaded(
    lambda loaders, account: loaders.access_grants_by_id.load(account.grant_id) if account.grant_id else None,
    shows=AccessGrant,
)


@mutation("ad_account")
async def schedule_refreshes(
    info: Info,
    ad_account_id: strawberry.ID,
    input: RefreshScheduleInput,  # noqa: A002 - the API's name
) -> AdAccount:
    wish = ScheduleWish(input.enabled, input.every_hours, input.lookback_days)
    viewer, account_id = signed_in(info), claimed_id(info.context, ad_account_id, "AdAccount", at=["adAccountId"])
    return await set_refresh_schedule(info.context.tools.db, info.context.tools.clock, viewer, account_id, wish)


def schedule(root: strawberry.Parent[AdAccount]) -> Schedule:
    return Schedule(root.refresh_every_hours, root.next_refresh_at, root.lookback_days)


def settled_through(root: strawberry.Parent[AdAccount], info: Info) -> date | None:
    return account_settled_through(root, info.context.tools.clock())
