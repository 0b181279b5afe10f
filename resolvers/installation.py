"""The administration of the installation: lists over all tenants, disabling and deleting users; for staff alone."""

import strawberry

from auth.viewer import Viewer
from execution.limits.list_sizes import DEFAULT_PAGE
from resolvers.audit import AuditFilterInput, audit_filter
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.ok import OkAnswer, done
from resolvers.page import Page, window
from services.installation import administration
from services.installation.administration import SeenEntry, SeenStatistics, SeenTenant, SeenUser


def admin(info: Info) -> Viewer | None:
    viewer = signed_in(info)
    return viewer if viewer.is_staff else None


async def users(
    root: strawberry.Parent[Viewer],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
) -> Page[SeenUser]:
    tools, text = info.context.tools, given(search)
    seen = await administration.users(tools.db, root, text, window(first, after))
    return Page(seen, lambda: administration.number_of_users(tools.db, root, text))


async def tenants(
    root: strawberry.Parent[Viewer],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
) -> Page[SeenTenant]:
    tools, text = info.context.tools, given(search)
    seen = await administration.tenants(tools, root, text, window(first, after))
    return Page(seen, lambda: administration.number_of_tenants(tools.db, root, text))


async def audit_log(
    root: strawberry.Parent[Viewer],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter: AuditFilterInput | None = strawberry.UNSET,  # noqa: A002 - the argument's name in the API
) -> Page[SeenEntry]:
    tools, wanted = info.context.tools, audit_filter(given(filter))
    seen = await administration.audit_log(tools.db, root, wanted, window(first, after))
    return Page(seen, lambda: administration.number_of_entries(tools.db, root, wanted))


async def statistics(root: strawberry.Parent[Viewer], info: Info) -> SeenStatistics:
    return await administration.statistics(info.context.tools.db, info.context.tools.clock, root)


@mutation(OkAnswer)
async def set_user_disabled(info: Info, user_id: strawberry.ID, disabled: bool) -> OkAnswer:
    person_id = await administration.set_user_disabled(
        info.context.tools,
        signed_in(info),
        claimed_id(info.context, user_id, "User", at=["userId"]),
        is_disabled=disabled,
    )
    return done("User", person_id)


@mutation(OkAnswer)
async def delete_user(info: Info, user_id: strawberry.ID) -> OkAnswer:
    person_id = await administration.delete_user(
        info.context.tools, signed_in(info), claimed_id(info.context, user_id, "User", at=["userId"])
    )
    return done("User", person_id)
