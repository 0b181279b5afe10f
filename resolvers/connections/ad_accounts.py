"""Connecting and disconnecting ad accounts."""

from dataclasses import dataclass, field
from typing import Annotated

import strawberry

from models.ads.ad_account import AdAccount
from models.refreshes.job import RefreshJob
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import UserError, mutation
from resolvers.ok import OkAnswer, done
from services.connections import ad_accounts


@dataclass(slots=True)
class ConnectAdAccountsAnswer:
    ad_accounts: list[AdAccount] = field(default_factory=list)
    refresh_jobs: list[RefreshJob] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@mutation(ConnectAdAccountsAnswer)
async def connect_ad_accounts(info: Info, grant_id: strawberry.ID, external_ids: list[str]) -> ConnectAdAccountsAnswer:
    connected = await ad_accounts.connect_ad_accounts(
        info.context.tools,
        signed_in(info),
        grant_id=claimed_id(info.context, grant_id, "AccessGrant", at=["grantId"]),
        external_ids=external_ids,
    )
    return ConnectAdAccountsAnswer(connected.ad_accounts, connected.refresh_jobs)


@mutation(OkAnswer)
async def disconnect_ad_account(
    info: Info, account_id: Annotated[strawberry.ID, strawberry.argument(name="id")], delete_data: bool = False
) -> OkAnswer:
    disconnected = await ad_accounts.disconnect_ad_account(
        info.context.tools.db,
        info.context.tools.clock,
        info.context.tools.vendors.billing,
        signed_in(info),
        claimed_id(info.context, account_id, "AdAccount"),
        delete_data=delete_data,
    )
    return done("AdAccount", disconnected)
