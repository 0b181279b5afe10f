"""The vocabulary of products: its list, what a value shows, and the mutations that save and delete values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.channels.channel import ChannelKind
from models.products.attribute import AttributeKind, OwnAttribute, SharedAttribute
from models.products.vocabulary import Attribute, AttributeFilter
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id, wanted_id
from resolvers.mutation import mutation
from resolvers.node_id import decode_id
from resolvers.ok import OkAnswer, done
from resolvers.page import Page, window
from services.products import vocabulary as kept
from services.products.attribute_wishes import MOST_MAPPINGS, AttributeWish, MappingWish
from services.products.wishes import MOST_ATTRIBUTES

OF_PRODUCT = ListLength(MOST_ATTRIBUTES)
MAPPINGS_LENGTH = ListLength(MOST_MAPPINGS)
_TYPE = "Attribute"
# No row's id.
_NOTHING = UUID(int=0)


@strawberry.input(description="What a channel calls a value.")
class AttributeMappingInput:
    channel_kind: ChannelKind = strawberry.field(description="The kind of channel.")
    market: str | None = strawberry.field(
        default=strawberry.UNSET, description="One of its markets, such as EBAY_DE; null: all that have no own mapping."
    )
    external_id: str = strawberry.field(description="The channel's own id of the term, 1 to 200 characters.")


@strawberry.input(description="A value that products may have.")
class AttributeInput:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The value to change; absent: a new one."
    )
    kind: AttributeKind = strawberry.field(description="What it says of a product; it stays.")
    key: str = strawberry.field(
        description="The name by which programs know it: 1 to 64 of a-z, 0-9, - and _, no other value of the kind has "
        "it; it stays."
    )
    label: str = strawberry.field(description="What people read: 1 to 100 characters.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The value right above it, of the same kind; absent or null: none."
    )
    shared: bool = strawberry.field(
        default=False, description="Of the installation, for all tenants: only its staff may."
    )
    is_active: bool = strawberry.field(default=True, description="False: no other product can be given it.")
    mappings: list[AttributeMappingInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 50, one for each kind of channel and market; absent or null: they stay.",
    )


@dataclass(frozen=True, slots=True)
class ShownMapping:
    channel_kind: ChannelKind
    market: str | None
    external_id: str
    external_name: str | None


async def attributes(
    info: Info,
    kind: AttributeKind,
    *,
    search: str | None = strawberry.UNSET,
    parent_id: strawberry.ID | None = strawberry.UNSET,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[OwnAttribute | SharedAttribute]:
    viewer, db, parent = signed_in(info), info.context.db, given(parent_id)
    below = None if parent is None else wanted_id(parent, _TYPE, at=["parentId"])
    wanted = AttributeFilter(kind, given(search), below)
    found = await kept.list_attributes(db, viewer, wanted, window(first, after))
    return Page(found, lambda: kept.number_of_attributes(db, viewer, wanted))


attributes_of = loaded(
    lambda loaders, product: loaders.attributes_by_product.load(product.id),
    shows=list[OwnAttribute | SharedAttribute],
)
parent = loaded(
    lambda loaders, attribute: loaders.attributes_by_id.load(attribute.parent_id) if attribute.parent_id else None,
    shows=OwnAttribute | SharedAttribute | None,
)


def mappings(root: strawberry.Parent[OwnAttribute]) -> list[ShownMapping]:
    return [
        ShownMapping(ChannelKind(each["channel_kind"]), each["market"], each["external_id"], each["external_name"])
        for each in root.mappings
    ]


@mutation("attribute", called={"attribute_id": "id"})
async def save_attribute(info: Info, input: AttributeInput) -> Attribute:  # noqa: A002 - the API's name
    tools = info.context.tools
    return await kept.save_attribute(tools.db, tools.clock, signed_in(info), _wish(info, input))


@mutation(OkAnswer)
async def delete_attribute(
    info: Info, attribute_id: Annotated[strawberry.ID, strawberry.argument(name="id")]
) -> OkAnswer:
    wanted = claimed_id(info.context, attribute_id, _TYPE)
    return done(_TYPE, await kept.delete_attribute(info.context.tools.db, signed_in(info), wanted))


def _wish(info: Info, wanted: AttributeInput) -> AttributeWish:
    own_id, above, listed = given(wanted.id), given(wanted.parent_id), given(wanted.mappings)
    return AttributeWish(
        kind=wanted.kind,
        key=wanted.key,
        label=wanted.label,
        attribute_id=None if own_id is None else claimed_id(info.context, own_id, _TYPE, at=["input", "id"]),
        is_new=own_id is None,
        parent_id=None if above is None else decode_id(above, _TYPE) or _NOTHING,
        is_shared=wanted.shared,
        is_active=wanted.is_active,
        mappings=None if listed is None else _mappings(listed),
    )


def _mappings(listed: Sequence[AttributeMappingInput]) -> list[MappingWish]:
    """One more than a value may have is refused as too many."""
    return [
        MappingWish(each.channel_kind, given(each.market), each.external_id) for each in listed[: MOST_MAPPINGS + 1]
    ]
