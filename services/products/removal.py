"""Products that are deleted: marked, restored within 30 days, and erased by a chore after that."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Protocol
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.acting import TenantScope
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.database import Database
from models.listings.listing import OFFERED
from models.listings.reading import listings_of_products
from models.orders.line import orders_with_products, put_products_into_lines
from models.orders.sums import renew_order_sums
from models.products.found_links import drop_links_found_of
from models.products.image import images_of_products
from models.products.product import (
    Product,
    id_of_sku,
    product_for_update,
    products_deleted_before,
    products_for_update,
)
from services.ad_links.queueing import find_links_anew
from services.billing.freezing import freeze_and_thaw
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.products.images.copies import keys_of
from services.products.images.stored import delete_files
from services.products.locking import lock_catalogue
from services.products.saving import CatalogueTools
from services.tools import Billing, HasClock, HasDb, HasFiles

RESTORABLE = timedelta(days=30)
_BATCH = 500
# A call of the chore erases so many batches at most; the next one goes on.
_MOST_BATCHES = 100


async def delete_product(
    db: Database, clock: Clock, billing: Billing | None, viewer: Viewer, product_id: UUID | None
) -> Product:
    """Marks a product as deleted, which makes room in the price plan; needs EDIT_CATALOG.

    Raises Refused: NOT_FOUND, also for a product that is deleted already; CONFLICT while a channel offers it.
    """
    require(viewer, Permission.EDIT_CATALOG)
    async with db.write(viewer) as session:
        await lock_catalogue(session)
        product = None if product_id is None else await product_for_update(session, product_id)
        if product is None or product.deleted_at is not None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such product.", field="product_id")
        if await listings_of_products(session, [product.id], OFFERED):
            message = "A channel offers this product, or is about to: end its listings first."
            raise Refused(UserErrorCode.CONFLICT, message, field="product_id")
        now = clock()
        product.sqlmodel_update(
            {"deleted_at": now, "frozen_at": None, "updated_at": now, "version": product.version + 1}
        )
        session.add(product)
        record(
            session,
            viewer,
            action="product.deleted",
            target_type="Product",
            target_id=product.id,
            before={"sku": product.sku, "title": product.title},
        )
        await drop_links_found_of(session, product.id)
        await freeze_and_thaw(clock, billing, session)
        # Its SKU or its pages may have been those of another product too, which now has them alone.
        await find_links_anew(session)
    return product


async def restore_product(tools: CatalogueTools, viewer: Viewer, product_id: UUID | None) -> Product:
    """Brings a product back that was deleted in the last 30 days; needs EDIT_CATALOG.

    Raises Refused: NOT_FOUND, CONFLICT where it is not deleted, was deleted longer ago, or another product has its SKU
    by now; QUOTA_EXCEEDED.
    """
    require(viewer, Permission.EDIT_CATALOG)
    async with tools.db.write(viewer) as session:
        room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.PRODUCTS)
        product = None if product_id is None else await product_for_update(session, product_id)
        if product is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such product.", field="product_id")
        now = tools.clock()
        if product.deleted_at is None:
            raise Refused(UserErrorCode.CONFLICT, "This product is not deleted.", field="product_id")
        if product.deleted_at < now - RESTORABLE:
            message = f"This product was deleted more than {RESTORABLE.days} days ago and is being erased."
            raise Refused(UserErrorCode.CONFLICT, message, field="product_id")
        if await id_of_sku(session, product.sku) is not None:
            message = f"Another product has the SKU {product.sku} by now: give that one another SKU first."
            raise Refused(UserErrorCode.CONFLICT, message, field="product_id")
        room.take()
        product.sqlmodel_update({"deleted_at": None, "updated_at": now, "version": product.version + 1})
        session.add(product)
        await put_products_into_lines(session, {product.sku: product.id})
        record(
            session,
            viewer,
            action="product.restored",
            target_type="Product",
            target_id=product.id,
            after={"sku": product.sku, "title": product.title},
        )
        await find_links_anew(session)
    return product


class ErasureTools(HasDb, HasClock, HasFiles, Protocol):
    """What finds products over all tenants, and deletes files."""


async def erase_deleted_products(tools: ErasureTools) -> int:
    """Erases products that were deleted more than 30 days ago, with what hangs on them; answers how many.

    While the storage is away the files of their pictures stay, and the sweep deletes them later.
    """
    before, done = tools.clock() - RESTORABLE, 0
    for _ in range(_MOST_BATCHES):
        async with tools.db.sweep(reason="find products that were deleted long ago") as session:
            found = await products_deleted_before(session, before, most=_BATCH)
        for tenant_id, rows in groupby(sorted(found), itemgetter(0)):
            done += await _erase(tools, tenant_id, [product_id for _, product_id in rows])
        if len(found) < _BATCH:
            break
    return done


async def _erase(tools: ErasureTools, tenant_id: UUID, product_ids: Sequence[UUID]) -> int:
    """Erases those of the tenant's products that are still deleted; the chore may have been overtaken."""
    scope, gone = TenantScope(tenant_id), list[UUID]()
    async with tools.db.write(scope) as session:
        if not await lock_quotas(session):
            return 0  # the tenant was deleted meanwhile, and is erased with all that it has
        sold = await orders_with_products(session, product_ids)
        products = await products_for_update(session, product_ids)
        images = await images_of_products(session, product_ids)
        for product in products:
            if product.deleted_at is None or product.deleted_at >= tools.clock() - RESTORABLE:
                continue
            await session.delete(product)
            record(
                session,
                scope,
                action="product.erased",
                target_type="Product",
                target_id=product.id,
                before={"sku": product.sku, "title": product.title},
            )
            gone.append(product.id)
        await session.flush()
        await renew_order_sums(session, sold)
    keys = [key for each in images if each.product_id in gone for key in keys_of(each.object_key, each.width)]
    await delete_files(tools.files, keys)
    return len(gone)
