"""The payload of connecting ad accounts."""

import strawberry

from schema.ads.ad_account import AdAccount
from schema.field import field
from schema.refreshes import RefreshJob
from schema.user_error import UserError


@strawberry.type(description="All of the accounts, or none and the reason.")
class ConnectAdAccountsPayload:
    ad_accounts: list[AdAccount] = field(description="In the order of externalIds.")
    refresh_jobs: list[RefreshJob] = field(description="Their first refreshes, and those that were on their way.")
    user_errors: list[UserError]
