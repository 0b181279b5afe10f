"""Random documents over the schema of the zoo, and cages whose values may be odd."""

from decimal import Decimal
from random import Random
from typing import Any

from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from tests.execution.plans.zoo import Cage, Cat, Dog, Foreign, Late, Mood, Size

_ALIASES = ("a", "b", "__proto__", "class", "None", "row", "run", "v1")
_LEAF_DEPTH = 4


class AskedDocument:
    """A random document and the values of its variables."""

    def __init__(self, random: Random, schema: GraphQLSchema) -> None:
        self._random, self._schema = random, schema
        self._fragments: list[str] = []
        root = schema.query_type
        assert root is not None
        body = self._selection(root, 0, frozenset(("cages", "maybeCages", "links", "cage")))
        self.text = f"query($yes: Boolean!, $no: Boolean!, $text: String!) {body}\n" + "\n".join(self._fragments)
        self.variables = {
            "yes": random.random() < 0.5,
            "no": random.random() < 0.5,
            "text": random.choice(("x", "fail")),
        }

    def _selection(self, kind: Any, depth: int, names: frozenset[str] | None = None) -> str:
        parts = []
        if is_abstract_type(kind):
            types = [each for each in self._schema.get_possible_types(kind) if self._random.random() < 0.7]
            parts += [f"... on {each.name}{self._directive()} {self._selection(each, depth + 1)}" for each in types]
            parts.append("__typename")
        fields = getattr(kind, "fields", {})
        wanted = [name for name in fields if names is None or name in names]
        for name in self._random.sample(wanted, min(len(wanted), self._random.randint(1, 8))):
            field = fields[name]
            named = get_named_type(field.type)
            if not is_leaf_type(named) and depth > _LEAF_DEPTH:
                continue
            alias = f"{self._random.choice(_ALIASES)}{len(parts)}: " if self._random.random() < 0.3 else ""
            arguments = self._arguments() if name == "echo" else ""
            below = "" if is_leaf_type(named) else " " + self._selection(named, depth + 1)
            parts.append(f"{alias}{name}{arguments}{self._directive()}{below}")
        if self._random.random() < 0.2:
            parts.append("__typename")
        if isinstance(kind, GraphQLObjectType) and depth and parts and self._random.random() < 0.2:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {kind.name} {{ {' '.join(parts)} }}")
            return f"{{ ...{name} __typename }}"
        return f"{{ {' '.join(parts) or '__typename'} }}"

    def _arguments(self) -> str:
        return self._random.choice(('(text: "y")', "(text: $text)", '(text: "z", times: 2)', '(text: "fail")'))

    def _directive(self) -> str:
        if self._random.random() < 0.85:
            return ""
        return self._random.choice((" @skip(if: $yes)", " @include(if: $no)", " @include(if: true)", " @skip(if: $no)"))


def _odd_values() -> list[Any]:
    return [
        None, Undefined, ValueError("a value"), "text", "", 7, 2**60, -1.5, float("inf"), float("nan"), True, b"bytes",
        Decimal("NaN"), Decimal("1E+30"), [], [None], ["x", 3], ("x",), {"x"}, {}, {"name": "n"}, Foreign(), object,
        Mood.WILD, "calm", lambda: 1, iter(()), Cat(), Dog(name=None), Size(height=3), Size(width=None), Cage(number=5),
        [Cat(), None], [Cat(lives=None), Dog()], [Dog(keeper_id=3), Foreign()], [[1], None], [[2**40]],
    ]  # fmt: skip


def cages(random: Random, number: int, *, oddness: float) -> list[Any]:
    """Cages; `oddness` is the share of those that have an odd value somewhere, or are one."""
    found = []
    for index in range(number):
        cage = Cage(
            number=index,
            label=random.choice((None, "a", "b")),
            size=random.choice((None, Size(index, 1.5))),
            animals=[random.choice((Cat, Dog))(keeper_id=random.randint(0, 3)) for _ in range(random.randint(0, 3))],
            first=random.choice((None, Cat(), Dog())),
            maybe_words=random.choice((None, [], ["x", None])),
        )
        if random.random() < oddness:
            name = random.choice([*vars(cage)])
            odd = random.choice(_odd_values())
            # Coroutines are made when they are asked for: each of the compared runs awaits its own.
            setattr(cage, name, Late(odd) if random.random() < 0.2 else odd)
        found.append(random.choice(_odd_values()) if random.random() < oddness / 4 else cage)
    return found
