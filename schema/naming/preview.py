"""NamingPreview: what a template makes of a name before it is stored."""

import strawberry

from analytics.enums import NamingStatus, TagSource
from schema.field import field


@strawberry.type(description="What a template makes of one field of a name.")
class NamedTag:
    raw: str | None = strawberry.field(description="The part of the name; null where it has none.")
    value: str | None = strawberry.field(description="The tag's value: of an ENUM the code, of a DATE `YYYY-MM-DD`.")
    label: str | None = strawberry.field(description="Of an ENUM, what the code stands for.")
    source: TagSource = strawberry.field(description="Where the value is from; no override is asked for.")
    error: str | None = strawberry.field(description="What is wrong here, or with the name; null where nothing is.")
    suggestion: str | None = strawberry.field(
        description="The code that was meant, where at most two letters differ. It is never taken for the value."
    )
    # The last one: from here on its name is that of the field within the class.
    field: str = strawberry.field(description="The key of the field; `_copy` for the number of a copy.")


@strawberry.type(description="What a naming template makes of a name.")
class NamingPreview:
    name: str = field(description="As it was asked.")
    status: NamingStatus = field(description="Whether the name matches the template.")
    tags: list[NamedTag] = field(
        description="In the order of the template's fields; last `_copy`, where the name is that of a copy."
    )
