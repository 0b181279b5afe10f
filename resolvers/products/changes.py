"""The mutations on products: making, changing, deleting and restoring them."""

from dataclasses import dataclass, field
from typing import Annotated

import strawberry

from execution.transport.uploads import Upload
from models.products.product import Product, ProductStatus
from resolvers.context import Info, signed_in
from resolvers.imports.answer import ImportAnswer, answer_of
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id, wrong_id
from resolvers.mutation import UserError, invalid, mutation, refusal
from resolvers.node_id import decode_id
from resolvers.ok import OkAnswer, done
from resolvers.products.inputs import ProductInput, product_wish
from services.products import removal, saving
from services.products.files import importing
from services.products.statuses import MOST_AT_ONCE
from services.products.statuses import set_product_status as set_each

ProductId = Annotated[strawberry.ID, strawberry.argument(name="id")]
_TYPE = "Product"


@dataclass(slots=True)
class ProductsAnswer:
    """The products that were changed, in the order of the call, and why the others were not."""

    products: list[Product] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)


@mutation("product")
async def create_product(
    info: Info,
    input: ProductInput,  # noqa: A002 - the API's name
    idempotency_key: str | None = strawberry.UNSET,
) -> Product:
    key = given(idempotency_key)
    return await saving.create_product(info.context.tools, signed_in(info), product_wish(input), idempotency_key=key)


@mutation(ImportAnswer)
async def import_products(
    info: Info,
    file: Annotated[Upload, strawberry.argument(description="At most 32 MiB, as a multipart request brings it.")],
    dry_run: Annotated[bool, strawberry.argument(description="Answers the same, and stores nothing.")] = False,
) -> ImportAnswer:
    done = await importing.import_products(info.context.tools, signed_in(info), file, is_trial=dry_run)
    return answer_of(done)


@mutation("product")
async def update_product(
    info: Info,
    product_id: ProductId,
    expected_version: int,
    input: ProductInput,  # noqa: A002 - the API's name
) -> Product:
    wanted = claimed_id(info.context, product_id, _TYPE)
    return await saving.update_product(
        info.context.tools, signed_in(info), wanted, product_wish(input), expected_version=expected_version
    )


@mutation(ProductsAnswer, called={"product_ids": "ids"})
async def set_product_status(info: Info, ids: list[strawberry.ID], status: ProductStatus) -> ProductsAnswer:
    tools = info.context.tools
    # One more than a call may have is refused as too many; the rest need not be read.
    listed = ids[: MOST_AT_ONCE + 1]
    wanted = [decode_id(each, _TYPE) for each in listed]
    found = await set_each(tools.db, tools.clock, signed_in(info), wanted, status)
    errors: dict[int, UserError] = {each.place or 0: refusal(each, ["ids"]) for each in found.refusals}
    malformed = {
        place: invalid(wrong_id(text, _TYPE, at=["ids", str(place)]))
        for place, (text, product_id) in enumerate(zip(listed, wanted, strict=True))
        if product_id is None
    }
    return ProductsAnswer(found.products, [told for _, told in sorted({**errors, **malformed}.items())])


@mutation(OkAnswer)
async def delete_product(info: Info, product_id: ProductId) -> OkAnswer:
    tools, wanted = info.context.tools, claimed_id(info.context, product_id, _TYPE)
    gone = await removal.delete_product(tools.db, tools.clock, tools.vendors.billing, signed_in(info), wanted)
    return done(_TYPE, gone.id)


@mutation("product")
async def restore_product(info: Info, product_id: ProductId) -> Product:
    wanted = claimed_id(info.context, product_id, _TYPE)
    return await removal.restore_product(info.context.tools, signed_in(info), wanted)
