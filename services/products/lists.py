"""Lists of products, and how many there are."""

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database
from models.keyset import KeysetPage, Window
from models.products.product import Product, ProductFilter, ProductOrder, count_matching_products, products_page


async def list_products(
    db: Database, viewer: Viewer, wanted: ProductFilter, order: ProductOrder, window: Window
) -> KeysetPage[Product]:
    """One page of the tenant's products; needs READ. Raises BadInput for a cursor of another list or order."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await products_page(session, wanted, order, window)


async def number_of_products(db: Database, viewer: Viewer, wanted: ProductFilter) -> int:
    """How many products match; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_matching_products(session, wanted)
