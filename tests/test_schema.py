"""The schema as a whole: its exported text is current, and plain fields exist on the rows behind them."""

from dataclasses import fields
from typing import Any

import pytest
from graphql import GraphQLNonNull, GraphQLObjectType

from commands.app import SCHEMA_FILE
from schema import build_schema, schema_text
from schema.mutation import Mutation
from schema.node import ENTITIES

CORE = build_schema()._schema
NAMES = build_schema().config.name_converter


def rows_of(entity: Any) -> tuple[type, ...]:
    rows: tuple[type, ...] = entity.__rows__
    return rows


def plain_fields(entity: Any) -> list[Any]:
    return [field for field in entity.__strawberry_definition__.fields if field.base_resolver is None]


def test_the_exported_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text() == schema_text(), "run `python cli.py export-schema`"


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.__name__)
def test_a_plain_field_is_an_attribute_of_every_row(entity: Any) -> None:
    for row in rows_of(entity):
        missing = [field.python_name for field in plain_fields(entity) if not hasattr(row, field.python_name)]
        assert missing == [], f"{row.__name__} has no such attributes"


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.__name__)
def test_a_column_that_may_be_null_is_a_field_that_may_be(entity: Any) -> None:
    kind = CORE.type_map[entity.__name__]
    assert isinstance(kind, GraphQLObjectType)
    for row in rows_of(entity):
        columns = getattr(getattr(row, "__table__", None), "columns", {})
        for field in plain_fields(entity):
            if field.python_name not in columns:
                continue
            shown = kind.fields[NAMES.get_graphql_name(field)]
            is_required = isinstance(shown.type, GraphQLNonNull)
            assert is_required is not columns[field.python_name].nullable, f"{entity.__name__}.{field.python_name}"


MUTATIONS = Mutation.__strawberry_definition__.fields  # type: ignore[attr-defined]  # set by Strawberry


@pytest.mark.parametrize("field", MUTATIONS, ids=lambda field: field.python_name)
def test_a_payload_is_read_from_what_the_mutation_answers(field: Any) -> None:
    """A name that is missing would be told only after the change is done."""
    answered = field.base_resolver.wrapped_func.__payload__
    names = {answered, "user_errors"} if isinstance(answered, str) else {each.name for each in fields(answered)}
    assert names == {each.python_name for each in plain_fields(field.type.of_type)}


def test_root_fields_are_nullable_so_that_the_others_still_answer() -> None:
    for root in (CORE.query_type, CORE.mutation_type):
        assert root is not None
        assert [name for name, field in root.fields.items() if isinstance(field.type, GraphQLNonNull)] == []


def test_every_page_has_a_size() -> None:
    """A connection without `first` would return everything."""
    unbounded = [
        f"{kind.name}.{name}"
        for kind in CORE.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if str(field.type).rstrip("!").endswith("Connection") and "first" not in field.args
    ]
    assert unbounded == []
