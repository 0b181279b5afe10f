"""PlanSet: the plans of a kept document, whose operations share them; they live and die with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from graphql import DirectiveNode, DocumentNode, GraphQLOutputType, Node, VariableNode, Visitor, visit
from graphql.execution.collect_fields import FieldDetailsList

from execution.plans.compiler import Compiler, NoPlanError, is_streamed
from execution.plans.plan import Make, Objects
from execution.plans.run import AnyExecutor

# Further combinations of the values of variables on which selections depend run by graphql-core.
MOST_COMBINATIONS = 16
# A list of so many items is worth a plan at once; otherwise the second use is.
WORTH_AT_ONCE = 16
# A plan that has met what it does not know so many times in a row rests for so many uses, and is tried once then.
MOST_FALLBACKS = 5
REST = 100
# The fields of a plan: it is compiled without a pause.
_MOST_AT_ONCE = 600
# Of all plans of a document together: two characters may become a field, which takes about a kilobyte.
CHARACTERS_PER_FIELD, SMALLEST_ROOM = 2, 50
_ROOM = 10_000


@dataclass(slots=True)
class Planned:
    """What is planned for one place: a function for whole items, or plans of the objects that the items are.

    Neither: graphql-core completes this place.
    """

    item: Make | None = None
    objects: Objects | None = None
    fallbacks: int = 0  # how often in a row a value was met that the plan does not know
    rest: int = 0

    @property
    def is_of_use(self) -> bool:
        return self.item is not None or self.objects is not None

    def may_be_tried(self) -> bool:
        """Whether to try the plan now; asked once for each use."""
        if self.rest:
            self.rest -= 1
            return False
        return self.is_of_use

    def note_fallback(self) -> None:
        self.fallbacks += 1
        if self.fallbacks >= MOST_FALLBACKS:
            # Documents are shared: one client's wrong input must not slow them down for the others for long.
            self.fallbacks, self.rest = MOST_FALLBACKS - 1, REST


@dataclass(slots=True)
class _Planning:
    """The places that were met with one combination of values of @skip and @include.

    A number is that of the run that has met the place first.
    """

    lists: dict[Any, Planned | int] = field(default_factory=dict)
    objects: dict[Any, Planned | int] = field(default_factory=dict)


class PlanSet:
    """`room` is the number of fields that all plans may have. `is_eager`: each place is planned at once."""

    def __init__(self, document: DocumentNode, *, room: int = _ROOM, is_eager: bool = False) -> None:
        self._is_eager = is_eager
        self._deciding = tuple(sorted(set(_deciding_variables(document))))
        self._by_values: dict[tuple[Any, ...], _Planning] = {}
        self._fields_left = room

    @property
    def combinations(self) -> int:
        """How many combinations of values of @skip and @include were met; more than MOST_COMBINATIONS are not kept."""
        return len(self._by_values)

    @property
    def made(self) -> int:
        """How many places have a plan that is of use, in all combinations."""
        places = [each for met in self._by_values.values() for each in (*met.lists.values(), *met.objects.values())]
        return sum(isinstance(each, Planned) and each.is_of_use for each in places)

    def for_list(
        self, executor: AnyExecutor, item_type: GraphQLOutputType, *, details: FieldDetailsList, run: int, length: int
    ) -> Planned | None:
        """What is planned for a list of so many items; None when there is no plan yet. `run` is the number of a run."""

        def planned() -> Planned:
            if is_streamed(details):
                raise NoPlanError
            with self._compiler(executor) as compiler:
                item = compiler.item(item_type, details)
                return Planned(item, None if item is not None else compiler.objects(item_type, details))

        places = self._planning(executor)
        if places is None:
            return None
        return _met(
            places.lists, _key(item_type, details), planned, run=run, at_once=self._is_eager or length >= WORTH_AT_ONCE
        )

    def for_object(
        self, executor: AnyExecutor, kind: GraphQLOutputType, *, details: FieldDetailsList, run: int
    ) -> Planned | None:
        """What is planned for a single object, whose lists are left; None as for lists."""

        def planned() -> Planned:
            with self._compiler(executor) as compiler:
                return Planned(objects=compiler.objects(kind, details, has_lists=False))

        places = self._planning(executor)
        return (
            None
            if places is None
            else _met(places.objects, _key(kind, details), planned, run=run, at_once=self._is_eager)
        )

    @contextmanager
    def _compiler(self, executor: AnyExecutor) -> Iterator[Compiler]:
        """A compiler that makes no more fields than there is room for."""
        most = min(self._fields_left, _MOST_AT_ONCE)
        compiler = Compiler(executor, most_fields=most)
        try:
            yield compiler
        finally:
            self._fields_left -= most - max(0, compiler.fields_left)

    def _planning(self, executor: AnyExecutor) -> _Planning | None:
        known = executor.variable_values.coerced
        values = tuple(known.get(name, False) for name in self._deciding)
        if None in values:  # it is refused where it is asked
            return None
        places = self._by_values.get(values)
        if places is None and len(self._by_values) < MOST_COMBINATIONS:
            places = self._by_values[values] = _Planning()
        return places


def _met(
    places: dict[Any, Planned | int], key: Any, planned: Callable[[], Planned], *, run: int, at_once: bool
) -> Planned | None:
    """What is planned for the place; None in the run that meets it first, unless it is worth a plan `at_once`.

    Lists of one run and place take one way: otherwise what they look up would not be one batch of a loader.
    """
    found = places.setdefault(key, run)
    if isinstance(found, Planned):
        return found
    if found == run and not at_once:
        return None
    try:
        made = planned()
    except NoPlanError:
        made = Planned()
    places[key] = made
    return made


def _key(kind: GraphQLOutputType, details: FieldDetailsList) -> Any:
    """A place of the document: nodes are kept as long as the document is, so an id names one."""
    return (id(kind), *(id(each.node) for each in details))


def _deciding_variables(document: DocumentNode) -> list[str]:
    """The names of the variables that decide whether something is selected."""
    found: list[str] = []

    class _Directives(Visitor):
        def enter_directive(self, node: DirectiveNode, *_rest: Node) -> None:
            if node.name.value in ("skip", "include"):
                values = [each.value for each in node.arguments or ()]
                found.extend(each.name.value for each in values if isinstance(each, VariableNode))

    visit(document, _Directives())
    return found
