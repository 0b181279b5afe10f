"""Which status a product may have after another, and the change of many products at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.channel_jobs.job import ChannelJob
from models.database import Database, WriteSession
from models.products.product import Product, ProductStatus, products_for_update
from services.channel_jobs.sales import follow_by_hand
from services.products.locking import changeable, lock_catalogue

# Beyond, one call would hold the tenant's products for seconds.
MOST_AT_ONCE = 1_000
_DRAFT, _PUBLISHED, _SOLD, _ARCHIVED = ProductStatus
_NEXT: Mapping[ProductStatus, frozenset[ProductStatus]] = {
    _DRAFT: frozenset({_PUBLISHED, _ARCHIVED}),
    _PUBLISHED: frozenset({_SOLD, _ARCHIVED}),
    # Its sale was cancelled, or there are more of it.
    _SOLD: frozenset({_PUBLISHED, _ARCHIVED}),
    _ARCHIVED: frozenset(),
}


@dataclass(slots=True)
class StatusesSet:
    """The products that have the status now, in the order of the call, and why the others have not.

    Each refusal is of the parameter `product_ids`, with its place there.
    """

    products: list[Product] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)


async def set_product_status(
    db: Database, clock: Clock, viewer: Viewer, product_ids: Sequence[UUID | None], status: ProductStatus
) -> StatusesSet:
    """Gives each product the status, if it may have it; needs EDIT_CATALOG. An id that is there twice counts once.

    Live listings of what is SOLD or ARCHIVED by a person's word are ended by jobs.
    Refusals: NOT_FOUND, CONFLICT for a status that may not follow and for a deleted product, QUOTA_EXCEEDED for a
    frozen one. Raises Refused INVALID for more than MOST_AT_ONCE ids.
    """
    require(viewer, Permission.EDIT_CATALOG)
    if len(product_ids) > MOST_AT_ONCE:
        message = f"One call changes at most {MOST_AT_ONCE:,} products."
        raise Refused(UserErrorCode.INVALID, message, field="product_ids")
    done = StatusesSet()
    async with db.write(viewer) as session:
        await lock_catalogue(session)
        known = [each for each in dict.fromkeys(product_ids) if each is not None]
        found = {each.id: each for each in await products_for_update(session, known)}
        places = {product_id: place for place, product_id in reversed([*enumerate(product_ids)])}
        for product_id, place in sorted(places.items(), key=lambda pair: pair[1]):
            product = None if product_id is None else found.get(product_id)
            refused = _refusal(product, status, place)
            if refused is not None:
                done.refusals.append(refused)
            elif product is not None:
                give_status(session, viewer, product, status, now=clock())
                done.products.append(product)
        await take_off_sale(session, viewer, done.products, now=clock())
    return done


async def take_off_sale(
    session: WriteSession, viewer: Viewer, products: Sequence[Product], *, now: datetime
) -> list[ChannelJob]:
    """Asks for the jobs that end the live listings of those of these locked products that are not for sale any more."""
    gone = {each.id: 0 for each in products if each.status in (_SOLD, _ARCHIVED)}
    return await follow_by_hand(session, viewer, gone, now=now) if gone else []


def give_status(
    session: WriteSession, viewer: Viewer, product: Product, status: ProductStatus, *, now: datetime
) -> None:
    """Changes the status of a locked product, with the entry in the audit log; the caller has seen that it may.

    It has live listings ended by `take_off_sale`.
    """
    before = product.status
    product.sqlmodel_update({"status": status, "version": product.version + 1, "updated_at": now})
    session.add(product)
    record(
        session,
        viewer,
        action="product.status_set",
        target_type="Product",
        target_id=product.id,
        before={"status": before.value},
        after={"status": status.value},
    )


def why_not(product: Product, status: ProductStatus) -> str | None:
    """Why the product may not have the status next, in words; None where it may."""
    if product.status is status:
        return f"This product is {status.value} already."
    if product.status is _ARCHIVED:
        return "This product is ARCHIVED, which is final: make a new one."
    if status not in _NEXT[product.status]:
        allowed = " or ".join(sorted(each.value for each in _NEXT[product.status]))
        return f"This product is {product.status.value}: it can become {allowed}, and not {status.value}."
    if status is _PUBLISHED and product.quantity < 1:
        return "There is none of this product: raise its quantity before you publish it."
    return None


def check_quantity(product: Product, quantity: int | None) -> None:
    """Raises Refused INVALID where the product would be PUBLISHED with none of it; None is a quantity that stays."""
    if quantity == 0 and product.quantity != 0 and product.status is _PUBLISHED:
        after = " or ".join(sorted(each.value for each in _NEXT[_PUBLISHED]))
        message = f"A PUBLISHED product has a quantity above 0: if there is none of it, make it {after}."
        raise Refused(UserErrorCode.INVALID, message, field="quantity")


def _refusal(product: Product | None, status: ProductStatus, place: int) -> Refused | None:
    try:
        reason = why_not(changeable(product, field="product_ids"), status)
    except Refused as refused:
        return _refused(refused.user_code, refused.message, place)
    return None if reason is None else _refused(UserErrorCode.CONFLICT, reason, place)


def _refused(code: UserErrorCode, message: str, place: int) -> Refused:
    return Refused(code, message, field="product_ids", place=place)
