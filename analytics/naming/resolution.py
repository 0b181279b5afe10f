"""Finds out which overrides hold: ENTITY before CREATIVE, EXACT_NAME and NAME_PATTERN, the latest of each.

Those of scope VALUE are in `mending`: they replace a mistaken value in a name before it is read, and so come last.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from analytics.enums import OverrideScope
from analytics.naming.fields import Mended
from analytics.naming.globs import Globs
from analytics.naming.normal import folded, plain
from analytics.naming.override import OverrideRule

# Values by field.
Told = Mapping[str, str | None]

_NOTHING: Told = {}
# The scopes of what has one target.
_OF_ONE = (OverrideScope.ENTITY, OverrideScope.CREATIVE, OverrideScope.EXACT_NAME)


class Resolution:
    """The overrides are in the order in which they were made."""

    def __init__(self, overrides: Sequence[OverrideRule]) -> None:
        scopes: dict[OverrideScope, list[OverrideRule]] = {scope: [] for scope in OverrideScope}
        for each in overrides:
            scopes[each.scope].append(each)
        self.mending = _mending(scopes[OverrideScope.VALUE])
        self._said: dict[OverrideScope, dict[UUID | str, dict[str, str | None]]] = {each: {} for each in _OF_ONE}
        self._patterns = scopes[OverrideScope.NAME_PATTERN]
        self._globs = Globs([folded(str(each.target)) for each in self._patterns])
        self.tell(each for scope in _OF_ONE for each in scopes[scope])

    def tell(self, overrides: Iterable[OverrideRule]) -> None:
        """Adds overrides of entities, creatives and whole names, behind those that are known."""
        for each in overrides:
            target = folded(each.target) if isinstance(each.target, str) else each.target
            self._said[each.scope].setdefault(target, {})[each.field] = each.value

    def told_of(self, entity_id: UUID, creative_id: UUID | None) -> Told:
        """What overrides of the entity itself and of its creative say of each field."""
        of_entity = self._said[OverrideScope.ENTITY].get(entity_id, _NOTHING)
        of_creative = _NOTHING if creative_id is None else self._said[OverrideScope.CREATIVE].get(creative_id, _NOTHING)
        return {**of_creative, **of_entity} if of_entity and of_creative else of_entity or of_creative

    def is_about(self, name: str) -> bool:
        """Whether an override of names speaks of whatever has this name, which need not be plain."""
        return bool(self.told_of_name(plain(name)))

    def told_of_name(self, name: str) -> Told:
        """What overrides of names say of each field of whatever has this name (plain, its suffix kept)."""
        of_names = self._said[OverrideScope.EXACT_NAME]
        if not of_names and not self._patterns:
            return _NOTHING
        text = name.casefold()
        of_patterns = {self._patterns[place].field: self._patterns[place].value for place in self._globs.meaning(text)}
        return {**of_patterns, **of_names.get(text, _NOTHING)}


def _mending(overrides: Sequence[OverrideRule]) -> dict[str, Mended]:
    said: dict[str, dict[str, str | None]] = {}
    for each in overrides:
        said.setdefault(each.field, {})[folded(str(each.target))] = each.value
    return {**said}
