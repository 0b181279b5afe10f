"""Access grants: their list, the ad accounts that they can reach, and the mutations on them."""

from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.connections.access_grant import AccessGrant, AccessGrantStatus
from models.people.user import User
from models.platform import Platform
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id, wrong_id
from resolvers.mutation import mutation
from resolvers.node_id import decode_id
from resolvers.ok import OkAnswer, done
from resolvers.page import Page, window
from services.connections import available_accounts, grants
from services.connections.available_accounts import AvailableAdAccount
from services.connections.grant_tokens import health

GrantId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@strawberry.input
class AddAccessGrantInput:
    platform: Platform
    access_token: str = strawberry.field(description="Checked with the platform before it is stored; never readable.")


async def access_grants(
    info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
) -> Page[AccessGrant]:
    viewer, db = signed_in(info), info.context.db
    found = await grants.access_grants(db, viewer, window(first, after))
    return Page(found, lambda: grants.number_of_access_grants(db, viewer))


async def available_ad_accounts(
    info: Info,
    grant_id: strawberry.ID,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
) -> Page[AvailableAdAccount] | None:
    wanted = decode_id(grant_id, "AccessGrant")
    found = await available_accounts.fetch_available_ad_accounts(
        info.context.tools, signed_in(info), wanted, window=window(first, after), search=given(search)
    )
    if wanted is None:
        raise wrong_id(grant_id, "AccessGrant", at=["grantId"])
    return Page(found, _uncounted) if found is not None else None


@mutation("grant")
async def add_access_grant(info: Info, input: AddAccessGrantInput) -> AccessGrant:  # noqa: A002 - the API's name
    return await grants.add_access_grant(
        info.context.tools, signed_in(info), platform=input.platform, access_token=input.access_token
    )


@mutation("grant")
async def share_access_grant(info: Info, grant_id: GrantId, shared: bool) -> AccessGrant:
    return await grants.share_access_grant(
        info.context.tools.db, signed_in(info), claimed_id(info.context, grant_id, "AccessGrant"), shared=shared
    )


@mutation(OkAnswer)
async def revoke_access_grant(info: Info, grant_id: GrantId) -> OkAnswer:
    revoked = await grants.revoke_access_grant(
        info.context.tools.db,
        info.context.tools.clock,
        signed_in(info),
        claimed_id(info.context, grant_id, "AccessGrant"),
    )
    return done("AccessGrant", revoked)


def status(root: strawberry.Parent[AccessGrant], info: Info) -> AccessGrantStatus:
    return health(root, info.context.tools.clock())[0]


def reason(root: strawberry.Parent[AccessGrant], info: Info) -> str | None:
    return health(root, info.context.tools.clock())[1]


connected_by = loaded(lambda loaders, grant: loaders.users_by_id.load(grant.connected_by), shows=User)


async def _uncounted() -> int:
    """Stands in the place of a count: the platform does not tell how many accounts there are."""
    return 0
