"""Reads from the document which fields a query selects, in fragments too.

@skip and @include are ignored, so the answer may have fields that are left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    value_from_ast_untyped,
)

from analytics.enums import Metric
from analytics.metrics.catalogue import METRICS
from analytics.metrics.measure import Measure
from errors import BadInput
from models.insights.metric_values import AskedMetrics

_METRICS = {definition.key: metric for metric, definition in METRICS.items()}

_MOST_ACTIONS = 20
_LONGEST_ACTION = 200

Fragments = Mapping[str, FragmentDefinitionNode]
# The custom metrics that a query names, by key; a key that is missing is of no metric.
Customs = Mapping[str, Measure]
# The arguments in which a field names metrics by MetricRefInput.
_REFS = {"values": "of", "of": "metrics"}


def fields_below(info: strawberry.Info[Any, Any], *path: str) -> list[FieldNode]:
    """The nodes of all fields at `path` below the field that is being resolved, whatever their aliases."""
    raw = info._raw_info  # noqa: SLF001 - Strawberry's own selected_fields costs ten times as much
    nodes: list[FieldNode] = list(raw.field_nodes)
    for name in path:
        nodes = [child for child in _children(nodes, raw.fragments) if child.name.value == name]
    return nodes


def custom_keys_below(info: strawberry.Info[Any, Any]) -> set[str]:
    """The keys of custom metrics that are named anywhere below the field that is being resolved."""
    raw = info._raw_info  # noqa: SLF001 - see above
    waiting: list[SelectionNode] = list(raw.field_nodes)
    fields, spread = list[FieldNode](), set[str]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FragmentSpreadNode):
            if node.name.value not in spread:
                spread.add(node.name.value)
                waiting += raw.fragments[node.name.value].selection_set.selections
        elif isinstance(node, FieldNode | InlineFragmentNode):
            fields += [node] if isinstance(node, FieldNode) else []
            waiting += node.selection_set.selections if node.selection_set is not None else ()
    return _custom_keys(info, fields)


def metrics_below(info: strawberry.Info[Any, Any], customs: Customs, *paths: tuple[str, ...]) -> AskedMetrics:
    """The metrics that are selected in objects of the type Metrics at these paths."""
    fragments = info._raw_info.fragments  # noqa: SLF001 - see above
    nodes = [node for path in paths for node in fields_below(info, *path)]
    fields = list(_children(nodes, fragments))
    names = {field.name.value for field in fields}
    metrics = frozenset(_METRICS[name] for name in names if name in _METRICS)
    pairs, own = _listed(info, fields), _own(info, fields, customs)
    return AskedMetrics(
        metrics | pairs,
        own,
        explained=_keys(pairs, own),
        actions=_action_types(info, fields),
        shows_currency="currency" in names,
    )


def changes_below(info: strawberry.Info[Any, Any], customs: Customs, *paths: tuple[str, ...]) -> AskedMetrics:
    """The metrics that are selected in objects of the type MetricsChange at these paths."""
    fragments = info._raw_info.fragments  # noqa: SLF001 - see above
    fields = list(_children([node for path in paths for node in fields_below(info, *path)], fragments))
    metrics, own = _listed(info, fields), _own(info, fields, customs)
    return AskedMetrics(metrics, own, explained=_keys(metrics, own))


def _keys(metrics: Iterable[Metric], own: Iterable[Measure]) -> frozenset[str]:
    return frozenset((*(METRICS[metric].key for metric in metrics), *(measure.key for measure in own)))


def _listed(info: strawberry.Info[Any, Any], fields: Sequence[FieldNode]) -> frozenset[Metric]:
    """The built-in metrics that fields name in a list of MetricRefInput."""
    return frozenset(Metric(ref["metric"]) for ref in _refs(info, fields) if ref.get("metric"))


def _own(info: strawberry.Info[Any, Any], fields: Sequence[FieldNode], customs: Customs) -> tuple[Measure, ...]:
    """The custom metrics that fields name, in the order of their keys."""
    return tuple(customs[key] for key in sorted(_custom_keys(info, fields)) if key in customs)


def _custom_keys(info: strawberry.Info[Any, Any], fields: Sequence[FieldNode]) -> set[str]:
    listed = {ref["custom"] for ref in _refs(info, fields) if isinstance(ref.get("custom"), str)}
    single = (each.arguments[0].value for each in fields if each.name.value == "custom" and each.arguments)
    return listed | {str(value_from_ast_untyped(value, info.variable_values)) for value in single}


def _refs(info: strawberry.Info[Any, Any], fields: Sequence[FieldNode]) -> Iterator[dict[str, Any]]:
    """What fields name in a list of MetricRefInput. What is wrong with it is said where the field is resolved."""
    for each in (field for field in fields if field.name.value in _REFS):
        argument = _REFS[each.name.value]
        for value in (given.value for given in each.arguments or () if given.name.value == argument):
            listed = value_from_ast_untyped(value, info.variable_values)
            yield from (ref for ref in (listed if isinstance(listed, list) else [listed]) if isinstance(ref, dict))


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
