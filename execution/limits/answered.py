"""What an answer really cost: its objects are counted list by list, not one by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from operator import itemgetter
from types import NoneType
from typing import Any

from execution.limits.cost import Cost, Place
from execution.limits.cost_shape import CostPart

# How many objects there are at paths of names in the answer; the empty path is that of the part itself.
Counts = Mapping[tuple[str, ...], int]


class Spliced:
    """A part of the answer that is JSON already, with the numbers of its objects.

    A number that is not told is taken to be the one that was asked for. Where it `is_whole`, all are told: a part
    without one was left out of the answer.
    """

    __slots__ = ("counts", "is_whole", "text")

    def __init__(self, text: bytes, counts: Counts, *, is_whole: bool = False) -> None:
        self.text = text
        self.counts = counts
        self.is_whole = is_whole


_NOTHING_TOLD, _ONE_TOLD = Spliced(b"", {}), Spliced(b"", {(): 1})


class Answered:
    """The points of one answer to an operation.

    With `has_errors` a null counts as all that was asked for in its place: how far the work for it came is not known,
    and what is made to fail must not be had for nothing.
    """

    def __init__(self, cost: Cost, *, has_errors: bool) -> None:
        self._cost = cost
        self._has_errors = has_errors

    def points(self, data: Mapping[str, Any] | None, *, requested: int) -> int:
        """At least 1, and never more than what was requested: lists can be longer than they were assumed to be."""
        if not isinstance(data, dict):  # nothing came, or nobody can look into it
            return 1 if data is None and not self._has_errors else requested
        shape = self._cost.shape
        points = shape.weight + _by_name(
            (part, self._part(part, [data], self._cost.root(part))) for part in shape.parts
        )
        return max(1, min(requested, points))

    def _part(self, part: CostPart, owners: Sequence[Any], place: Place) -> int:
        """The points of one field of these objects; `place` is that of one of them."""
        if part.is_always and part.length is None and part.whole is not None:
            return len(owners) * (part.weight + part.whole)
        values = _values(part.key, owners)
        points = len(values) * part.weight
        kinds = set(map(type, values))
        if NoneType in kinds:
            points += self._failed(part, values.count(None), place)
            values = [value for value in values if value is not None]
        if kinds <= {dict, NoneType}:
            return points + self._objects(part, values, place)
        lists = [value for value in values if type(value) is list]
        objects = [value for value in values if type(value) is dict]
        others = [value for value in values if type(value) not in (list, dict)]
        points += self._items(part, lists, place) + self._objects(part, objects, place)
        tellers = (each if isinstance(each, Spliced) else _NOTHING_TOLD for each in others)
        return points + sum(self._told(part, each, (), place) for each in tellers)

    def _items(self, part: CostPart, lists: Sequence[Sequence[Any]], place: Place) -> int:
        items = lists[0] if len(lists) == 1 else list(chain.from_iterable(lists))
        kinds = set(map(type, items))
        points = 0
        if NoneType in kinds:
            nothing = items.count(None)
            points += nothing * self._told(part, _ONE_TOLD, (), place) if self._has_errors else 0
            items = [item for item in items if item is not None]
        if list in kinds:
            return points + self._items(part, [item for item in items if type(item) is list], place)
        return points + self._objects(part, items, place)

    def _objects(self, part: CostPart, objects: Sequence[Any], place: Place) -> int:
        if part.whole is not None or not objects:
            return len(objects) * (part.whole or 0)
        below = self._below(part, place)
        return len(objects) * part.own + _by_name((each, self._part(each, objects, below)) for each in part.parts)

    def _failed(self, part: CostPart, number: int, place: Place) -> int:
        """The points of what is not there, beside the weight of its field."""
        if not self._has_errors:
            return 0
        return number * (self._cost.points_of(part, place) - part.weight)

    def _told(self, part: CostPart, told: Spliced, path: tuple[str, ...], place: Place) -> int:
        """The points of objects that only their numbers are known of, beside the weight of their field.

        `place` has as many owners as there are.
        """
        number = told.counts.get(path, self._cost.below(part, place).number)
        one = self._below(part, place)
        below = replace(one, number=number, copies=number)
        inside = [(each, (*path, each.key)) for each in part.parts]
        return number * part.own + _by_name(
            (
                each,
                number * each.weight
                + self._told(each, told, its_path, below)
                + self._failed(each, _nulls(each, number, told.counts.get(its_path)), one),
            )
            for each, its_path in inside
            if not told.is_whole or its_path in told.counts
        )

    def _below(self, part: CostPart, place: Place) -> Place:
        """The place of one of the objects that a field leads to."""
        return replace(self._cost.below(part, place), number=1, copies=1)


def _values(key: str, owners: Sequence[Any]) -> list[Any]:
    """What the objects have under the name; some may not have it, since it was left out."""
    try:
        return list(map(itemgetter(key), owners))
    except KeyError:
        return [owner[key] for owner in owners if key in owner]


def _nulls(part: CostPart, owners: int, told: int | None) -> int:
    """How many of the owners have null where the field leads to an object, of which so many are told."""
    return 0 if told is None or part.length is not None else max(0, owners - told)


def _by_name(points: Iterable[tuple[CostPart, int]]) -> int:
    """The sum; of several parts of one name the dearest.

    They belong to types that exclude each other, and the answer does not say which of them it has.
    """
    dearest: dict[str, int] = {}
    for part, each in points:
        dearest[part.key] = max(each, dearest.get(part.key, 0))
    return sum(dearest.values())
