"""Everything that clients see says what it is, and the tables of descriptions have nothing that nobody reads."""

import re

import pytest
from graphql import is_scalar_type

from schema import build_schema
from schema.descriptions import asked, by_name, shown
from schema.descriptions.describing import described
from schema.descriptions.enum_values import ENUMS

CORE = build_schema().core
DESCRIBED = {coordinate: (named.description, found) for coordinate, named, found in described(CORE)}
TABLES = {
    "shown.TYPES": shown.TYPES,
    "shown.FIELDS": shown.FIELDS,
    "asked.TYPES": asked.TYPES,
    "asked.ARGUMENTS": asked.ARGUMENTS,
    "asked.INPUT_FIELDS": asked.INPUT_FIELDS,
}


def test_everything_has_a_description() -> None:
    assert [coordinate for coordinate, (text, _) in DESCRIBED.items() if not (text or "").strip()] == []


@pytest.mark.parametrize("kind", ["Query", "AdAccount", "Role", "RefreshInput", "@idempotent"])
def test_the_walk_sees_every_kind_of_thing(kind: str) -> None:
    assert kind in DESCRIBED
    assert any(coordinate.startswith((f"{kind}.", f"{kind}(")) for coordinate in DESCRIBED)


def test_a_description_is_a_sentence() -> None:
    begun = re.compile(r"[A-Z0-9`{\"]|omni_|base64url")
    told = {name: text or "" for name, (text, _) in DESCRIBED.items() if not is_scalar_type(CORE.type_map.get(name))}
    assert [name for name, text in told.items() if not (begun.match(text) and text[-1] in ".)`?")] == []


@pytest.mark.parametrize("table", TABLES)
def test_no_entry_of_a_table_is_in_vain(table: str) -> None:
    """Such as one of a field that is gone, or that declares its own by now."""
    for name, text in TABLES[table].items():
        coordinate = name.replace(")", ":)")
        assert coordinate in DESCRIBED, f"{table}: {name} is not in the schema"
        assert DESCRIBED[coordinate][0] == text, f"{table}: {name} declares its own description"


def test_no_enum_value_is_described_that_is_not_there() -> None:
    for enum, values in ENUMS.items():
        for value, text in values.items():
            coordinate = f"{enum}.{value}" if value else enum
            assert DESCRIBED.get(coordinate, ("",))[0] == text, coordinate


def test_every_name_of_the_general_tables_is_used() -> None:
    texts = {text for text, _ in DESCRIBED.values()}
    for table in (by_name.TYPES, by_name.FIELDS, by_name.ARGUMENTS, by_name.INPUT_FIELDS):
        assert set(table.values()) <= texts
