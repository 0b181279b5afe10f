"""Naming overrides: what people say instead of names; sets, removes and lists them. None is ever sent to a platform."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from analytics.clock import Clock
from analytics.enums import NamingLevel, OverrideScope
from analytics.naming.checks import LONGEST_KEY, is_field_key
from analytics.naming.globs import is_loose
from analytics.naming.normal import folded
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.ads.named_entities import known_creatives, named_by_ids
from models.audit.entry import record
from models.database import Database, WriteSession
from models.keyset import KeysetPage, Window
from models.naming.override import (
    ABOUT_ANYTHING,
    LONGEST_REASON,
    LONGEST_TARGET,
    MOST_OVERRIDES,
    NamingOverride,
    about_of,
    count_overrides,
    delete_overrides,
    insert_overrides,
    last_ordinal,
    naming_override,
    new_override,
    overrides_about,
    overrides_page,
)
from models.tenants.tenant import raise_naming_version
from services.naming.merging import OverrideMerge
from services.naming.override_source import OverrideSource
from services.naming.tagging import forget_changes, tag_overridden
from services.naming.templates import lock_naming
from services.naming.turns import in_turns

# In one call.
MOST_AT_ONCE = 10_000
LONGEST_VALUE = 2_000
# Of one tenant: a pattern may have to be tried on every name that there is, and a loose one has to be on most.
MOST_PATTERNS = 10_000
MOST_LOOSE_PATTERNS = 1_000
_LONGEST = {OverrideScope.NAME_PATTERN: 400}
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# Of one call, in the audit log.
_MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class OverrideWish:
    """What somebody wants to say of a field; `level` is what an entity is. A target of None is the id of nothing."""

    scope: OverrideScope
    target: UUID | str | None
    field: str
    value: str | None
    reason: str | None = None
    level: NamingLevel | None = None


@dataclass(frozen=True, slots=True)
class OverridesSet:
    """What a call came to: the override of each wish, in their order, and none of a trial.

    `changed` counts the entities whose tags change, `conflicts` the pairs that say different things of the same.
    """

    overrides: Sequence[NamingOverride]
    changed: int
    conflicts: int


async def set_naming_overrides(
    db: Database, clock: Clock, viewer: Viewer, wishes: Sequence[OverrideWish], *, is_trial: bool
) -> OverridesSet:
    """Stores overrides and gives everything the tags that follow; needs EDIT_NAMING. A trial changes nothing.

    What holds already is not stored again. Raises Refused: INVALID, NOT_FOUND for an entity or a creative,
    QUOTA_EXCEEDED where the tenant would have more than MOST_OVERRIDES, or too many patterns.
    """
    require(viewer, Permission.EDIT_NAMING)
    _check(wishes)
    async with db.write(viewer) as session:
        await lock_naming(session)
        await _check_targets(session, wishes)
        about = {about_of(each.scope, each.target) async for each in in_turns(wishes) if each.target is not None}
        merge = OverrideMerge(await overrides_about(session, [ABOUT_ANYTHING, *about]))
        wanted = _rows(wishes, session, viewer, now=clock(), after=await last_ordinal(session))
        answered = [merge.add(each) async for each in in_turns(wanted)]
        await _check_room(merge, stored=await count_overrides(session))
        changed = set[UUID]()
        if merge.new:
            changed = await (_try_out(session, merge) if is_trial else _store(session, viewer, merge))
    return OverridesSet([] if is_trial else answered, len(changed), merge.conflicts)


async def remove_naming_override(db: Database, viewer: Viewer, override_id: UUID | None) -> UUID:
    """Undoes an override: what was said before it holds again. Answers its id; needs EDIT_NAMING.

    Raises Refused: NOT_FOUND.
    """
    require(viewer, Permission.EDIT_NAMING)
    async with db.write(viewer) as session:
        await lock_naming(session)
        override = None if override_id is None else await naming_override(session, override_id)
        if override is None:
            raise Refused(UserErrorCode.NOT_FOUND, "There is no such naming override.", field="override_id")
        await delete_overrides(session, [override.id])
        await raise_naming_version(session)
        await tag_overridden(session, OverrideSource(session), [override])
        record(
            session,
            viewer,
            action="naming_override.removed",
            target_type="NamingOverride",
            target_id=override.id,
            before=_shown(override),
        )
    return override.id


async def list_naming_overrides(db: Database, viewer: Viewer, window: Window) -> KeysetPage[NamingOverride]:
    """One page of the tenant's overrides, the newest first; needs READ. Raises BadInput for another list's cursor."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await overrides_page(session, window)


