"""Suggestions as clients read them, and the mutation that decides them."""

from dataclasses import dataclass, field

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.channel_jobs.job import ChannelJob
from models.listings.listing import ChannelListing
from models.listings.suggestion import Suggestion, SuggestionStatus
from models.people.user import User
from models.products.product import Product
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import wrong_id
from resolvers.mutation import UserError, invalid, mutation, refusal
from resolvers.node_id import decode_id
from resolvers.page import Page, window
from services.listings import suggesting

_TYPE = "Suggestion"

product_of = loaded(
    lambda loaders, each: loaders.products_by_id.load(each.product_id) if each.product_id else None, shows=Product
)
listing_of = loaded(
    lambda loaders, each: loaders.listings_by_id.load(each.listing_id) if each.listing_id else None,
    shows=ChannelListing,
)
decided_by = loaded(
    lambda loaders, each: loaders.users_by_id.load(each.decided_by_user_id) if each.decided_by_user_id else None,
    shows=User,
)


async def suggestions(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    status: SuggestionStatus = SuggestionStatus.OPEN,
) -> Page[Suggestion]:
    viewer, db = signed_in(info), info.context.db
    found = await suggesting.suggestions(db, viewer, status, window(first, after))
    return Page(found, lambda: suggesting.number_of_suggestions(db, viewer, status))


@dataclass(slots=True)
class SuggestionsAnswer:
    suggestions: list[Suggestion] = field(default_factory=list)
    jobs: list[ChannelJob] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@mutation(SuggestionsAnswer)
async def decide_suggestions(info: Info, ids: list[strawberry.ID], accept: bool) -> SuggestionsAnswer:
    # One more than a call may have is refused as too many; the rest need not be read.
    listed = ids[: suggesting.MOST_AT_ONCE + 1]
    wanted = [decode_id(each, _TYPE) for each in listed]
    tools = info.context.tools
    done = await suggesting.decide_suggestions(tools.db, tools.clock, signed_in(info), wanted, accept=accept)
    told: dict[int, UserError] = {each.place or 0: refusal(each, ["ids"]) for each in done.refusals}
    told |= {
        place: invalid(wrong_id(text, _TYPE, at=["ids", str(place)]))
        for place, (text, suggestion_id) in enumerate(zip(listed, wanted, strict=True))
        if suggestion_id is None
    }
    return SuggestionsAnswer(done.suggestions, done.jobs, [each for _, each in sorted(told.items())])
