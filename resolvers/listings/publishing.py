"""The mutation that publishes products: its input, and what stands in the way of a product and a channel."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import strawberry

from errors import UserErrorCode
from models.channel_jobs.job import ChannelJob
from models.channels.channel import Channel
from models.products.product import Product
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_ids
from resolvers.mutation import UserError, mutation
from resolvers.scalars import Currency
from services.listings import publishing
from services.listings.publishing import MOST_CHANNELS, MOST_PRODUCTS, PairProblem, PublishWish
from services.listings.wishes import OfferWish


@strawberry.input
class PublishInput:
    product_ids: list[strawberry.ID] = strawberry.field(description="1 to 200 products.")
    channel_ids: list[strawberry.ID] = strawberry.field(description="1 to 20 channels.")
    market: str | None = strawberry.field(
        default=strawberry.UNSET, description="A market of the channels, e.g. EBAY_AT; absent: that of each channel."
    )
    price: Decimal | None = strawberry.field(default=strawberry.UNSET, description="Instead of the product's own.")
    currency: Currency | None = strawberry.field(
        default=strawberry.UNSET, description="That of `price`; absent: the product's."
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="Instead of the product's own.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="Instead of the product's own.")
    quantity: int | None = strawberry.field(
        default=strawberry.UNSET, description="How many are offered, at most as many as there are; absent: all."
    )
    dry_run: bool = strawberry.field(
        default=False,
        description="True checks everything that can be checked, at the marketplaces too, and publishes nothing.",
    )


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """In values that are JSON, so that the answer can be kept."""

    product_id: str
    channel_id: str
    code: str
    message: str
    path: list[str] | None


product_of_problem = loaded(
    lambda loaders, problem: loaders.products_by_id.load(UUID(problem.product_id)), shows=Product
)
channel_of_problem = loaded(
    lambda loaders, problem: loaders.channels_by_id.load(UUID(problem.channel_id)), shows=Channel
)


def problem_of(root: strawberry.Parent[ShownProblem]) -> UserError:
    return UserError(UserErrorCode(root.code), root.message, field=root.path)


@dataclass(slots=True)
class PublishAnswer:
    jobs: list[ChannelJob] = field(default_factory=list)
    problems: list[ShownProblem] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@mutation(PublishAnswer)
async def publish_products(info: Info, input: PublishInput, idempotency_key: str) -> PublishAnswer:  # noqa: A002 - the API's name
    # One more than a call may have is refused as too many; the rest need not be read.
    products, channels = input.product_ids[: MOST_PRODUCTS + 1], input.channel_ids[: MOST_CHANNELS + 1]
    product_ids = claimed_ids(info.context, products, "Product", at=["input", "productIds"])
    wrong = info.context.wrong_id
    channel_ids = claimed_ids(info.context, channels, "Channel", at=["input", "channelIds"])
    info.context.wrong_id = info.context.wrong_id or wrong
    offer = OfferWish(
        given(input.price), given(input.currency), given(input.title), given(input.description), given(input.quantity)
    )
    wish = PublishWish(product_ids, channel_ids, given(input.market), offer)
    found = await publishing.publish_products(
        info.context.tools, signed_in(info), wish, idempotency_key=idempotency_key, is_trial=input.dry_run
    )
    return PublishAnswer(found.jobs, [_shown(each) for each in found.problems])


def _shown(problem: PairProblem) -> ShownProblem:
    path = None if problem.path is None else list(problem.path)
    return ShownProblem(str(problem.product_id), str(problem.channel_id), problem.code.value, problem.message, path)