async def number_of_overrides(db: Database, viewer: Viewer) -> int:
    """How many overrides the tenant has; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_overrides(session)


async def _check_room(merge: OverrideMerge, *, stored: int) -> None:
    """Raises Refused: QUOTA_EXCEEDED where more would hold afterwards than a tenant may have."""
    if stored + len(merge.new) - len(merge.gone) > MOST_OVERRIDES:
        message = f"A tenant has at most {MOST_OVERRIDES:,} naming overrides: remove some that nobody needs."
        raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)
    if not any(each.scope is OverrideScope.NAME_PATTERN for each in merge.new.values()):
        return
    patterns = merge.patterns
    if len(patterns) > MOST_PATTERNS:
        message = f"A tenant has at most {MOST_PATTERNS:,} patterns of names: remove some that nobody needs."
        raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)
    if sum([is_loose(folded(each)) async for each in in_turns(patterns)]) > MOST_LOOSE_PATTERNS:
        message = (
            f"A tenant has at most {MOST_LOOSE_PATTERNS:,} patterns of names that neither begin nor end with a certain "
            "character and have nowhere three in a row: make them longer, or say whole names."
        )
        raise Refused(UserErrorCode.QUOTA_EXCEEDED, message)


async def _try_out(session: WriteSession, merge: OverrideMerge) -> set[UUID]:
    """The entities whose tags would change."""
    new = merge.new.values()
    return await tag_overridden(session, OverrideSource(session, gone=merge.gone, new=new), new, forget_changes)


async def _store(session: WriteSession, viewer: Viewer, merge: OverrideMerge) -> set[UUID]:
    """The entities whose tags have changed."""
    new = list(merge.new.values())
    await delete_overrides(session, list(merge.gone))
    await insert_overrides(session, new)
    await raise_naming_version(session)
    changed = await tag_overridden(session, OverrideSource(session), new)
    told = {"count": len(new), "changed": len(changed), "overrides": [_shown(each) for each in new[:_MOST_TOLD]]}
    record(session, viewer, action="naming_overrides.set", target_type="NamingOverride", after=told)
    return changed


def _check(wishes: Sequence[OverrideWish]) -> None:
    if not 1 <= len(wishes) <= MOST_AT_ONCE:
        message = f"One call sets 1 to {MOST_AT_ONCE:,} overrides, not {len(wishes):,}."
        raise Refused(UserErrorCode.INVALID, message, field="wishes")
    for place, wish in enumerate(wishes):
        for fault in _faults(wish):
            raise Refused(UserErrorCode.INVALID, fault, field="wishes", place=place)


def _faults(wish: OverrideWish) -> Iterator[str]:
    if not is_field_key(wish.field):
        yield f"A field is a letter, then letters, digits and underscores: at most {LONGEST_KEY} characters."
    if wish.value is not None and not _is_text(wish.value, LONGEST_VALUE):
        yield f"A value has 1 to {LONGEST_VALUE:,} characters, without NUL; null clears the field."
    if wish.reason is not None and not _is_text(wish.reason, LONGEST_REASON):
        yield f"A reason has 1 to {LONGEST_REASON} characters, without NUL."
    longest = _LONGEST.get(wish.scope, LONGEST_TARGET)
    if isinstance(wish.target, str) and not (_is_text(wish.target, longest) and folded(wish.target)):
        yield f"A name, a pattern or a mistaken value has 1 to {longest:,} characters, and more than spaces."


def _is_text(text: str, longest: int) -> bool:
    """Whether Postgres can store it: NUL and halves of surrogate pairs are refused there."""
    return 1 <= len(text) <= longest and _UNSTORABLE.search(text) is None


async def _check_targets(session: WriteSession, wishes: Sequence[OverrideWish]) -> None:
    """Raises Refused for the first entity or creative that the tenant does not have."""
    known = set[UUID]()
    ids = {each.target: each for each in wishes if isinstance(each.target, UUID)}
    for level in NamingLevel:
        found = await named_by_ids(session, level, [of for of, wish in ids.items() if wish.level is level])
        known.update(each.id for each in found)
    known |= await known_creatives(session, [of for of, wish in ids.items() if wish.level is None])
    for place, wish in enumerate(wishes):
        if wish.target is None or (isinstance(wish.target, UUID) and wish.target not in known):
            message = "There is no such campaign, ad set, ad or creative."
            raise Refused(UserErrorCode.NOT_FOUND, message, field="wishes", place=place)


def _rows(
    wishes: Sequence[OverrideWish], session: WriteSession, viewer: Viewer, *, now: datetime, after: int
) -> Iterator[NamingOverride]:
    for ordinal, wish in enumerate(wishes, start=after + 1):
        yield new_override(
            tenant_id=session.tenant_id,
            ordinal=ordinal,
            scope=wish.scope,
            level=wish.level,
            target=wish.target or "",  # what has none was refused before
            field=wish.field,
            value=wish.value,
            reason=wish.reason,
            created_by=viewer.user_id,
            created_at=now,
        )


def _shown(override: NamingOverride) -> dict[str, Any]:
    """What the audit log says of an override."""
    shown = {"scope", "level", "target", "field", "value", "reason"}
    return {name: getattr(override, name) for name in shown}
