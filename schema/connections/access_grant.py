"""AccessGrant: the access behind ad accounts, and what it can see."""

from datetime import datetime

import strawberry

from models.ads.ad_account import AdAccountStatus
from models.connections.access_grant import AccessGrant as AccessGrantRow
from models.connections.access_grant import AccessGrantStatus
from models.platform import Platform
from resolvers.connections import grants
from schema.field import field
from schema.node import Node, entity
from schema.people.user import User
from schema.scalars import Currency, TimeZone
from schema.user_error import UserError


@entity(
    AccessGrantRow,
    description="One platform user's consent: the encrypted token behind ad accounts. The token is never readable.",
)
class AccessGrant(Node):
    platform: Platform
    external_user_id: str
    external_user_name: str | None
    status: AccessGrantStatus = field(grants.status, description="As of now: EXPIRING is 14 days before the end.")
    reason: str | None = field(grants.reason, description="What to do, in words, when status is not ACTIVE.")
    scopes: list[str]
    missing_scopes: list[str] = field(description="What the product needs and the person did not allow.")
    expires_at: datetime | None = field(description="Null: the token does not expire.")
    data_access_expires_at: datetime | None = field(
        description="The platform also ends access 90 days after the person last used the app."
    )
    connected_by: User | None = field(grants.connected_by)
    created_at: datetime
    shared: bool = field(
        description="False: only connectedBy may list and connect its accounts. A pasted system user's is shared."
    )


@strawberry.type(description="An ad account that a grant can see, connected or not.")
class AvailableAdAccount:
    external_id: str
    name: str
    currency: Currency | None = field(description="Null: it has none that is known; `problem` says so.")
    time_zone: TimeZone | None = field(
        description="Null: it is not set up at the platform, or not told; `problem` says so."
    )
    status: AdAccountStatus
    connected: bool = field(description="Connected to this tenant, through whichever grant.")
    problem: str | None = field(
        description="Why it cannot be connected, in words: it lacks a currency or a time zone, or has one that is not"
        " known here. Null: nothing is in the way."
    )


@strawberry.type
class AccessGrantPayload:
    grant: AccessGrant | None
    user_errors: list[UserError]
