"""Changes of the pictures that a product has: another order, and one fewer. Its positions stay 1, 2, 3 and so on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.database import Database, WriteSession
from models.products.image import ProductImage, images_of_product, place_images, product_of_image
from models.products.product import Product, product_for_update
from services.products.images.copies import keys_of
from services.products.images.stored import delete_files
from services.products.locking import changeable, product_to_change
from services.tools import HasClock, HasDb, HasFiles


class ImageChangeTools(HasDb, HasClock, HasFiles, Protocol):
    """What deletes pictures."""


async def arrange_product_images(
    db: Database, clock: Clock, viewer: Viewer, product_id: UUID | None, image_ids: Sequence[UUID | None]
) -> Product:
    """Gives the pictures of a product this order; needs EDIT_CATALOG. The order that they have changes nothing.

    Raises Refused: INVALID unless they are all that it has, each once; NOT_FOUND for the product or for a picture that
    is not its own, CONFLICT for a deleted product, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.EDIT_CATALOG)
    async with db.write(viewer) as session:
        product = await product_to_change(session, product_id)
        before = [each.id for each in await images_of_product(session, product.id)]
        after = _order(image_ids, before)
        if after != before:
            await place_images(session, product.id, after)
            raise_version(session, product, now=clock())
            record(
                session,
                viewer,
                action="product.images_arranged",
                target_type="Product",
                target_id=product.id,
                before={"image_ids": [str(each) for each in before]},
                after={"image_ids": [str(each) for each in after]},
            )
    return product


async def delete_product_image(tools: ImageChangeTools, viewer: Viewer, image_id: UUID | None) -> UUID:
    """Takes a picture from its product and deletes its files; answers its id. Needs EDIT_CATALOG.

    While the storage is away the sweep deletes the files later. Raises Refused: NOT_FOUND, CONFLICT for a deleted
    product, QUOTA_EXCEEDED for a frozen one.
    """
    require(viewer, Permission.EDIT_CATALOG)
    async with tools.db.write(viewer) as session:
        product_id = None if image_id is None else await product_of_image(session, image_id)
        if product_id is None:
            raise _missing()
        product = changeable(await product_for_update(session, product_id), field="image_id")
        images = await images_of_product(session, product.id)
        # Another call may have deleted it before the product was locked.
        image = next((each for each in images if each.id == image_id), None)
        if image is None:
            raise _missing()
        await session.delete(image)
        await session.flush()
        await place_images(session, product.id, [each.id for each in images if each is not image])
        raise_version(session, product, now=tools.clock())
        record(
            session,
            viewer,
            action="product.image_deleted",
            target_type="Product",
            target_id=product.id,
            before=shown_image(image),
        )
    await delete_files(tools.files, keys_of(image.object_key, image.width))
    return image.id


def raise_version(session: WriteSession, product: Product, *, now: datetime) -> None:
    """Pictures are part of their product: a change of them is one of it."""
    product.sqlmodel_update({"version": product.version + 1, "updated_at": now})
    session.add(product)


def shown_image(image: ProductImage) -> dict[str, Any]:
    """A picture as the audit log has it."""
    return image.model_dump(mode="json", include={"id", "position", "sha256", "width", "height", "bytes", "alt"})


def _order(wanted: Sequence[UUID | None], there: Sequence[UUID]) -> list[UUID]:
    """The wanted order of the pictures that are there; raises Refused where it is none."""
    for place, image_id in enumerate(wanted):
        if image_id not in there:
            message = "This product has no such picture."
            raise Refused(UserErrorCode.NOT_FOUND, message, field="image_ids", place=place)
        if image_id in wanted[:place]:
            message = "This picture is named twice."
            raise Refused(UserErrorCode.INVALID, message, field="image_ids", place=place)
    if len(wanted) < len(there):
        message = f"Name all {len(there)} pictures of the product: these are {len(wanted)}."
        raise Refused(UserErrorCode.INVALID, message, field="image_ids")
    return [each for each in wanted if each is not None]


def _missing() -> Refused:
    return Refused(UserErrorCode.NOT_FOUND, "There is no such picture.", field="image_id")
