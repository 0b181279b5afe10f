"""The vocabulary of products: lists its values, saves and deletes them.

Shared values are the installation's, and its staff alone changes them; a tenant's own are changed by its members.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require, require_staff
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import INSTALLATION, record
from models.database import Database, WriteSession
from models.keyset import KeysetPage, Window
from models.products.attribute import AttributeKind, OwnAttribute, SharedAttribute
from models.products.vocabulary import (
    Attribute,
    AttributeFilter,
    attributes_page,
    count_attributes,
    count_own_attributes,
    has_own_key,
    has_shared_key,
    is_used_anywhere,
    is_used_here,
    lock_shared_attributes,
    own_attribute,
    shared_attribute,
)
from services.products.attribute_wishes import AttributeWish, check_attribute, stored_mappings
from services.products.locking import lock_catalogue

# Of one tenant.
MOST_OWN = 5_000
# A value, what is above it, and so on.
_MOST_LEVELS = 10
_SHOWN = {"kind", "key", "label", "parent_id", "is_active", "mappings"}
_WHY = "staff changes the shared vocabulary"
_A = TypeVar("_A", SharedAttribute, OwnAttribute)


async def list_attributes(
    db: Database, viewer: Viewer, wanted: AttributeFilter, window: Window
) -> KeysetPage[Attribute]:
    """One page of the shared values and the tenant's own, by label; needs READ.

    Raises BadInput for a cursor of another list, or a text that no label can have.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await attributes_page(session, wanted, window)


