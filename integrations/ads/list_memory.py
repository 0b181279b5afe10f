"""What a session has learned about lists: how large pages may be, which fields are refused, and what was lost."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import structlog

from integrations.ads.questions import PAGE_ROWS

_log = structlog.get_logger(__name__)

# When so many objects of a kind were refused, the others are taken to be refused too and not asked for one by one.
MOST_LOST_OBJECTS = 20
# A field that was refused for so many objects is not asked for any more.
_MOST_REFUSALS = 2


@dataclass(frozen=True, slots=True)
class Loss:
    """What was refused in every way of asking: a field of an object, an object, or, without both, the rest of a list.

    `changed` is the time at which the lost rows were last changed, where only a window of the list is lost.
    """

    kind: str
    message: str
    object_id: str | None = None
    field_name: str | None = None
    changed: str | None = None


@dataclass(slots=True)
class ListMemory:
    """By kind of list: how many rows a page may have, which fields are not asked for, and what was lost.

    `unnamed` has, by list, the seconds in which rows were changed that the platform refuses even for their ids. It goes
    by list since a second of one list says nothing of another one of the same kind, such as that of archived objects.
    """

    page_rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unnamed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    losses: list[Loss] = field(default_factory=list)
    is_changed: bool = False
    # How many rows of a kind were refused since one was answered.
    refused_in_a_row: Counter[str] = field(default_factory=Counter)
    # How many losses `take_losses` has answered already.
    _told: int = 0
    # For how many objects a field was refused, by kind and field.
    _refusals: Counter[tuple[str, str]] = field(default_factory=Counter)

    def rows_per_page(self, kind: str) -> int:
        return self.page_rows.get(kind, PAGE_ROWS)

    def shrink(self, kind: str, page_rows: int) -> None:
        self.page_rows[kind], self.is_changed = page_rows, True

    def leave_out(self, kind: str, name: str) -> None:
        self.left_out[kind].add(name)
        self.is_changed = True

    def note_unnamed(self, listing: str, second: int, *, is_there: bool) -> None:
        self.is_changed |= is_there is not (second in self.unnamed[listing])
        if is_there:
            self.unnamed[listing].add(second)
        else:
            self.unnamed[listing].discard(second)

    def lose(self, loss: Loss, *, needed: Collection[str] = ()) -> None:
        self.losses.append(loss)
        _log.warning("list_incomplete", kind=loss.kind, object_id=loss.object_id, field=loss.field_name)
        if loss.field_name is not None and loss.field_name not in needed:
            self._refusals[loss.kind, loss.field_name] += 1
            if self._refusals[loss.kind, loss.field_name] == _MOST_REFUSALS:
                self.leave_out(loss.kind, loss.field_name)

    def take_losses(self) -> list[Loss]:
        """The losses since this was last called."""
        losses, self._told = self.losses[self._told :], len(self.losses)
        return losses

    def lost_objects(self, kind: str) -> int:
        return sum(loss.kind == kind and loss.field_name is None for loss in self.losses)

    def lost_ids(self, kind: str) -> set[str]:
        found = (loss.object_id for loss in self.losses if loss.kind == kind and loss.field_name is None)
        return {object_id for object_id in found if object_id is not None}

    def is_given_up(self, kind: str) -> bool:
        """Whether so many objects of the kind were refused that no more of them are asked for by id."""
        return self.lost_objects(kind) >= MOST_LOST_OBJECTS
