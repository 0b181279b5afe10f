"""The mutations that change connections: grants, and the ad accounts behind them."""

import strawberry

from resolvers.connections import ad_accounts, grants
from schema.connections.access_grant import AccessGrantPayload
from schema.connections.ad_accounts import ConnectAdAccountsPayload
from schema.field import field
from schema.ok_payload import OkPayload


@strawberry.type
class ConnectionMutations:
    add_access_grant: AccessGrantPayload | None = field(
        grants.add_access_grant,
        secret=True,
        description="A system-user token pasted by hand; checked with the platform before it is stored. "
        "Needs CONNECT_ACCOUNTS.",
    )
    share_access_grant: AccessGrantPayload | None = field(
        grants.share_access_grant, description="By the person who connected it. Needs CONNECT_ACCOUNTS."
    )
    revoke_access_grant: OkPayload | None = field(
        grants.revoke_access_grant, description="Forgets the token for good. Needs CONNECT_ACCOUNTS."
    )
    connect_ad_accounts: ConnectAdAccountsPayload | None = field(
        ad_accounts.connect_ad_accounts,
        description="Stores the accounts and queues their first refresh. Needs CONNECT_ACCOUNTS.",
    )
    disconnect_ad_account: OkPayload | None = field(
        ad_accounts.disconnect_ad_account,
        description="No longer refreshed; its data stay readable unless deleteData. Needs CONNECT_ACCOUNTS.",
    )
