"""@cost and @listSize: what is charged for each field of the API is what the SDL says of it."""

from collections import deque
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    parse,
    validate_schema,
)

from analytics.enums import TimeGrain
from execution.limits.cost import Cost
from execution.limits.directives import declared_length, list_size_of
from schema import build_schema as own_schema
from schema import schema_text
from tests.execution.limits.documents import shape_of
from tests.execution.limits.sdl_cost import SdlCost

Outputs = GraphQLObjectType | GraphQLInterfaceType
LISTED = "[" + ", ".join(["1"] * 7) + "]"


@pytest.fixture(scope="module")
def sdl() -> SdlCost:
    return SdlCost(build_schema(schema_text()))


def ways(schema: GraphQLSchema) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """The shortest way to each type with fields: the operation, and the fields with the type that each belongs to."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    waiting = deque[str]()
    for operation in ("query", "mutation", "subscription"):
        root = schema.get_root_type(OperationType(operation))
        assert root is not None
        found[root.name] = (operation, [])
        waiting.append(root.name)
    while waiting:
        name = waiting.popleft()
        operation, way = found[name]
        for field, definition in assert_fields(schema, name).items():
            kind = get_named_type(definition.type)
            if isinstance(kind, Outputs) and kind.name not in found:
                found[kind.name] = (operation, [*way, (name, field)])
                waiting.append(kind.name)
    return found


def assert_fields(schema: GraphQLSchema, name: str) -> dict[str, GraphQLField]:
    kind: Any = schema.type_map[name]
    return dict(kind.fields)


def documents_of(schema: GraphQLSchema, kind: str, way: tuple[str, list[tuple[str, str]]]) -> list[str]:
    """Operations that ask for one field of the type: without arguments, and with each of those that say a length."""
    operation, fields = way
    found = []
    for name, definition in assert_fields(schema, kind).items():
        selected = "" if is_leaf_type(get_named_type(definition.type)) else " " + everything(schema, definition)
        lengths = ["(first: 7)"] if "first" in definition.args else []
        lengths += [f"({arg}: {LISTED})" for arg, each in definition.args.items() if is_list_type(_bare(each.type))]
        for asked in ("", *lengths):
            text = f"{{ {name}{asked}{selected} }}"
            for _, above in reversed(fields):
                text = f"{{ {above} {text} }}"
            found.append(f"{operation} {text}")
    return found


def everything(schema: GraphQLSchema, definition: GraphQLField) -> str:
    kind: Any = get_named_type(definition.type)
    plain = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))]
    lists = [name for name, field in kind.fields.items() if name not in plain and is_list_type(_bare(field.type))]
    return "{ __typename " + " ".join([*plain, *(f"{name} {{ __typename }}" for name in lists)]) + " }"


def _bare(kind: Any) -> Any:
    return kind.of_type if str(kind).endswith("!") else kind


def test_every_field_costs_what_the_sdl_says(sdl: SdlCost) -> None:
    core, compared = own_schema().core, set()
    assert validate_schema(sdl.schema) == []
    for kind, way in ways(sdl.schema).items():
        for text in documents_of(sdl.schema, kind, way):
            document = parse(text)
            [operation] = document.definitions
            assert isinstance(operation, OperationDefinitionNode)
            [node] = operation.selection_set.selections
            assert isinstance(node, FieldNode)
            told = sdl.points(node, sdl.schema.get_root_type(operation.operation))
            assert Cost(shape_of(core, document), {}).points() == max(1, told), text
            compared.add(kind)
    outputs = {name for name, each in sdl.schema.type_map.items() if isinstance(each, Outputs) and name[:2] != "__"}
    assert compared == outputs


def test_the_directives_are_those_of_the_draft(sdl: SdlCost) -> None:
    names = {"assumedSize", "slicingArguments", "sizedFields", "requireOneSlicingArgument"}
    size, cost = sdl.schema.get_directive("listSize"), sdl.schema.get_directive("cost")
    assert size is not None
    assert cost is not None
    assert {name: str(arg.type) for name, arg in size.args.items()} == {
        "assumedSize": "Int",
        "slicingArguments": "[String!]",
        "sizedFields": "[String!]",
        "requireOneSlicingArgument": "Boolean",
    }
    assert set(size.args) == names
    assert {name: str(arg.type) for name, arg in cost.args.items()} == {"weight": "String!"}


def test_what_a_directive_names_is_there(sdl: SdlCost) -> None:
    for kind in sdl.schema.type_map.values():
        for name, definition in getattr(kind, "fields", {}).items():
            if isinstance(definition, GraphQLField) and definition.ast_node is not None:
                size = sdl.told(definition).size or {}
                assert set(size.get("slicingArguments", ())) <= set(definition.args), (kind.name, name)
                below: Any = get_named_type(definition.type)
                assert all(is_list_type(_bare(below.fields[each].type)) for each in size.get("sizedFields", ()))
                assert size.get("requireOneSlicingArgument", False) is False or "slicingArguments" not in size


def test_a_length_that_is_counted_is_never_more_than_the_sdl_says() -> None:
    """And it is by the arguments that the SDL names."""
    counted = 0
    for kind in own_schema().core.type_map.values():
        for definition in getattr(kind, "fields", {}).values():
            declared = declared_length(definition) if isinstance(definition, GraphQLField) else None
            if declared is not None and declared.count is not None:
                size = list_size_of(definition)
                assert size is not None
                assert (size.assumed, size.slicing) == (declared.at_most, declared.by)
                for grain in TimeGrain:
                    asked = {"range": {"between": {"from": "2001-01-01", "to": "2026-12-31"}}, "grain": grain}
                    assert 1 <= declared.count(asked) <= size.assumed
                counted += 1
    assert counted >= 5, "each entity has a series"


def test_the_sdl_of_the_repository_is_the_one_that_is_compared() -> None:
    assert (Path(__file__).resolve().parents[3] / "schema.graphql").read_text() == schema_text()


def test_introspection_costs_a_point_since_a_limit_of_its_own_counts_it() -> None:
    assert Cost(shape_of(own_schema().core, parse("{ __schema { types { name } } }")), {}).points() == 1
