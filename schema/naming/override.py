"""NamingOverride: what people say instead of names, and the mutations on it."""

from datetime import datetime

import strawberry

from analytics.enums import OverrideScope
from models.naming.override import NamingOverride as NamingOverrideRow
from resolvers.naming import overrides
from schema.field import field
from schema.node import Node, entity
from schema.ok_payload import OkPayload
from schema.people.user import User
from schema.user_error import UserError


@entity(
    NamingOverrideRow,
    description="What a person says of a field, whatever names say. It outlives templates, renames and deleted ads, "
    "and is never sent to the ad platform.",
)
class NamingOverride(Node):
    scope: OverrideScope = field(description="What `target` is.")
    target: str = field(overrides.target, description="The id, the name, the pattern or the mistaken value.")
    created_by: User | None = field(overrides.created_by, description="Null when they are no member any more.")
    created_at: datetime
    value: str | None = strawberry.field(description="Null clears the field.")
    reason: str | None = strawberry.field(description="Why; null where nobody said.")
    # The last one: from here on its name is that of the field within the class.
    field: str = strawberry.field(description="The key of the field.")


@strawberry.type
class NamingOverridesPayload:
    overrides: list[NamingOverride] = field(
        description="Each of the call, in its order: new ones, and those that said the same already. None of a dry run."
    )
    changed: int = field(description="The campaigns, ad sets and ads whose tags change.")
    conflicts: int = field(
        description="Pairs that say different things of the same target and field: two of the call, or one of it and "
        "the stored one. The later one counts."
    )
    user_errors: list[UserError]


@strawberry.type
class NamingOverrideMutations:
    set_naming_overrides: NamingOverridesPayload | None = field(
        overrides.set_naming_overrides,
        description="Says what fields are, whatever names say: 1 to 10,000 in a call, 100,000 a tenant, of which "
        "10,000 by NAME_PATTERN. ENTITY counts before CREATIVE, EXACT_NAME, NAME_PATTERN and VALUE, "
        "within a scope the latest. What is said already is not "
        "stored again. A dry run counts exactly what the call would change, and changes nothing. Needs EDIT_NAMING.",
        is_large=True,
    )
    remove_naming_override: OkPayload | None = field(
        overrides.remove_naming_override,
        description="Undoes it: what was said before holds again. Needs EDIT_NAMING.",
    )
