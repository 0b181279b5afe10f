"""A schema with every kind of type, whose rows may hold values that no resolver should answer."""

import enum
from asyncio import sleep
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Union

import strawberry
from strawberry.scalars import JSON

from execution.plans.fields import MANY


class Mood(enum.Enum):
    CALM = "calm"
    WILD = "wild"


@dataclass
class Cage:
    """What rows are in these tests; any attribute may be replaced by something odd."""

    number: int = 1
    name: Any = "a cage"
    label: Any = None
    weight: Any = 2.5
    price: Any = field(default_factory=lambda: Decimal("1.50"))
    opened_on: Any = date(2026, 1, 2)
    is_open: Any = True
    mood: Any = Mood.CALM
    extra: Any = field(default_factory=lambda: {"a": [1, None]})
    words: Any = field(default_factory=lambda: ["x", "y"])
    maybe_words: Any = None
    size: Any = None
    animals: Any = field(default_factory=list)
    first: Any = None
    grid: Any = field(default_factory=lambda: [[1, 2], [3]])


@dataclass
class Size:
    width: Any = 1
    height: Any = None


@dataclass
class Cat:
    name: Any = "Tom"
    lives: Any = 9
    keeper_id: Any = 1


@dataclass
class Dog:
    name: Any = "Rex"
    barks: Any = True
    keeper_id: Any = 2


@dataclass
class Keeper:
    id: int
    name: Any


@dataclass
class Link:
    cursor: str
    node: Any


class Foreign:
    """A row of a class that no type is made for."""


class Late:
    """An awaitable that may be awaited again and again."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __await__(self) -> Generator[Any, None, Any]:
        return self._later().__await__()

    async def _later(self) -> Any:
        await sleep(0)
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


class Keepers:
    """Looks keepers up; `asked` has the ids of each batch, `broken` those that fail."""

    def __init__(self, broken: frozenset[int] = frozenset(), answers: Callable[[int], Any] | None = None) -> None:
        self.asked: list[list[int]] = []
        self.broken = broken
        self.answers = answers or (lambda number: Keeper(number, f"keeper {number}"))

    async def one(self, number: int) -> Any:
        if number in self.broken:
            raise ValueError(f"no keeper {number}")
        return self.answers(number)

    async def many(self, numbers: Sequence[int]) -> list[Any]:
        self.asked.append(list(numbers))
        return [await self.one(number) for number in numbers]


def _with_list_form(resolver: Callable[..., Any], many: Callable[..., Any]) -> Any:
    return strawberry.field(resolver=resolver, metadata={MANY: many})


async def _keeper_of(root: strawberry.Parent[Any], info: strawberry.Info) -> Any:
    return await info.context.keepers.one(root.keeper_id)


async def _keepers_of(root: list[Any], info: strawberry.Info) -> list[Any]:
    found: list[Any] = await info.context.keepers.many([each.keeper_id for each in root])
    return found


async def _keeper_of_cage(root: strawberry.Parent[Cage], info: strawberry.Info) -> Any:
    return await info.context.keepers.one(root.number)


async def _keepers_of_cages(root: list[Cage], info: strawberry.Info) -> list[Any]:
    found: list[Any] = await info.context.keepers.many([each.number for each in root])
    return found


def _echo(root: strawberry.Parent[Cage], text: str, times: int = 1) -> str | None:
    if text == "fail":
        raise ValueError("cannot echo")
    return f"{root.number}:{text * times}"


def _double(root: strawberry.Parent[Cage]) -> int:
    return root.number * 2


async def _late(root: strawberry.Parent[Cage]) -> str | None:
    return f"late {root.number}"


async def _late_for_sure(root: strawberry.Parent[Cage]) -> str:
    if root.number in (7, 70):
        raise ValueError("too late")
    return f"late {root.number}"


def _path(root: strawberry.Parent[Cage], info: strawberry.Info) -> str:
    return "/".join(map(str, info.path.as_list() if hasattr(info.path, "as_list") else [info.path.key]))


@strawberry.type(name="Keeper")
class KeeperType:
    id: int
    name: str


def _type_of(row: Any, _info: Any, _type: Any) -> str:
    return {Cat: "Cat", Dog: "Dog"}[type(row)]


@strawberry.interface
class Animal:
    name: str
    keeper: KeeperType | None = _with_list_form(_keeper_of, _keepers_of)

    resolve_type = staticmethod(_type_of)


@strawberry.type(name="Cat")
class CatType(Animal):
    lives: int

    @classmethod
    def is_type_of(cls, row: Any, _info: Any) -> bool:
        return type(row) is Cat


@strawberry.type(name="Dog")
class DogType(Animal):
    barks: bool | None

    @classmethod
    def is_type_of(cls, row: Any, _info: Any) -> bool:
        return type(row) is Dog


@strawberry.type(name="Size")
class SizeType:
    width: int
    height: float | None


@strawberry.type(name="Cage")
class CageType:
    number: int
    name: str
    label: str | None
    weight: float | None
    price: Decimal | None
    opened_on: date | None
    is_open: bool | None
    mood: Mood | None
    extra: JSON | None
    words: list[str]
    maybe_words: list[str | None] | None
    size: SizeType | None
    animals: list[Animal]
    first: Annotated[Union[CatType, DogType], strawberry.union("Pet")] | None  # noqa: UP007
    grid: list[list[int]]
    double: int = strawberry.field(resolver=_double)
    echo: str | None = strawberry.field(resolver=_echo)
    late: str | None = strawberry.field(resolver=_late)
    late_for_sure: str = strawberry.field(resolver=_late_for_sure)
    place: str = strawberry.field(resolver=_path)
    keeper: KeeperType | None = _with_list_form(_keeper_of_cage, _keepers_of_cages)
    keeper_for_sure: KeeperType = _with_list_form(_keeper_of_cage, _keepers_of_cages)


@strawberry.type(name="Link")
class LinkType:
    cursor: str
    node: CageType | None


@strawberry.type
class Query:
    @strawberry.field
    def cages(self, info: strawberry.Info) -> list[CageType] | None:
        return info.context.cages  # type: ignore[no-any-return]

    @strawberry.field
    def maybe_cages(self, info: strawberry.Info) -> list[CageType | None] | None:
        return info.context.cages  # type: ignore[no-any-return]

    @strawberry.field
    def links(self, info: strawberry.Info) -> list[LinkType] | None:
        return [Link(str(index), cage) for index, cage in enumerate(info.context.cages)]  # type: ignore[misc]

    @strawberry.field
    def cage(self, info: strawberry.Info) -> CageType | None:
        return info.context.cages[0]  # type: ignore[no-any-return]


def zoo_schema() -> Any:
    return strawberry.Schema(Query, types=[CatType, DogType])
