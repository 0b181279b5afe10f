"""Makes products and changes them: their values, under the quota of the price plan and with one SKU each."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.database import WriteSession
from models.listener import notify_changes
from models.listings.reading import renew_drift
from models.orders.line import put_products_into_lines
from models.products.product import Product, id_of_sku, products_by_ids
from models.products.vocabulary import replace_attributes
from services.ad_links.queueing import find_links_anew
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.channel_jobs.sales import follow_by_hand
from services.idempotency import Answer, KeyedCall, once
from services.products.given_attributes import attribute_change
from services.products.locking import lock_catalogue, product_to_change
from services.products.statuses import check_quantity
from services.products.wishes import ProductWish, check_wish
from services.tools import HasClock, HasDb, HasVendors

_OPERATION = "createProduct"
# What the audit log says of a product.
SHOWN = ("sku", "title", "description", "currency", "price", "cost", "quantity", "page_urls")
# Letters and digits that nobody takes for one another.
_MARKS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 8


class CatalogueTools(HasDb, HasClock, HasVendors, Protocol):
    """What makes products: without Stripe all tenants have the FREE plan and its quota."""


async def create_product(
    tools: CatalogueTools, viewer: Viewer, wish: ProductWish, *, idempotency_key: str | None = None
) -> Product:
    """Makes a product, with a SKU of its own where none was said; needs EDIT_CATALOG.

    Raises Refused: INVALID, ALREADY_EXISTS for a SKU that another product has, QUOTA_EXCEEDED, CONFLICT for a key that
    came with another input.
    """
    require(viewer, Permission.EDIT_CATALOG)
    check_wish(wish, stored={})

    async def insert() -> Answer:
        async with tools.db.write(viewer) as session:
            room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.PRODUCTS)
            room.take()
            product = await insert_product(session, viewer, wish, now=tools.clock())
            await find_links_anew(session)
        return {"product_id": str(product.id)}

    call = KeyedCall(_OPERATION, idempotency_key, _given(wish))
    answer = await once(tools.db, tools.clock, viewer, call, insert)
    async with tools.db.read(viewer) as session:
        found = await products_by_ids(session, [UUID(answer["product_id"])])
    if not found:
        raise Refused(UserErrorCode.NOT_FOUND, "The product that this key has made is gone.", field="idempotency_key")
    return found[0]


async def update_product(
    tools: CatalogueTools, viewer: Viewer, product_id: UUID | None, wish: ProductWish, *, expected_version: int
) -> Product:
    """Changes what the wish names; needs EDIT_CATALOG. What changes nothing raises no version.

    Live listings follow another quantity by jobs; of anything else they only differ from then on.

    Raises Refused: INVALID, NOT_FOUND, CONFLICT for a version that is not the product's and for a deleted product,
    ALREADY_EXISTS for a SKU that another product has, QUOTA_EXCEEDED for a frozen product.
    """
    require(viewer, Permission.EDIT_CATALOG)
    async with tools.db.write(viewer) as session:
        await lock_catalogue(session)
        product = await product_to_change(session, product_id)
        _check_version(product, expected_version)
        check_wish(wish, stored=product.model_dump(include={"title", "currency", "price", "cost"}))
        check_quantity(product, wish.quantity)
        await check_sku(session, wish, product)
        signs, now, before = signs_of(product), tools.clock(), product.quantity
        if await change_product(session, viewer, product, wish, now=now):
            await put_products_into_lines(session, {product.sku: product.id})
            await notify_changes(session, "LISTING", await renew_drift(session, product_ids=[product.id]))
        if product.quantity != before:
            await follow_by_hand(session, viewer, {product.id: product.quantity}, now=now)
        if signs_of(product) != signs:
            await find_links_anew(session)
    return product


async def insert_product(session: WriteSession, viewer: Viewer, wish: ProductWish, *, now: datetime) -> Product:
    """Stores a product by a wish that was checked; the caller has locked the catalogue and seen that there is room, and
    has the links of ads found anew at its end.

    Raises Refused: ALREADY_EXISTS for the SKU, INVALID for a value of the vocabulary.
    """
    await check_sku(session, wish, None)
    given = await attribute_change(session, None, wish.attribute_ids)
    values = {"sku": await free_sku(session), **wish.columns}
    product = Product(tenant_id=session.tenant_id, created_at=now, updated_at=now, **values)
    session.add(product)
    await session.flush()
    # Orders may have come before the product.
    await put_products_into_lines(session, {product.sku: product.id})
    await replace_attributes(session, product.id, gone=set(), new={*given.after})
    after = shown(product) | {"attribute_ids": _listed(given.after)}
    record(session, viewer, action="product.created", target_type="Product", target_id=product.id, after=after)
    return product


async def change_product(
    session: WriteSession, viewer: Viewer, product: Product, wish: ProductWish, *, now: datetime
) -> bool:
    """Changes a locked product by a wish that was checked; answers whether anything was changed.

    The caller has the links of ads found anew where `signs_of` the product are others by then.
    Raises Refused INVALID for a value of the vocabulary.
    """
    given = await attribute_change(session, product.id, wish.attribute_ids)
    changed = {name: value for name, value in wish.columns.items() if value != getattr(product, name)}
    if not changed and not given.is_one:
        return False
    before = shown(product, *changed) if changed else {}
    product.sqlmodel_update({**changed, "version": product.version + 1, "updated_at": now})
    session.add(product)
    after = shown(product, *changed) if changed else {}
    if given.is_one:
        gone, new = {*given.before - given.after}, {*given.after - given.before}
        await replace_attributes(session, product.id, gone=gone, new=new)
        before["attribute_ids"], after["attribute_ids"] = _listed(given.before), _listed(given.after)
    record(
        session,
        viewer,
        action="product.changed",
        target_type="Product",
        target_id=product.id,
        before=before,
        after=after,
    )
    return True


async def check_sku(session: WriteSession, wish: ProductWish, product: Product | None) -> None:
    """Raises Refused ALREADY_EXISTS where another product has the SKU; `product` is the one that is to have it."""
    sku = wish.columns.get("sku")
    if sku is None or (product is not None and product.sku == sku):
        return
    if await id_of_sku(session, sku) is not None:
        raise Refused(UserErrorCode.ALREADY_EXISTS, "Another product has this SKU: choose another one.", field="sku")


async def free_sku(session: WriteSession) -> str:
    """A new SKU that no stored product has."""
    while True:
        sku = "".join(secrets.choice(_MARKS) for _ in range(_LENGTH))
        if await id_of_sku(session, sku) is None:
            return sku


def signs_of(product: Product) -> tuple[str, tuple[str, ...]]:
    """By what ads are found that advertise the product: whoever changes it has the links found anew."""
    return product.sku, (*product.page_urls,)


def shown(product: Product, *names: str) -> dict[str, Any]:
    """The product's values as the audit log has them; of these names, or of all."""
    return product.model_dump(mode="json", include={*(names or SHOWN)})


def _listed(attribute_ids: Iterable[UUID]) -> list[str]:
    return sorted(str(each) for each in attribute_ids)


def _check_version(product: Product, expected_version: int) -> None:
    if product.version != expected_version:
        message = f"Somebody has changed this product, which is at version {product.version} now: read it again."
        raise Refused(UserErrorCode.CONFLICT, message, field="expected_version")


def _given(wish: ProductWish) -> Mapping[str, Any]:
    """The wish, ready for JSON, by which a repeated call is told from another one."""
    ids = None if wish.attribute_ids is None else [str(each) for each in wish.attribute_ids]
    return {**{name: str(value) for name, value in wish.columns.items()}, "attribute_ids": ids}
