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
    value_from_ast_untyped,
)

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
    return AskedMetrics(metrics, "values" in names, _action_types(info, fields), "currency" in names)


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
