"""@oneOf: exactly one key that is not null, in literals and in variables, and what the introspection says of it."""

import json
from typing import Any

import pytest
import strawberry

from execution.documents import prepared
from execution.engine import Engine
from schema import build_schema
from tests.execution.conftest import Context


@strawberry.input(one_of=True)
class Choice:
    a: strawberry.Maybe[int]
    b: strawberry.Maybe[str]


@strawberry.type
class Query:
    @strawberry.field
    def chosen(self, choice: Choice, perhaps: Choice | None = None, many: list[Choice] | None = None) -> str:
        return "a" if choice.a else "b"


ENGINE = Engine(Query)


def operation(arguments: str, variable: str) -> str:
    """With the variable only where it is used: an unused one would be an error too."""
    declared = f"($v: {variable})" if "$v" in arguments else ""
    return f"query {declared} {{ chosen({arguments}) }}"


@pytest.mark.parametrize("place", ["choice: <>", "choice: {a: 1}, perhaps: <>", "choice: {a: 1}, many: [<>]"])
@pytest.mark.parametrize(
    "literal", ["{}", '{ a: 1, b: "x" }', "{ a: null }", "{ a: 1, b: null }", "{ c: 1 }", "{ a: $v }"]
)
async def test_a_literal_that_is_not_one_value_is_refused_by_validation(place: str, literal: str) -> None:
    text = operation(place.replace("<>", literal), "Int")
    errors = prepared(ENGINE.core, text, hides_names=False).errors
    assert errors
    assert len({error.message for error in errors}) == len(errors)
    result = await ENGINE.execute(text, {"v": 1}, Context("r"))
    assert result.data is None


@pytest.mark.parametrize("literal", ["{ a: 1 }", '{ b: "x" }', "{ a: $v }"])
async def test_one_value_is_taken(literal: str) -> None:
    text = operation(f"choice: {literal}, perhaps: null, many: [{literal}]", "Int! = 1")
    assert (await ENGINE.execute(text, None, Context("r"))).errors is None


async def test_a_variable_in_a_fragment_is_looked_at_too() -> None:
    fragment = "fragment f on Query { chosen(choice: { a: $v }) }"
    assert prepared(ENGINE.core, "query ($v: Int) { ...f } " + fragment, hides_names=False).errors
    assert prepared(ENGINE.core, fragment + " query ($v: Int!) { ...f }", hides_names=False).errors == ()


@pytest.mark.parametrize(
    "value", [{}, {"a": 1, "b": "x"}, {"a": None}, {"a": 1, "b": None}, {"c": 1}, 1, "a", [], None]
)
async def test_a_variable_that_is_not_one_value_is_refused_before_execution(value: Any) -> None:
    result = await ENGINE.execute("query ($c: Choice!) { chosen(choice: $c) }", {"c": value}, Context("r"))
    assert result.data is None
    assert {(error.extensions or {})["code"] for error in result.errors or ()} == {"BAD_USER_INPUT"}
    assert type(result).__name__ == "PreExecutionError"


@pytest.mark.parametrize("value", [{"c": 1}, {"a": 1, "c": 1}, {}, {"a": 1, "b": "x"}])
async def test_an_error_about_its_fields_names_them_all_where_the_schema_is_shown_alone(value: dict[str, Any]) -> None:
    literal = "{ " + " ".join(f"{name}: {json.dumps(each)}" for name, each in value.items()) + " }"
    asked = (operation(f"choice: {literal}", ""), None), ("query ($c: Choice!) { chosen(choice: $c) }", {"c": value})
    for text, variables in asked:
        for shows_schema in (True, False):
            result = await ENGINE.execute(text, variables, Context("r", shows_schema=shows_schema))
            told = [error.message for error in result.errors or ()]
            assert told
            assert all(message.endswith(" Give one of its fields: a, b.") is shows_schema for message in told), told


async def test_the_introspection_tells_which_inputs_have_it_and_null_of_other_kinds() -> None:
    text = '{ a: __type(name: "Choice") { isOneOf } b: __type(name: "Query") { isOneOf } }'
    assert (await ENGINE.execute(text, None, Context("r"))).data == {"a": {"isOneOf": True}, "b": {"isOneOf": None}}


def test_every_input_that_the_sdl_marks_is_marked_for_validation() -> None:
    marked = {name for name, kind in build_schema().core.type_map.items() if getattr(kind, "is_one_of", False)}
    assert "DateRangeInput" in marked
    assert marked == {line.split()[1] for line in str(build_schema()).splitlines() if line.endswith("@oneOf {")}
