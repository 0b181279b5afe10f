"""An event that several subscribers get is executed once for all who select the same, as far as they see the same.

Fields that take no `info` cannot know who asks: a selection of them alone is answered alike for everybody who gets the
event. Any other selection is shared by what its source calls the same viewer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_abstract_type,
    visit,
)
from graphql.execution import Executor
from graphql.pyutils import AwaitableOrValue

from execution.limits.list_sizes import written_as

T = TypeVar("T")
# Of so many different selections of one event the answers are kept; the others are executed for each subscriber.
MOST_ANSWERS = 64
LOADED_KEPT_S = 1.0
# Values of variables that are equal only if they are the same for every resolver, their type given.
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class SharedEvent(Generic[T]):
    """What a subscription's source yields: the value, and `notes`, which all subscribers of this event have in common.

    Who may not get the same value must be given other notes. `viewer` is equal for those who see the same below it.
    """

    value: T
    notes: dict[Any, Any]
    viewer: Hashable


def question_of(executor: Executor[Any], event: SharedEvent[Any], *, is_for_everybody: bool) -> Hashable | None:
    """Equal for what is answered alike; None for variables of which that is not known."""
    variables = executor.variable_values.coerced
    if any(type(value) not in _PLAIN for value in variables.values()):
        return None
    given = frozenset((name, type(value), value) for name, value in variables.items())
    return _Node(executor.operation), given, None if is_for_everybody else event.viewer


class _Node:
    """A node by its identity: documents of one text are one object, and to compare two of them by value is slow."""

    __slots__ = ("node",)

    def __init__(self, node: OperationDefinitionNode) -> None:
        self.node = node

    def __hash__(self) -> int:
        return id(self.node)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Node) and other.node is self.node


def is_for_everybody(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> bool:
    """Whether no field below the first level takes `info`: those of the first level are given the event as it is."""
    types = TypeInfo(schema)
    asking: list[str] = []

    class FieldReader(Visitor):
        def enter_field(self, node: FieldNode, *_place: Any) -> None:
            parent = types.get_parent_type()
            if parent is not None and parent is not schema.subscription_type and not node.name.value.startswith("__"):
                possible = schema.get_possible_types(parent) if is_abstract_type(parent) else (parent,)
                asking.extend(node.name.value for each in possible if _takes_info(each, node.name.value))

    for node in (operation, *fragments.values()):
        visit(node, TypeInfoVisitor(types, FieldReader()))
    return not asking


def _takes_info(parent: Any, name: str) -> bool:
    """Whether the field's resolver can know who asks; also of a field that Strawberry does not declare."""
    written = written_as(parent.fields[name])
    if written is None:
        return True
    return written.base_resolver is not None and written.base_resolver.info_parameter is not None


def answered(
    notes: dict[Any, Any], question: Hashable, execute: Callable[[], AwaitableOrValue[Any]]
) -> AwaitableOrValue[Any]:
    """What the first subscriber with this question was answered, unless that has errors, which are each one's own."""
    if question in notes:
        known = notes[question]
        return _unless_wrong(known, execute) if isinstance(known, asyncio.Future) or known.errors else known
    answer = execute()
    if len(notes) >= MOST_ANSWERS:
        return answer
    if isinstance(answer, Awaitable):
        # A task of its own, since the subscriber that came first may leave while others wait for the answer. What is
        # loaded below an event may be large, and those who got the event together ask together: so it is not kept long.
        task = notes[question] = asyncio.ensure_future(answer)
        asyncio.get_running_loop().call_later(LOADED_KEPT_S, notes.pop, question, None)
        return asyncio.shield(task)
    notes[question] = answer
    return answer


async def _unless_wrong(known: Any, execute: Callable[[], AwaitableOrValue[Any]]) -> Any:
    found = await asyncio.shield(known) if isinstance(known, asyncio.Future) else known
    if not found.errors:
        return found
    own = execute()
    return await own if isinstance(own, Awaitable) else own
