"""Queries on the vocabulary of products: values of the installation and of the tenant as one list, and their uses.

The shared values lie on the coordinator, a tenant's own on its node: no statement has both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from models.ads.name_filter import matches_name
from models.columns import is_any
from models.database import ReadSession, WriteSession
from models.keyset import KeysetPage, Listing, Ordering, RowCursors, Window, count_rows, load_page
from models.products.attribute import AttributeKind, OwnAttribute, ProductAttribute, SharedAttribute
from models.text_match import TextMatch
from models.thin.records import rows

Attribute = SharedAttribute | OwnAttribute
Session = ReadSession | WriteSession
# The same place in both tables, so that a cursor may be of a row of either.
_SHARED_ORDER = Ordering("attributes", col(SharedAttribute.label_key), col(SharedAttribute.id))
_OWN_ORDER = Ordering("attributes", col(OwnAttribute.label_key), col(OwnAttribute.id))
_KINDS = {kind: place for place, kind in enumerate(AttributeKind)}


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """Values of a kind; `search` is a part of the label, `parent_id` the value right above them."""

    kind: AttributeKind
    search: str | None = None
    parent_id: UUID | None = None


async def attributes_page(session: ReadSession, wanted: AttributeFilter, window: Window) -> KeysetPage[Attribute]:
    """One page of the shared values and the tenant's own, by label; raises BadInput for a cursor of another list."""
    shared = await load_page(session, Listing(_shared(wanted), _SHARED_ORDER), window)
    own = await load_page(session, Listing(_own(session, wanted), _OWN_ORDER), window)
    # Each has a page of its own, so that the first ones of both together are the page of the whole list.
    found: list[Attribute] = [*shared.rows, *own.rows]
    both = sorted(found, key=_place)[: window.first]
    return KeysetPage(
        rows=both,
        cursors=RowCursors(_SHARED_ORDER.cursor, both),
        has_next=shared.has_next or own.has_next or len(found) > len(both),
        has_previous=window.after is not None,
    )


async def count_attributes(session: ReadSession, wanted: AttributeFilter) -> int:
    return await count_rows(session, _shared(wanted)) + await count_rows(session, _own(session, wanted))


async def attributes_by_ids(session: Session, ids: Sequence[UUID]) -> Sequence[Attribute]:
    """Shared values, and the tenant's own."""
    own = _own_of_tenant(session).where(is_any(col(OwnAttribute.id), ids))
    shared = select(SharedAttribute).where(is_any(col(SharedAttribute.id), ids))
    return [*await rows(session, OwnAttribute, own), *await rows(session, SharedAttribute, shared)]


async def attributes_by_product(session: Session, product_ids: Sequence[UUID]) -> list[list[Attribute]]:
    """The values of each product, by kind and then by label."""
    pairs = (
        select(ProductAttribute.product_id, ProductAttribute.attribute_id)
        .where(ProductAttribute.tenant_id == session.tenant_id)
        .where(is_any(col(ProductAttribute.product_id), product_ids))
    )
    found = (await session.exec(pairs)).all()
    known = {each.id: each for each in await attributes_by_ids(session, [*{pair[1] for pair in found}])}
    by_product: Mapping[UUID, list[Attribute]] = {product_id: [] for product_id in product_ids}
    for product_id, attribute_id in found:
        # A shared value may have been deleted at the moment in which it was given to the product.
        if attribute_id in known:
            by_product[product_id].append(known[attribute_id])
    return [sorted(by_product[each], key=lambda row: (_KINDS[row.kind], _place(row))) for each in product_ids]


async def attribute_ids_of(session: WriteSession, product_id: UUID) -> set[UUID]:
    query = select(ProductAttribute.attribute_id).where(
        ProductAttribute.tenant_id == session.tenant_id, ProductAttribute.product_id == product_id
    )
    return set((await session.exec(query)).all())


