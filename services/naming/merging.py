"""Puts new overrides beside the stored ones: which are stored, which are said already, and which contradict; pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from uuid import UUID

from analytics.enums import OverrideScope
from analytics.naming.normal import folded
from models.naming.override import NamingOverride

_Key = tuple[OverrideScope, str, str]


def key_of(override: NamingOverride) -> _Key:
    """What an override speaks of: two with equal keys mean the same names or things, and the same field."""
    is_id = override.scope in (OverrideScope.ENTITY, OverrideScope.CREATIVE)
    return override.scope, override.target if is_id else folded(override.target), override.field


class OverrideMerge:
    """`new` are to be stored, `gone` are replaced by one of them that says the same later.

    Of the stored ones it needs all patterns, and those that speak of the same as what is added.
    A pattern that is said again counts from now on: of several patterns that fit a name the latest wins.
    """

    def __init__(self, stored: Sequence[NamingOverride]) -> None:
        self._stored = stored
        self._latest = {key_of(each): each for each in stored}
        self._before = {key: each.value for key, each in self._latest.items()}
        self._last_patterns = {each.field: each.id for each in stored if each.scope is OverrideScope.NAME_PATTERN}
        self._said: defaultdict[_Key, Counter[str | None]] = defaultdict(Counter)
        self.new: dict[UUID, NamingOverride] = {}
        self.gone: set[UUID] = set()

    def add(self, wanted: NamingOverride) -> NamingOverride:
        """The override that says what is wanted: the wanted one, which is new, or one that says so already."""
        key = key_of(wanted)
        self._said[key][wanted.value] += 1
        known = self._latest.get(key)
        if known is not None and known.value == wanted.value:
            if wanted.scope is not OverrideScope.NAME_PATTERN or self._last_patterns[wanted.field] == known.id:
                return known
            if self.new.pop(known.id, None) is None:
                self.gone.add(known.id)
        self._latest[key] = self.new[wanted.id] = wanted
        if wanted.scope is OverrideScope.NAME_PATTERN:
            self._last_patterns[wanted.field] = wanted.id
        return wanted

    @property
    def patterns(self) -> list[str]:
        """The patterns that hold afterwards."""
        held = (*(each for each in self._stored if each.id not in self.gone), *self.new.values())
        return [each.target for each in held if each.scope is OverrideScope.NAME_PATTERN]

    @property
    def conflicts(self) -> int:
        """The pairs that say different things of the same: two that were added, or an added one and the stored one."""
        pairs = 0
        for key, values in self._said.items():
            count = values.total()
            pairs += (count * count - sum(each * each for each in values.values())) // 2
            if key in self._before:
                pairs += count - values[self._before[key]]
        return pairs
