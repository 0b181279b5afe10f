"""Measures how much work a rule of validation will have: it compares all fields of one name in the answer in pairs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


class Overlaps:
    """Counts pairs of fields with the same name in the answer, and pairs of fragments in the same selection.

    Counting stops when `enough` is exceeded. The document must have no cycle of fragments.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], *, enough: int) -> None:
        self.fragments = fragments
        self.left = self.steps_left = enough

    @property
    def are_too_many(self) -> bool:
        # Steps are counted too: fragments that use other fragments twice double them at each level, without any pair.
        return self.left < 0 or self.steps_left < 0

    def count(self, selection_sets: Sequence[SelectionSetNode]) -> None:
        """Counts the pairs of these selections, which belong to the same object, and of all below them."""
        fields: dict[str, list[FieldNode]] = defaultdict(list)
        spread: set[str] = set()
        for selection_set in selection_sets:
            self._collect(selection_set, fields, spread)
        self.left -= _pairs(len(spread)) + sum(_pairs(len(nodes)) for nodes in fields.values())
        self.steps_left -= len(fields) + len(spread)
        for nodes in fields.values():
            below = [node.selection_set for node in nodes if node.selection_set is not None]
            if below and not self.are_too_many:
                self.count(below)

    def _collect(self, selection_set: SelectionSetNode, fields: dict[str, list[FieldNode]], spread: set[str]) -> None:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                fields[node.alias.value if node.alias else node.name.value].append(node)
            elif isinstance(node, InlineFragmentNode):
                self._collect(node.selection_set, fields, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                if node.name.value in self.fragments:
                    self._collect(self.fragments[node.name.value].selection_set, fields, spread)


def _pairs(count: int) -> int:
    return count * (count - 1) // 2
