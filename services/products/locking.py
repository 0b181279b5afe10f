"""The locks of products: one under which they come, go and take another SKU, and that of one to be changed."""

from uuid import UUID

from errors import NotFound, Refused, UserErrorCode
from models.billing.usage_counter import lock_quotas
from models.database import WriteSession
from models.products.product import Product, product_for_update
from models.tenants.tenant import NO_TENANT
from services.billing.freezing import refuse_frozen_product


async def lock_catalogue(session: WriteSession) -> None:
    """Holds back other changes of the tenant's products until the session ends; NotFound for a deleted tenant.

    It is the lock of the tenant's row, which whoever takes a quota holds too. To be called before any other lock.
    """
    if not await lock_quotas(session):
        raise NotFound(NO_TENANT)


async def product_to_change(session: WriteSession, product_id: UUID | None) -> Product:
    """The product, locked; raises Refused as `changeable` does, of the parameter `product_id`."""
    return changeable(None if product_id is None else await product_for_update(session, product_id), field="product_id")


def changeable(product: Product | None, *, field: str) -> Product:
    """The product; raises Refused NOT_FOUND for none, CONFLICT for a deleted one, QUOTA_EXCEEDED for a frozen one."""
    if product is None:
        raise Refused(UserErrorCode.NOT_FOUND, "There is no such product.", field=field)
    if product.deleted_at is not None:
        message = "This product is deleted: restore it before you change it."
        raise Refused(UserErrorCode.CONFLICT, message, field=field)
    refuse_frozen_product(product, field=field)
    return product
