"""Pictures of products: below them, their links, and the mutations that add, arrange and delete them."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from execution.limits.list_sizes import ListLength
from execution.transport.uploads import Upload
from models.products.image import ProductImage
from models.products.product import Product
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id, claimed_ids
from resolvers.mutation import mutation
from resolvers.ok import OkAnswer, done
from services.products.images import adding, changes, stored

IMAGES_LENGTH = ListLength(adding.MOST_IMAGES)
_TYPE = "ProductImage"

images_of = loaded(lambda loaders, product: loaders.images_by_product.load(product.id), shows=list[ProductImage])


async def url(root: strawberry.Parent[ProductImage], info: Info, max_width: int | None = strawberry.UNSET) -> str:
    [found] = await _urls([root], info, max_width)
    return found


async def _urls(root: Sequence[ProductImage], info: Info, max_width: int | None = strawberry.UNSET) -> list[str]:
    return await stored.links(info.context.tools.files, signed_in(info), root, max_width=given(max_width))


with_list_form(url, _urls)


@mutation("product")
async def add_product_image(
    info: Info,
    product_id: strawberry.ID,
    file: Annotated[
        Upload,
        strawberry.argument(description="JPEG, PNG or WebP of at most 20 MiB, as a multipart request brings it."),
    ],
    alt: str | None = strawberry.UNSET,
) -> Product:
    wanted = claimed_id(info.context, product_id, "Product", at=["productId"])
    return await adding.add_product_image(info.context.tools, signed_in(info), wanted, file, alt=given(alt))


@mutation("product")
async def arrange_product_images(info: Info, product_id: strawberry.ID, image_ids: list[strawberry.ID]) -> Product:
    tools = info.context.tools
    return await changes.arrange_product_images(
        tools.db,
        tools.clock,
        signed_in(info),
        claimed_id(info.context, product_id, "Product", at=["productId"]),
        # One more than a product may have is none of its own.
        claimed_ids(info.context, image_ids[: adding.MOST_IMAGES + 1], _TYPE, at=["imageIds"]),
    )


@mutation(OkAnswer, called={"image_id": "image_id"})
async def delete_product_image(
    info: Info, image_id: Annotated[strawberry.ID, strawberry.argument(name="id")]
) -> OkAnswer:
    wanted = claimed_id(info.context, image_id, _TYPE)
    return done(_TYPE, await changes.delete_product_image(info.context.tools, signed_in(info), wanted))
