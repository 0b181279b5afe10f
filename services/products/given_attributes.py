"""Which values of the vocabulary a product is given: whether it may have them, and what changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from errors import Refused, UserErrorCode
from models.database import WriteSession
from models.products.vocabulary import attribute_ids_of, attributes_by_ids


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """The values that a product has, and those that it is to have."""

    before: frozenset[UUID] = frozenset()
    after: frozenset[UUID] = frozenset()

    @property
    def is_one(self) -> bool:
        return self.before != self.after


async def attribute_change(
    session: WriteSession, product_id: UUID | None, wanted: Sequence[UUID | None] | None
) -> AttributeChange:
    """What becomes of the product's values; without `wanted` they stay, and a product without an id is new.

    Raises Refused INVALID with the place of each value that is none, or is inactive and not the product's already.
    """
    if wanted is None:
        return AttributeChange()
    before = frozenset() if product_id is None else frozenset(await attribute_ids_of(session, product_id))
    ids = [*{each for each in wanted if each is not None}]
    active = {each.id for each in await attributes_by_ids(session, ids) if each.is_active}
    faults = [
        Refused(UserErrorCode.INVALID, "There is no such value, or it is inactive.", field="attribute_ids", place=place)
        for place, each in enumerate(wanted)
        if each is None or each not in active | before
    ]
    if faults:
        first, *others = faults
        first.others = others
        raise first
    return AttributeChange(before, frozenset(ids))
