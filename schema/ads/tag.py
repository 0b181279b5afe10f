"""Tag: what a field of names says of an entity."""

import strawberry

from analytics.enums import TagSource


@strawberry.type(description="What a field of names says of a campaign, ad set, ad or creative.")
class Tag:
    field: str = strawberry.field(description="The key of the field, as naming templates have it.")
    value: str | None = strawberry.field(description="Null where the name lacks it, or a person has taken it away.")
    source: TagSource
