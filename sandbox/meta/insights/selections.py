"""Owns which ads recent questions were about, so that a page does not select them anew; must not select."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from sandbox.meta.data.objects import AdPlan

_KEPT = 256


@dataclass(slots=True)
class Selections:
    """By question; a question changes with every edit of the structure."""

    _ads: OrderedDict[Hashable, tuple[AdPlan, ...]] = field(default_factory=OrderedDict)

    def ads(self, query: Hashable, select: Callable[[], tuple[AdPlan, ...]]) -> tuple[AdPlan, ...]:
        if query not in self._ads:
            self._ads[query] = select()
            if len(self._ads) > _KEPT:
                self._ads.popitem(last=False)
        return self._ads[query]