async def number_of_attributes(db: Database, viewer: Viewer, wanted: AttributeFilter) -> int:
    """How many values match; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_attributes(session, wanted)


async def save_attribute(db: Database, clock: Clock, viewer: Viewer, wish: AttributeWish) -> Attribute:
    """Makes a value or changes one; an own one needs EDIT_CATALOG, a shared one staff of the installation.

    Raises Refused: INVALID, also for another kind or key than the value has, and for a parent that is of another kind
    or below the value; NOT_FOUND, ALREADY_EXISTS for a key that another value has, QUOTA_EXCEEDED beyond MOST_OWN.
    """
    _check_permission(viewer, is_shared=wish.is_shared)
    label = check_attribute(wish)
    async with _changing(db, viewer, wish.kind, is_shared=wish.is_shared) as session:
        if wish.is_shared:
            stored: Attribute | None = await _stored(session, wish, SharedAttribute)
        else:
            stored = await _stored(session, wish, OwnAttribute)
        attribute = stored or await _new(session, wish, clock)
        before = None if stored is None else _shown(stored)
        parent_id = await _parent_id(session, wish, attribute)
        mappings = attribute.mappings if wish.mappings is None else stored_mappings(wish.mappings, attribute.mappings)
        attribute.sqlmodel_update(
            {"label": label, "parent_id": parent_id, "is_active": wish.is_active, "mappings": mappings}
        )
        if _shown(attribute) != before:
            attribute.updated_at = clock()
            session.add(attribute)
            _note(session, viewer, "attribute.saved", attribute, before=before, after=_shown(attribute))
    return attribute


async def delete_attribute(db: Database, viewer: Viewer, attribute_id: UUID | None) -> UUID:
    """Deletes a value that nothing needs, and answers its id; permissions are those of saving it.

    Raises Refused: NOT_FOUND, CONFLICT while products or other values need it, deleted products that can be restored
    among them.
    """
    if not viewer.is_staff:
        require(viewer, Permission.EDIT_CATALOG)
    if attribute_id is not None and viewer.tenant_id is not None:
        async with _changing(db, viewer, None, is_shared=False) as session:
            own = await own_attribute(session, attribute_id)
            if own is not None:
                require(viewer, Permission.EDIT_CATALOG)
                await _delete(session, viewer, own, is_used=await is_used_here(session, own.id))
                return own.id
    if attribute_id is not None:
        async with db.system(reason=_WHY) as session:
            shared = await shared_attribute(session, attribute_id)
            if shared is not None:
                _check_permission(viewer, is_shared=True)
                await lock_shared_attributes(session, shared.kind)
                await _delete(session, viewer, shared, is_used=await is_used_anywhere(session, shared.id))
                return shared.id
    raise Refused(UserErrorCode.NOT_FOUND, "There is no such value.", field="attribute_id")


def _check_permission(viewer: Viewer, *, is_shared: bool) -> None:
    if is_shared:
        require_staff(viewer)
    else:
        require(viewer, Permission.EDIT_CATALOG)


@asynccontextmanager
async def _changing(
    db: Database, viewer: Viewer, kind: AttributeKind | None, *, is_shared: bool
) -> AsyncIterator[WriteSession]:
    """A session in which nobody else changes these values: of two changes both together could make a circle."""
    if is_shared and kind is not None:
        async with db.system(reason=_WHY) as session:
            await lock_shared_attributes(session, kind)
            yield session
    else:
        async with db.write(viewer) as session:
            await lock_catalogue(session)
            yield session


async def _stored(session: WriteSession, wish: AttributeWish, table: type[_A]) -> _A | None:
    """The value to change; None for a new one."""
    if wish.is_new:
        return None
    found: Any = None
    if wish.attribute_id is not None:
        load: Any = shared_attribute if table is SharedAttribute else own_attribute
        found = await load(session, wish.attribute_id)
    if found is None:
        whose = "shared value" if table is SharedAttribute else "value of your own"
        raise Refused(UserErrorCode.NOT_FOUND, f"There is no such {whose}.", field="attribute_id")
    for name in ("kind", "key"):
        if getattr(found, name) != getattr(wish, name):
            message = f"The {name} of a value stays: make a new value, and make this one inactive."
            raise Refused(UserErrorCode.INVALID, message, field=name)
    attribute: _A = found
    return attribute


async def _new(session: WriteSession, wish: AttributeWish, clock: Clock) -> Attribute:
    taken = Refused(UserErrorCode.ALREADY_EXISTS, "Another value of this kind has this key.", field="key")
    if await has_shared_key(session, wish.kind, wish.key):
        raise taken
    values: dict[str, Any] = {"kind": wish.kind, "key": wish.key, "label": wish.label, "created_at": clock()}
    if wish.is_shared:
        return SharedAttribute(**values)
    if await has_own_key(session, wish.kind, wish.key):
        raise taken
    if await count_own_attributes(session) >= MOST_OWN:
        message = f"A tenant has at most {MOST_OWN:,} values of its own: delete some that no product has."
        raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)
    return OwnAttribute(tenant_id=session.tenant_id, **values)


async def _parent_id(session: WriteSession, wish: AttributeWish, attribute: Attribute) -> UUID | None:
    """The value that is to be above, if any; raises Refused INVALID for none, and for one that is below this one."""
    above = wish.parent_id
    for _ in range(_MOST_LEVELS):
        parent = None if above is None else await _load(session, above, is_shared=wish.is_shared)
        if parent is None:
            if above is not None and above == wish.parent_id:
                raise _no_parent("There is no such value.")
            return wish.parent_id
        if parent.kind is not wish.kind:
            raise _no_parent("What is above a value is of the same kind.")
        if parent.id == attribute.id:
            raise _no_parent("A value cannot be above itself.")
        above = parent.parent_id
    raise _no_parent(f"Values are at most {_MOST_LEVELS} levels deep.")


async def _load(session: WriteSession, attribute_id: UUID, *, is_shared: bool) -> Attribute | None:
    """A shared value; for an own one also one of the tenant's own."""
    own = None if is_shared else await own_attribute(session, attribute_id)
    return own or await shared_attribute(session, attribute_id)


def _no_parent(message: str) -> Refused:
    return Refused(UserErrorCode.INVALID, message, field="parent_id")


async def _delete(session: WriteSession, viewer: Viewer, attribute: Attribute, *, is_used: bool) -> None:
    if is_used:
        message = "Products have this value, or other values are below it: make it inactive instead."
        raise Refused(UserErrorCode.CONFLICT, message, field="attribute_id")
    await session.delete(attribute)
    _note(session, viewer, "attribute.deleted", attribute, before=_shown(attribute), after=None)


def _note(
    session: WriteSession,
    viewer: Viewer,
    action: str,
    attribute: Attribute,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """What becomes of a shared value is in the installation's log."""
    record(
        session,
        viewer,
        action=action,
        target_type="Attribute",
        target_id=attribute.id,
        before=before,
        after=after,
        in_tenant=INSTALLATION if attribute.shared else None,
    )


def _shown(attribute: Attribute) -> dict[str, Any]:
    return attribute.model_dump(mode="json", include=_SHOWN)
