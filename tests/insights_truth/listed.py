"""Random documents that list entities: with their metrics over days, what they refer to, and what is below them."""

from random import Random
from typing import Any

from graphql import get_named_type, is_leaf_type

from tests.insights_truth.selected import Selecting

LISTS = {"adAccounts": "AdAccount", "campaigns": "Campaign", "adSets": "AdSet", "ads": "Ad", "creatives": "Creative"}
_HELD = {"adAccount", "campaign", "adSet", "creative"}
_SHOWN = (
    "spend", "impressions", "reach", "frequency", "roas", "cpm", "ctrAll", "purchases", "purchaseValue",
    "costPerAddToCart", "currency", "videoP75", "cpp",
)  # fmt: skip
_RANGES = ("LAST_7_DAYS", "LAST_28_DAYS", "LAST_365_DAYS", "YESTERDAY", "TODAY", "THIS_MONTH", "LAST_QUARTER")
_BESIDE = ("pageInfo { endCursor hasNextPage }", "totalCount", "__typename", "pageInfo { startCursor hasPreviousPage }")
_FILTERS = ("", "", "", '{name: {contains: "e"}}', "{status: [ACTIVE, PAUSED]}", '{name: {startsWith: "S"}}')
_ORDERS = ("NAME_ASC", "NAME_DESC", "CREATED_ASC", "CREATED_DESC")
_DEEPEST = 3


class SelectedList(Selecting):
    """A document with one root field; `resolved` as in SelectedRows."""

    def __init__(self, random: Random, *, resolved: float) -> None:
        super().__init__(random, resolved=resolved)
        self._depth = 0
        root = random.choice(sorted(LISTS))
        arguments = [f"first: {random.choice((1, 2, 7, 50))}", "after: $after"]
        if root != "adAccounts":
            arguments.append(f"order: {random.choice(_ORDERS)}")
        if root != "adAccounts" and (wanted := random.choice(_FILTERS[: 4 if root == "creatives" else None])):
            arguments.append(f"filter: {wanted}")
        self.write(f"{self._alias(root)}({', '.join(arguments)}) {self._connection(LISTS[root])}")

    def _connection(self, kind: str) -> str:
        self._depth += 1
        parts = [f"{self._alias('nodes')}{self._directive()} {self._selection(self._types[kind])}"]
        parts += self._some(_BESIDE, 2)
        self._depth -= 1
        self.random.shuffle(parts)
        return f"{{ {' '.join(parts)} }}"

    def _names(self, kind: Any) -> list[str]:
        if kind.name == "Metrics":
            return self.random.sample(_SHOWN, self.random.randint(1, 5))
        leaves, others = [], []
        for name, field in kind.fields.items():
            of = get_named_type(field.type)
            if is_leaf_type(of) and of.name != "DateTime" and not field.args and name != "settledThrough":
                leaves.append(name)
            elif (
                name == "metrics" or (name in _HELD and self._depth < _DEEPEST) or (name in LISTS and self._depth == 1)
            ):
                others.append(name)
        chosen = self.random.sample(leaves, self.random.randint(1, min(4, len(leaves))))
        return chosen + self.random.sample(others, min(len(others), self.random.randint(0, 2)))

    def _is_below(self, name: str) -> bool:
        return name == "metrics" or (name in _HELD and self._depth < _DEEPEST) or (name in LISTS and self._depth == 1)

    def _field(self, kind: Any, name: str) -> str:
        of = get_named_type(kind.fields[name].type)
        if is_leaf_type(of):
            return super()._field(kind, name)
        if name == "metrics":
            return f"{self._alias(name)}({self._range()}){self._directive()} {self._selection(of)}"
        if name in LISTS:
            first = self.random.choice((1, 3, 50))
            return f"{self._alias(name)}(first: {first}){self._directive()} {self._connection(LISTS[name])}"
        self._depth += 1
        written = super()._field(kind, name)
        self._depth -= 1
        return written

    def _range(self) -> str:
        days = "range: $days" if self._is_so(0.3) else f"range: {{preset: {self.random.choice(_RANGES)}}}"
        if self._is_so(0.05):
            days = 'range: {between: {from: "2026-02-01", to: "2026-01-01"}}'
        return f"{days}, attribution: {self.random.choice(('CLICK_7D', 'VIEW_1D'))}" if self._is_so(0.2) else days
