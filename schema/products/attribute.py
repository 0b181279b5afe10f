"""Attribute: a value that products may have, and the mutations on such values."""

from typing import Annotated

import strawberry

from models.channels.channel import ChannelKind
from models.products.attribute import AttributeKind, OwnAttribute, SharedAttribute
from resolvers.products import vocabulary
from schema.field import field
from schema.node import Node, entity
from schema.ok_payload import OkPayload
from schema.user_error import UserError


@strawberry.type(description="What a channel calls a value.")
class AttributeMapping:
    channel_kind: ChannelKind = strawberry.field(description="The kind of channel.")
    market: str | None = strawberry.field(
        description="One of its markets; null: all that have no mapping of their own."
    )
    external_id: str = strawberry.field(description="The channel's own id of the term.")
    external_name: str | None = strawberry.field(
        description="What the channel calls the term; null as long as nobody has asked it."
    )


@entity(
    OwnAttribute,
    SharedAttribute,
    description="A value that products may have: a shared one of the installation, kept by its staff, or the tenant's "
    "own.",
)
class Attribute(Node):
    kind: AttributeKind = field(description="What it says of a product.")
    key: str = field(description="The name by which programs know it; unique in its kind, and it stays.")
    label: str = field(description="What people read.")
    parent: Annotated["Attribute", strawberry.lazy("schema.products.attribute")] | None = field(
        vocabulary.parent, description="The value right above it; null: none is."
    )
    shared: bool = field(description="Whether all tenants of the installation have it.")
    is_active: bool = field(description="Whether products can be given it.")
    mappings: list[AttributeMapping] = field(
        vocabulary.mappings, description="What channels call it.", size=vocabulary.MAPPINGS_LENGTH
    )


@strawberry.type
class AttributePayload:
    attribute: Attribute | None = field(description="The value after the change; null when nothing was changed.")
    user_errors: list[UserError]


@strawberry.type
class AttributeMutations:
    save_attribute: AttributePayload | None = field(
        vocabulary.save_attribute,
        description="Makes a value, at most 5,000 of a tenant's own, or changes the one with this `id`. ALREADY_EXISTS "
        "for a key that a shared or an own value of the kind has. Needs EDIT_CATALOG, for a shared one to be staff of "
        "the installation.",
    )
    delete_attribute: OkPayload | None = field(
        vocabulary.delete_attribute,
        description="CONFLICT while products have it, deleted ones that can be restored among them, or other values "
        "are below it: make it inactive instead. Needs EDIT_CATALOG, for a shared one to be staff of the installation.",
    )
