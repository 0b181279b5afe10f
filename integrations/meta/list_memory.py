"""Owns what is known of lists: how large their pages may be, which fields are refused, and what was lost of them."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import structlog

from integrations.meta.insights.asking import PAGE_ROWS

_log = structlog.get_logger(__name__)

# So many objects of a kind that are refused say that the others will be as well.
MOST_LOST_OBJECTS = 20
# A field that is refused of so many objects is left out of all.
_MOST_REFUSALS = 2


@dataclass(frozen=True, slots=True)
class Loss:
    """What was refused however it was asked for: a field of an object, an object, or without either a list's rest.

    `changed`: of a list that was refused around an object without an id, when what is lost of it was last changed.
    """

    kind: str
    message: str
    object_id: str | None = None
    field_name: str | None = None
    changed: str | None = None


@dataclass(slots=True)
class ListMemory:
    """By kind of list: how many rows a page may have, and which fields are left out of the questions."""

    page_rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    losses: list[Loss] = field(default_factory=list)
    is_changed: bool = False
    # By kind, rows of which nothing was answered since the last of which something was.
    refused_in_a_row: Counter[str] = field(default_factory=Counter)
    _told: int = 0
    # Of fields that single objects were refused with.
    _refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows_per_page(self, kind: str) -> int:
        return self.page_rows.get(kind, PAGE_ROWS)

    def shrink(self, kind: str, page_rows: int) -> None:
        self.page_rows[kind], self.is_changed = page_rows, True

    def leave_out(self, kind: str, name: str) -> None:
        self.left_out[kind].add(name)
        self.is_changed = True

    def lose(self, loss: Loss, *, needed: Collection[str] = ()) -> None:
        self.losses.append(loss)
        _log.warning("list_incomplete", kind=loss.kind, object_id=loss.object_id, field=loss.field_name)
        if loss.field_name is not None and loss.field_name not in needed:
            self._refusals[loss.kind, loss.field_name] += 1
            if self._refusals[loss.kind, loss.field_name] == _MOST_REFUSALS:
                self.leave_out(loss.kind, loss.field_name)

    def take_losses(self) -> list[Loss]:
        """Those since the last time."""
        losses, self._told = self.losses[self._told :], len(self.losses)
        return losses

    def lost_objects(self, kind: str) -> int:
        return sum(loss.kind == kind and loss.field_name is None for loss in self.losses)

    def lost_ids(self, kind: str) -> set[str]:
        found = (loss.object_id for loss in self.losses if loss.kind == kind and loss.field_name is None)
        return {object_id for object_id in found if object_id is not None}

    def is_given_up(self, kind: str) -> bool:
        """So many objects were refused that no more are asked for by their ids."""
        return self.lost_objects(kind) >= MOST_LOST_OBJECTS
