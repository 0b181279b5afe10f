"""Exports as clients read and watch them, and the links to their files."""

from collections.abc import AsyncGenerator, Sequence

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.exports.export import Export
from resolvers.batching import with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import wanted_id
from resolvers.page import Page, window
from services.exports import files, requests, streams


async def exports(info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET) -> Page[Export]:
    viewer, db = signed_in(info), info.context.db
    found = await requests.exports(db, viewer, window(first, after))
    return Page(found, lambda: requests.number_of_exports(db, viewer))


async def export_progress(info: Info, export_id: strawberry.ID) -> AsyncGenerator[Export, None]:
    context = info.context
    viewer, wanted = signed_in(info), wanted_id(export_id, "Export", at=["exportId"])
    async for news in streams.watch_export(context.db, context.tools.clock, context.tools.hub, viewer, wanted):
        context.renew()
        yield news


async def url(root: strawberry.Parent[Export], info: Info) -> str | None:
    [found] = await _urls([root], info)
    return found


async def _urls(root: Sequence[Export], info: Info) -> list[str | None]:
    tools = info.context.tools
    return await files.links(tools.files, tools.clock, signed_in(info), root)


with_list_form(url, _urls)
