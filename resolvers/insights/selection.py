"""Reads from the document which fields a query selects, in fragments too.

@skip and @include are ignored, so the answer may have fields that are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    Undefined,
    value_from_ast_untyped,
)

from analytics.enums import Metric
from analytics.metrics.catalogue import METRICS
from errors import BadInput
from models.insights.metric_values import AskedMetrics

_METRICS = {definition.key: metric for metric, definition in METRICS.items()}

_MOST_ACTIONS = 20
_LONGEST_ACTION = 200

Fragments = Mapping[str, FragmentDefinitionNode]


def fields_below(info: strawberry.Info[Any, Any], *path: str) -> list[FieldNode]:
    """The nodes of all fields at `path` below the field that is being resolved, whatever their aliases."""
    raw = info._raw_info  # noqa: SLF001 - Strawberry's own selected_fields costs ten times as much
    nodes: list[FieldNode] = list(raw.field_nodes)
    for name in path:
        nodes = [child for child in _children(nodes, raw.fragments) if child.name.value == name]
    return nodes


def metrics_below(info: strawberry.Info[Any, Any], *paths: tuple[str, ...]) -> AskedMetrics:
    """The metrics that are selected in objects of the type Metrics at these paths."""
    fragments = info._raw_info.fragments  # noqa: SLF001 - see above
    nodes = [node for path in paths for node in fields_below(info, *path)]
    fields = list(_children(nodes, fragments))
    names = {field.name.value for field in fields}
    metrics = frozenset(_METRICS[name] for name in names if name in _METRICS)
    pairs = _listed(info, fields, "values", "of")
    return AskedMetrics(
        metrics | pairs,
        explained=frozenset(METRICS[metric].key for metric in pairs),
        actions=_action_types(info, fields),
        shows_currency="currency" in names,
    )


def changes_below(info: strawberry.Info[Any, Any], *paths: tuple[str, ...]) -> AskedMetrics:
    """The metrics that are selected in objects of the type MetricsChange at these paths."""
    fragments = info._raw_info.fragments  # noqa: SLF001 - see above
    fields = list(_children([node for path in paths for node in fields_below(info, *path)], fragments))
    metrics = _listed(info, fields, "of", "metrics")
    return AskedMetrics(metrics, explained=frozenset(METRICS[metric].key for metric in metrics))


def _listed(
    info: strawberry.Info[Any, Any], fields: Sequence[FieldNode], name: str, argument: str
) -> frozenset[Metric]:
    """The metrics in the argument of fields of this name, which is a list of MetricRefInput.

    What is wrong with it is said where the field is resolved.
    """
    found = set[Metric]()
    for each in (field for field in fields if field.name.value == name):
        for value in (given.value for given in each.arguments or () if given.name.value == argument):
            listed = value_from_ast_untyped(value, info.variable_values)
            refs = listed if isinstance(listed, list) else [listed]
            found |= {Metric(ref["metric"]) for ref in refs if isinstance(ref, dict) and ref.get("metric")}
    return frozenset(found)


def arguments_below(info: strawberry.Info[Any, Any], *path: str) -> list[dict[str, Any]]:
    """The arguments of each field at `path` that were given, once for equal ones."""
    found = [
        {given.name.value: value_from_ast_untyped(given.value, info.variable_values) for given in node.arguments or ()}
        for node in fields_below(info, *path)
    ]
    # A variable that was not given leaves its argument out.
    known = [{name: value for name, value in each.items() if value is not Undefined} for each in found]
    return [each for place, each in enumerate(known) if each not in known[:place]]


def _action_types(info: strawberry.Info[Any, Any], fields: Sequence[FieldNode]) -> frozenset[str]:
    """The action types for which `action(type:)` is selected; raises BadInput for more types than a query may read."""
    arguments = (each.arguments[0].value for each in fields if each.name.value == "action" and each.arguments)
    types = frozenset(str(value_from_ast_untyped(value, info.variable_values)) for value in arguments)
    if len(types) > _MOST_ACTIONS or any(len(each) > _LONGEST_ACTION or "\0" in each for each in types):
        raise BadInput(f"`action` takes at most {_MOST_ACTIONS} types of at most {_LONGEST_ACTION} characters.")
    return types


def _children(nodes: Sequence[FieldNode], fragments: Fragments) -> Iterator[FieldNode]:
    for node in nodes:
        if node.selection_set is not None:
            yield from _fields(node.selection_set, fragments)


def _fields(selected: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    for node in selected.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            # Validation has refused unknown fragments and fragments that contain themselves.
            yield from _fields(fragments[node.name.value].selection_set, fragments)
