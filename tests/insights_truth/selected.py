"""Random documents that ask for the rows of an answer: what is selected of them, under which names and conditions.

What Postgres can write as JSON is most of it; some has to be resolved. A document is made by its random alone.
"""

from random import Random
from typing import Any

from graphql import get_named_type, is_abstract_type, is_leaf_type

from schema import build_schema
from tests.insights_truth.asked import Asked
from tests.insights_truth.compared import TYPES

# Names that mean something to Python, JavaScript, Postgres or the statement itself, and one longer than its names.
ALIASES = ("a", "__proto__", "constructor", "class", "None", "self", "select", "text_0", "page", "E", "x" * 70)
# Objects of which Postgres writes some; of rows without a number there would be little to compare.
_WITHIN = {"InsightEntity", "Period", "Dimensions", "Metrics"}
# What has to be resolved, by the type that has it.
_RESOLVED = {
    "Metrics": ('action(type: "nobody") { count }', "values(of: [{metric: SPEND}]) { value nullReason }"),
    "InsightsRow": ("change { of(metrics: [{metric: ROAS}]) { absolute relative } }", "dimensions { tags { value } }"),
    "AdAccount": ("settledThrough", "schedule { lookbackDays }"),
    "Campaign": ("startsAt", "adAccount { name }", "tags { field value }", "metrics(range: $days) { spend }"),
    "AdSet": ("campaign { name }",),
    "Ad": ("creative { name }", "series(range: $days) { metrics { spend } }"),
    "Creative": ("ads { nodes { name } }",),
}
_BESIDE = ("pageInfo { endCursor hasNextPage }", "totalCount", "dataChanged", "__typename", "pageInfo { startCursor }")
_ABOVE = ("totals { spend roas }", "meta { currency range { start end } }", "__typename")
_VARIABLES = {
    "input": "InsightsInput!",
    "first": "Int",
    "after": "String",
    "yes": "Boolean!",
    "no": "Boolean!",
    "days": "DateRangeInput!",
}
_DIRECTIVES = (" @skip(if: $yes)", " @include(if: $no)", " @include(if: true)", " @skip(if: $no)")
_MOST_FIELDS = 6


class Selecting:
    """Writes a document with variables; `resolved` is the chance of each object to have something to be resolved."""

    def __init__(self, random: Random, *, resolved: float) -> None:
        self.random, self._resolved = random, resolved
        self._types: Any = build_schema().core.type_map
        self._fragments: list[str] = []
        self._aliases = 0
        self.text = ""
        self.variables: dict[str, Any] = {
            "yes": self._is_so(0.5),
            "no": self._is_so(0.5),
            "days": {"preset": "LAST_7_DAYS"},
        }

    def write(self, body: str) -> None:
        written = "\n".join([f"{{ {body} }}", *self._fragments])
        declared = ", ".join(f"${name}: {kind}" for name, kind in _VARIABLES.items() if f"${name}" in written)
        self.text = f"query({declared}) {written}"

    def _is_so(self, chance: float) -> bool:
        return self.random.random() < chance

    def _some(self, given: tuple[str, ...], most: int) -> list[str]:
        return self.random.sample(given, self.random.randint(0, most))

    def _selection(self, kind: Any) -> str:
        """What is selected of an object of the type; of an entity by its interface and by types."""
        parts = [self._field(kind, name) for name in self._names(kind)] + self._by_types(kind)
        if self._is_so(0.15):
            parts.append("__typename")
        if self._is_so(self._resolved):
            parts += self.random.sample(_RESOLVED.get(kind.name, ("__typename",)), 1)
        if parts and self._is_so(0.2):  # a part of them twice is merged
            parts.append(self.random.choice(parts))
        self.random.shuffle(parts)
        return self._wrapped(kind, f"{{ {' '.join(parts) or '__typename'} }}")

    def _names(self, kind: Any) -> list[str]:
        raise NotImplementedError

    def _by_types(self, kind: Any) -> list[str]:
        return []

    def _wrapped(self, kind: Any, written: str) -> str:
        """The selection, sometimes within a fragment."""
        if self._is_so(0.8):
            return written
        if self._is_so(0.5):
            return f"{{ ... on {kind.name} {written} }}"
        self._fragments.append(f"fragment F{len(self._fragments)} on {kind.name} {written}")
        return f"{{ ...F{len(self._fragments) - 1}{self._directive()} }}"

    def _field(self, kind: Any, name: str) -> str:
        of = get_named_type(kind.fields[name].type)
        below = "" if is_leaf_type(of) else f" {self._selection(of)}"
        return f"{self._alias(name)}{self._directive()}{below}"

    def _alias(self, name: str) -> str:
        if not self._is_so(0.25):
            return name
        self._aliases += 1
        return f"{self.random.choice(ALIASES)}{self._aliases}: {name}"

    def _directive(self) -> str:
        return self.random.choice(_DIRECTIVES) if self._is_so(0.15) else ""


class SelectedRows(Selecting):
    """A document about a question."""

    def __init__(self, random: Random, asked: Asked, *, resolved: float) -> None:
        super().__init__(random, resolved=resolved)
        self._asked = asked
        self.variables |= {"input": asked.input, "first": random.choice((1, 2, 7, 1000))}
        rows = [f"{self._alias('nodes')}{self._directive()} {self._row()}", *self._some(_BESIDE, 2)]
        if self._is_so(0.2):  # the same field once more is merged
            rows.append(f"nodes {self._row()}")
        random.shuffle(rows)
        parts = [f"rows(first: $first, after: $after) {{ {' '.join(rows)} }}", *self._some(_ABOVE, 1)]
        self.write(f"insights(input: $input) {{ {' '.join(parts)} }}")

    def _row(self) -> str:
        return self._selection(self._types["InsightsRow"])

    def _by_types(self, kind: Any) -> list[str]:
        if not is_abstract_type(kind):
            return []
        own, possible = TYPES.get(self._asked.input["groupBy"]["level"]), build_schema().core.get_possible_types(kind)
        types = [each for each in possible if each.name == own or self._is_so(0.2)]
        return [f"... on {each.name}{self._directive()} {self._selection(each)}" for each in types]

    def _names(self, kind: Any) -> list[str]:
        plain = [name for name, field in kind.fields.items() if _is_plain(field)]
        if kind.name == "Metrics":
            plain = [*(name for name in self._asked.shown if name in kind.fields), "currency"]
        return self.random.sample(plain, self.random.randint(1, min(len(plain), _MOST_FIELDS)))


def _is_plain(field: Any) -> bool:
    """Whether Postgres may write the field: a value, or an object of the row itself."""
    of = get_named_type(field.type)
    if field.args or str(field.type).startswith("["):
        return False
    return of.name in _WITHIN or (is_leaf_type(of) and of.name != "DateTime")