async def replace_attributes(session: WriteSession, product_id: UUID, *, gone: set[UUID], new: set[UUID]) -> None:
    """Takes values from a stored product and gives it others."""
    connection = await session.connection()
    if gone:
        is_gone = (
            col(ProductAttribute.tenant_id) == session.tenant_id,
            col(ProductAttribute.product_id) == product_id,
            is_any(col(ProductAttribute.attribute_id), [*gone]),
        )
        await connection.execute(delete(ProductAttribute).where(*is_gone))
    if new:
        own = {"tenant_id": session.tenant_id, "product_id": product_id}
        await connection.execute(insert(ProductAttribute), [{**own, "attribute_id": each} for each in sorted(new)])


async def count_own_attributes(session: WriteSession) -> int:
    return await count_rows(session, _own_of_tenant(session))


async def own_attribute(session: WriteSession, attribute_id: UUID) -> OwnAttribute | None:
    return (await session.exec(_own_of_tenant(session).where(OwnAttribute.id == attribute_id))).one_or_none()


async def has_own_key(session: WriteSession, kind: AttributeKind, key: str) -> bool:
    query = _own_of_tenant(session).where(OwnAttribute.kind == kind, OwnAttribute.key == key)
    return (await session.exec(query)).first() is not None


async def has_shared_key(session: Session, kind: AttributeKind, key: str) -> bool:
    query = select(SharedAttribute.id).where(SharedAttribute.kind == kind, SharedAttribute.key == key)
    return (await session.exec(query)).first() is not None


async def lock_shared_attributes(session: WriteSession, kind: AttributeKind) -> None:
    """Holds back other changes of shared values of the kind; needs a session of the system role."""
    key = func.hashtextextended(f"shared_attribute.{kind.value}", 0)
    await session.exec(select(func.pg_advisory_xact_lock(key)))


async def shared_attribute(session: WriteSession, attribute_id: UUID) -> SharedAttribute | None:
    return (await session.exec(select(SharedAttribute).where(SharedAttribute.id == attribute_id))).one_or_none()


async def is_used_here(session: WriteSession, attribute_id: UUID) -> bool:
    """Whether a product of the tenant has the value, or another own value is below it."""
    used = select(ProductAttribute.product_id).where(
        ProductAttribute.tenant_id == session.tenant_id, ProductAttribute.attribute_id == attribute_id
    )
    below = _own_of_tenant(session).where(OwnAttribute.parent_id == attribute_id)
    return any([(await session.exec(query.limit(1))).first() is not None for query in (used, below)])


async def is_used_anywhere(session: WriteSession, attribute_id: UUID) -> bool:
    """Whether any tenant's product or own value, or a shared one, needs it; of the system role."""
    queries: tuple[SelectOfScalar[Any], ...] = (
        select(ProductAttribute.product_id).where(ProductAttribute.attribute_id == attribute_id),
        select(OwnAttribute.id).where(OwnAttribute.parent_id == attribute_id),
        select(SharedAttribute.id).where(SharedAttribute.parent_id == attribute_id),
    )
    return any([(await session.exec(query.limit(1))).first() is not None for query in queries])


def _place(row: Attribute) -> tuple[str, UUID]:
    """By code points, which is the order of bytes in UTF-8, and so that of the stored keys."""
    return row.label_key, row.id


def _shared(wanted: AttributeFilter) -> SelectOfScalar[SharedAttribute]:
    query: SelectOfScalar[SharedAttribute] = _narrowed(select(SharedAttribute), SharedAttribute, wanted)
    return query


def _own(session: Session, wanted: AttributeFilter) -> SelectOfScalar[OwnAttribute]:
    query: SelectOfScalar[OwnAttribute] = _narrowed(_own_of_tenant(session), OwnAttribute, wanted)
    return query


def _own_of_tenant(session: Session) -> SelectOfScalar[OwnAttribute]:
    return select(OwnAttribute).where(OwnAttribute.tenant_id == session.tenant_id)


def _narrowed(query: Any, table: type[Attribute], wanted: AttributeFilter) -> Any:
    query = query.where(table.kind == wanted.kind)
    if wanted.search is not None:
        query = query.where(matches_name(col(table.label), col(table.label_key), TextMatch(contains=wanted.search)))
    return query if wanted.parent_id is None else query.where(table.parent_id == wanted.parent_id)
