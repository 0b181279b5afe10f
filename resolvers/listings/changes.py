"""The mutations that change, end and link listings, and make products of them."""

from decimal import Decimal
from typing import Annotated

import strawberry

from models.listings.listing import ChannelListing
from resolvers.channel_jobs.changing import ChannelJobsAnswer
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id, wrong_id
from resolvers.mutation import UserError, invalid, mutation, refusal
from resolvers.node_id import decode_id
from resolvers.products.changes import ProductsAnswer
from services.listings import changing, importing
from services.listings.wishes import OfferWish

_TYPE = "Listing"
ListingId = Annotated[strawberry.ID, strawberry.argument(name="id")]


@strawberry.input(description="What is to change; absent leaves it as it is.")
class ListingInput:
    price: Decimal | None = strawberry.field(default=strawberry.UNSET, description="In the listing's currency.")
    quantity: int | None = strawberry.field(default=strawberry.UNSET, description="How many are offered; at least 1.")
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 200 characters in one line.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 20,000 characters.")


@mutation(ChannelJobsAnswer, called={"listing_id": "listing_id", "wish": "input"})
async def update_listing(
    info: Info,
    listing_id: ListingId,
    input: ListingInput,  # noqa: A002 - the API's name
    idempotency_key: str,
) -> ChannelJobsAnswer:
    wish = OfferWish(
        price=given(input.price),
        title=given(input.title),
        description=given(input.description),
        quantity=given(input.quantity),
    )
    tools, wanted = info.context.tools, claimed_id(info.context, listing_id, _TYPE)
    jobs = await changing.update_listing(tools, signed_in(info), wanted, wish, idempotency_key=idempotency_key)
    return ChannelJobsAnswer(jobs)


@mutation(ChannelJobsAnswer, called={"listing_ids": "ids"})
async def end_listings(info: Info, ids: list[strawberry.ID], idempotency_key: str) -> ChannelJobsAnswer:
    # One more than a call may have is refused as too many; the rest need not be read.
    listed = ids[: changing.MOST_AT_ONCE + 1]
    wanted = [decode_id(each, _TYPE) for each in listed]
    tools = info.context.tools
    done = await changing.end_listings(tools.db, tools.clock, signed_in(info), wanted, idempotency_key=idempotency_key)
    told: dict[int, UserError] = {each.place or 0: refusal(each, ["ids"]) for each in done.refusals}
    told |= {
        place: invalid(wrong_id(text, _TYPE, at=["ids", str(place)]))
        for place, (text, listing_id) in enumerate(zip(listed, wanted, strict=True))
        if listing_id is None
    }
    return ChannelJobsAnswer(done.jobs, [each for _, each in sorted(told.items())])


@mutation("listing")
async def link_listing(
    info: Info, listing_id: ListingId, product_id: strawberry.ID | None = strawberry.UNSET
) -> ChannelListing:
    tools, context = info.context.tools, info.context
    wanted = claimed_id(context, listing_id, _TYPE)
    wrong, said = context.wrong_id, given(product_id)
    product = None if said is None else claimed_id(context, said, "Product", at=["productId"])
    context.wrong_id = context.wrong_id or wrong
    return await changing.link_listing(
        tools.db, tools.clock, signed_in(info), wanted, product, is_unlinked=said is None
    )


@mutation(ProductsAnswer)
async def import_listings(
    info: Info, channel_id: strawberry.ID, listing_ids: list[strawberry.ID] | None = strawberry.UNSET
) -> ProductsAnswer:
    channel = claimed_id(info.context, channel_id, "Channel", at=["channelId"])
    said = given(listing_ids)
    # One more than a call may have is refused as too many; the rest need not be read.
    listed = None if said is None else said[: importing.MOST_AT_ONCE + 1]
    wanted = None if listed is None else [decode_id(each, _TYPE) for each in listed]
    done = await importing.import_listings(info.context.tools, signed_in(info), channel, wanted)
    told: dict[int, UserError] = {
        each.place: refusal(each, ["listingIds"]) for each in done.refusals if each.place is not None
    }
    told |= {
        place: invalid(wrong_id(text, _TYPE, at=["listingIds", str(place)]))
        for place, (text, listing_id) in enumerate(zip(listed or [], wanted or [], strict=True))
        if listing_id is None
    }
    of_all = [refusal(each, None) for each in done.refusals if each.place is None]
    return ProductsAnswer(done.products, [*(each for _, each in sorted(told.items())), *of_all])
