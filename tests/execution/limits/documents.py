"""Random documents over a schema, and random answers to them; both are the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    parse,
)

from execution.limits.cost import Cost, Place
from execution.limits.cost_shape import CostPart, CostShape, cost_shape

DEEPEST = 5


def shape_of(core: GraphQLSchema, document: DocumentNode) -> CostShape:
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return cost_shape(core, operation, fragments)


class RandomDocument:
    """A query with fragments, aliases, directives and pages of any size; its arguments need not be valid."""

    def __init__(self, core: GraphQLSchema, rng: Random) -> None:
        self._core, self._rng = core, rng
        self._fragments: list[str] = []
        self._names = 0
        selected = self._selection(core.query_type, 0)
        self.text = "\n".join([f"query ($n: Int, $yes: Boolean!) {selected}", *self._fragments])

    def shape(self) -> CostShape:
        return shape_of(self._core, parse(self.text))

    def _selection(self, kind: Any, depth: int) -> str:
        parts = list(self._parts(kind, depth)) or ["__typename"]
        return "{ " + " ".join(parts) + " }"

    def _parts(self, kind: Any, depth: int) -> Iterator[str]:
        names = sorted(getattr(kind, "fields", {}))
        for name in self._rng.sample(names, min(len(names), self._rng.randint(1, 4))):
            yield from self._field(kind.fields[name], name, depth)
        if depth < DEEPEST and self._rng.random() < 0.3:
            yield self._spread(kind, depth)

    def _field(self, definition: Any, name: str, depth: int) -> Iterator[str]:
        below = get_named_type(definition.type)
        if not is_leaf_type(below) and depth >= DEEPEST:
            return
        asked = self._arguments(definition)
        # Fields of one name must be asked alike.
        alias = f"{self._name('a')}: " if asked or self._rng.random() < 0.2 else ""
        directive = self._rng.choice(["", "", "", " @include(if: $yes)", " @skip(if: $yes)"])
        selected = "" if is_leaf_type(below) else " " + self._selection(below, depth + 1)
        yield f"{alias}{name}{asked}{directive}{selected}"

    def _arguments(self, definition: Any) -> str:
        if "first" in definition.args:
            return self._rng.choice(["", "(first: 3)", "(first: 7)", "(first: $n)", "(first: null)"])
        if "of" in definition.args:
            return f"(of: [{', '.join(['{ metric: SPEND }'] * self._rng.randint(1, 5))}])"
        if "range" in definition.args:
            return '(range: { between: { from: "2026-01-01", to: "2026-01-05" } })'
        return ""

    def _spread(self, kind: Any, depth: int) -> str:
        of: Any = self._rng.choice(self._core.get_possible_types(kind)) if is_abstract_type(kind) else kind
        if self._rng.random() < 0.5:
            return f"... on {of.name} {self._selection(of, depth)}"
        name = self._name("f")
        self._fragments.append(f"fragment {name} on {of.name} {self._selection(of, depth)}")
        return f"...{name}"

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}{self._names}"


@dataclass(slots=True)
class RandomAnswer:
    """Data that keep to the sizes that were asked for, and their points, counted object by object."""

    rng: Random
    cost: Cost
    points: int = 0

    def data(self) -> dict[str, Any]:
        self.points = self.cost.shape.weight
        found: dict[str, Any] = {}
        for part in _of_one_name_each(self.cost.shape.parts):
            self._add(found, part, self.cost.root(part))
        return found

    def _add(self, owner: dict[str, Any], part: CostPart, place: Place) -> None:
        if not part.is_always and self.rng.random() < 0.1:
            return
        self.points += part.weight
        if not part.is_always and self.rng.random() < 0.1:
            owner[part.key] = None
            return
        below = self.cost.below(part, place)
        if part.length is None:
            owner[part.key] = self._object(part, below)
        else:
            most = min(below.number, 4)
            owner[part.key] = [self._object(part, below) for _ in range(self.rng.randint(0, most))]

    def _object(self, part: CostPart, below: Place) -> dict[str, Any]:
        self.points += part.own
        found: dict[str, Any] = {"a value": 1}
        for each in _of_one_name_each(part.parts):
            self._add(found, each, Place(1, 1, below.page, below.existing))
        return found


def _of_one_name_each(parts: tuple[CostPart, ...]) -> list[CostPart]:
    return list({part.key: part for part in parts}.values())
