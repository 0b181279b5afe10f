"""Naming overrides: their list, what an override shows, and the mutations that set and remove them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import strawberry

from analytics.enums import NamingLevel, OverrideScope
from errors import BadInput
from execution.limits.list_sizes import DEFAULT_PAGE
from models.naming.override import NamingOverride
from models.people.user import User
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import IdNotes, claimed_id, wrong_id
from resolvers.mutation import UserError, mutation
from resolvers.node_id import decode_id, encode_id, split_id
from resolvers.ok import OkAnswer, done
from resolvers.page import Page, window
from services.naming import overrides as saved
from services.naming.overrides import MOST_AT_ONCE, OverrideWish

_TYPES = {NamingLevel.CAMPAIGN: "Campaign", NamingLevel.AD_SET: "AdSet", NamingLevel.AD: "Ad"}
_LEVELS = {name: level for level, name in _TYPES.items()}


@strawberry.input(one_of=True, description="What an override speaks of, from the narrowest to the widest.")
class OverrideTargetInput:
    entity_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A campaign, an ad set or an ad; what is below it inherits the value."
    )
    creative_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="All ads that show this creative."
    )
    exact_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whatever has this name; case and repeated spaces do not count."
    )
    name_pattern: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whatever has such a name: `*` is any text, `?` one character, `\\` before either means itself.",
    )
    value: str | None = strawberry.field(
        default=strawberry.UNSET, description="A mistaken value of the field, which is replaced before it is read."
    )


@strawberry.input
class NamingOverrideInput:
    target: OverrideTargetInput = strawberry.field(description="What the override speaks of.")
    field: str = strawberry.field(description="The key of the field, 1 to 50 characters.")
    value: str | None = strawberry.field(default=strawberry.UNSET, description="Null clears the field.")
    reason: str | None = strawberry.field(default=strawberry.UNSET, description="Why, for others; at most 500.")


created_by = loaded(
    lambda loaders, override: loaders.users_by_id.load(override.created_by) if override.created_by else None, shows=User
)


def target(root: strawberry.Parent[NamingOverride]) -> str:
    """The id as the API has it, or the text."""
    if root.level is not None:
        return encode_id(_TYPES[root.level], UUID(root.target))
    return encode_id("Creative", UUID(root.target)) if root.scope is OverrideScope.CREATIVE else root.target


async def naming_overrides(
    info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET
) -> Page[NamingOverride]:
    viewer, db = signed_in(info), info.context.db
    found = await saved.list_naming_overrides(db, viewer, window(first, after))
    return Page(found, lambda: saved.number_of_overrides(db, viewer))


@dataclass(slots=True)
class OverridesAnswer:
    """What setting overrides came to; without user errors it was done, or tried out."""

    overrides: list[NamingOverride] = field(default_factory=list)
    changed: int = 0
    conflicts: int = 0
    user_errors: list[UserError] = field(default_factory=list)


@mutation(OverridesAnswer, called={"wishes": "overrides"})
async def set_naming_overrides(
    info: Info,
    overrides: list[NamingOverrideInput],
    dry_run: bool = False,
) -> OverridesAnswer:
    tools, viewer = info.context.tools, signed_in(info)
    if len(overrides) > MOST_AT_ONCE:  # before ten times as many are read
        overrides = overrides[: MOST_AT_ONCE + 1]
    wishes = [_wish(each, info.context, place) for place, each in enumerate(overrides)]
    found = await saved.set_naming_overrides(tools.db, tools.clock, viewer, wishes, is_trial=dry_run)
    return OverridesAnswer(list(found.overrides), found.changed, found.conflicts)


@mutation(OkAnswer)
async def remove_naming_override(
    info: Info, override_id: Annotated[strawberry.ID, strawberry.argument(name="id")]
) -> OkAnswer:
    wanted = claimed_id(info.context, override_id, "NamingOverride")
    return done("NamingOverride", await saved.remove_naming_override(info.context.tools.db, signed_in(info), wanted))


def _wish(wanted: NamingOverrideInput, notes: IdNotes, place: int) -> OverrideWish:
    scope, target, level = _target(wanted.target)
    if target is None and notes.wrong_id is None:
        notes.wrong_id = _wrong(wanted.target, ("overrides", str(place), "target"))
    return OverrideWish(scope, target, wanted.field, given(wanted.value), given(wanted.reason), level)


def _target(wanted: OverrideTargetInput) -> tuple[OverrideScope, UUID | str | None, NamingLevel | None]:
    """What is spoken of; None is a text that is no id of the right type."""
    if (entity_id := given(wanted.entity_id)) is not None:
        parts = split_id(entity_id)
        level = _LEVELS.get(parts[0]) if parts is not None else None
        return OverrideScope.ENTITY, parts[1] if parts is not None and level is not None else None, level
    if (creative_id := given(wanted.creative_id)) is not None:
        return OverrideScope.CREATIVE, decode_id(creative_id, "Creative"), None
    for scope, written in (
        (OverrideScope.EXACT_NAME, given(wanted.exact_name)),
        (OverrideScope.NAME_PATTERN, given(wanted.name_pattern)),
        (OverrideScope.VALUE, given(wanted.value)),
    ):
        if written is not None:
            return scope, written, None
    raise AssertionError("@oneOf lets nothing else pass")


def _wrong(wanted: OverrideTargetInput, at: Sequence[str]) -> BadInput:
    """What is wrong with a target's id."""
    if (entity_id := given(wanted.entity_id)) is not None:
        return wrong_id(entity_id, *_LEVELS, at=(*at, "entityId"))
    return wrong_id(given(wanted.creative_id) or "", "Creative", at=(*at, "creativeId"))
