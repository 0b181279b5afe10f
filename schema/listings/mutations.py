"""The mutations that publish products on channels, change, end and link what is offered there, and import it."""

import strawberry

from resolvers.listings import changes, publishing
from schema.channel_jobs.job import ChannelJob
from schema.channel_jobs.mutations import ChannelJobsPayload
from schema.channels import Channel
from schema.field import field
from schema.listings.listing import Listing
from schema.products.product import Product, ProductsPayload
from schema.user_error import UserError


@strawberry.type(description="Why a product is not published on a channel.")
class PublishProblem:
    product: Product = field(publishing.product_of_problem, description="The product.")
    channel: Channel = field(publishing.channel_of_problem, description="The channel.")
    problem: UserError = field(
        publishing.problem_of,
        description="What is wrong; `field` leads to it from the product, for policies from the channel.",
    )


@strawberry.type
class PublishPayload:
    jobs: list[ChannelJob] = field(description="One for each product and channel that nothing stands in the way of.")
    problems: list[PublishProblem] = field(description="What a dry run, or a check before the jobs, found.")
    user_errors: list[UserError]


@strawberry.type
class ListingPayload:
    listing: Listing | None = field(description="The listing as it is now; null when nothing was changed.")
    user_errors: list[UserError]


@strawberry.type
class ListingMutations:
    publish_products: PublishPayload | None = field(
        publishing.publish_products,
        description="Offers each product on each channel, by a job for each: at most 200 products, 20 channels and 500 "
        "listings. Where something stands in the way it is told, and the others go on. Needs SELL.",
    )
    update_listing: ChannelJobsPayload | None = field(
        changes.update_listing,
        description="Changes what is offered, at the channel; the product stays as it is. Needs SELL.",
    )
    end_listings: ChannelJobsPayload | None = field(
        changes.end_listings,
        description="Ends up to 500 listings at their channels: those that cannot be ended are user errors, the others "
        "are ended. Needs SELL.",
    )
    link_listing: ListingPayload | None = field(
        changes.link_listing,
        description="Says which product a listing belongs to; without one, or with null, that it belongs to none. "
        "Needs SELL.",
    )
    import_listings: ProductsPayload | None = field(
        changes.import_listings,
        description="Makes products of listings that have none, as the channel's last reading stored them, and links "
        "them; pictures are not fetched. Without ids of all that are LIVE or SOLD, but for those that somebody has "
        "unlinked: the first 1,000, and a user error tells how many are left. A product is PUBLISHED where its listing "
        "is LIVE with a quantity above 0, else DRAFT. A listing that cannot be imported is a user error, as where a "
        "product has its SKU; the others go on. Needs EDIT_CATALOG and SELL.",
        weight=50,
    )
