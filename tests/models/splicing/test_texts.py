"""JSON that Postgres writes of single values: as the API's scalars write them, or marked for whoever reads them."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, DateTime, Double, Numeric, Text, cast, literal, select
from sqlalchemy.types import TypeEngine

from execution.plans.leaves import leaf_writer
from execution.transport.json_text import encode_json
from models.database import Database
from models.splicing.reading import MARK, outline, written_values
from models.splicing.shape import FixedText, HeldObject, NoTextError, OwnValue, Shape
from models.splicing.texts import FewValues, Texts
from models.thin.compiled import compiled, fetched
from schema import build_schema

NUMBERS: Mapping[str, tuple[TypeEngine[Any], list[str]]] = {
    "BigInt": (BigInteger(), ["0", "-1", str(10**14), str(-(10**13)), "999999999999999"]),
    "Decimal": (
        Numeric(),
        ["0", "0.000", "-0.5", "1.50", "100", "1e-7", "0.0000000001", "-12345.678901", "999999999999.99", "1e14"],
    ),
    "Float": (
        Double(),
        [
            "0",
            "-0.0",
            "0.1",
            "1e-7",
            "5e-324",
            "1e300",
            "1.7976931348623157e308",
            "0.30000000000000004",
            "1e22",
            "123456789.12345679",
            "0.9999999999999999",
            "1.0000000000000002",
            "-3.3333333333333335",
        ],
    ),
}
MARKED: Mapping[str, tuple[TypeEngine[Any], list[str]]] = {
    "BigInt": (BigInteger(), [str(10**15), str(2**53 - 1), str(2**53), str(2**53 + 1), str(-(2**62))]),
    "Decimal": (Numeric(), ["NaN", "Infinity", "-Infinity", "1e-15", "1234567890.123456", str(10**15)]),
    "Float": (Double(), ["NaN", "Infinity", "-Infinity"]),
}
TEXTS = (
    '"', "\\", "'", "\\'", "\\u0000", "\x01\x02\x1f\x7f\x85", "\n\r\t\b\f", "\u2028\u2029", "</script><!--", "",
    "\U0001f468\u200d\U0001f469", "\u202e\u05d0\u0627", "%s %(a)s :name $1 {x} E'", "\ufeff\ufffe\uffff", "e\u0301",
)  # fmt: skip


async def text_of(
    db: Database, shape: Shape, values: Mapping[str, ColumnElement[Any]], setting: str = "select 1"
) -> str:
    texts = Texts(outline(shape), FewValues(values))
    statement = compiled(select(texts.text).select_from(texts.over(select(*texts.columns))))
    async with db.read(None) as session:
        await session.fetch(setting, ())
        [row] = await fetched(session, statement, written_values(shape))
    return str(row[0])


def given(kind: TypeEngine[Any], values: list[Any]) -> tuple[Shape, dict[str, ColumnElement[Any]]]:
    """A shape of these values, written as texts, in columns of the type."""
    names = [f"n{number}" for number in range(len(values))]
    columns: dict[str, Any] = {
        name: cast(literal(value, Text()), kind) for name, value in zip(names, values, strict=True)
    }
    return tuple((name, OwnValue(name)) for name in names), columns


@pytest.mark.parametrize("scalar", NUMBERS)
async def test_numbers_are_written_as_the_api_writes_them(db: Database, scalar: str) -> None:
    kind, values = NUMBERS[scalar]
    found = json.loads(await text_of(db, *given(kind, values)), parse_float=Decimal, parse_int=Decimal)
    read = int if scalar == "BigInt" else float if scalar == "Float" else Decimal
    core: Any = build_schema().core.type_map[scalar]
    for value, number in zip(values, found.values(), strict=True):
        shown = encode_json(leaf_writer(core)(read(value)))
        assert read(number) == read(shown), value


@pytest.mark.parametrize("scalar", MARKED)
async def test_a_number_of_more_digits_or_of_none_is_marked(db: Database, scalar: str) -> None:
    kind, values = MARKED[scalar]
    shape, columns = given(kind, values)
    for name, _ in shape:
        text = await text_of(db, ((name, OwnValue(name)),), columns)
        assert text == f'{{"{name}":{MARK}}}', text


async def test_texts_days_and_nothing_are_written_as_json(db: Database) -> None:
    shape, columns = given(Text(), list(TEXTS))
    more: dict[str, Any] = {
        "day": cast(literal(date(2026, 2, 28)), Date()),
        "yes": cast(literal(True), Boolean()),  # noqa: FBT003 - a value
        "none": cast(None, Text()),
        "no_number": cast(None, Double()),
    }
    text = await text_of(db, (*shape, *((name, OwnValue(name)) for name in more)), columns | more)
    assert [*json.loads(text).values()] == [*TEXTS, "2026-02-28", True, None, None]
    assert MARK not in text


async def test_an_instant_is_written_as_python_writes_it(db: Database) -> None:
    instants = [
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 1, 1, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(999, 1, 1, 1, tzinfo=UTC),
    ]
    shape, columns = given(DateTime(timezone=True), [each.isoformat() for each in instants])
    for zone in ("UTC", "Asia/Kathmandu", "America/New_York"):
        found = json.loads(await text_of(db, shape, columns, f"set local timezone = '{zone}'"))
        assert list(found.values()) == [each.astimezone(UTC).isoformat() for each in instants]
    assert MARK in await text_of(db, *given(DateTime(timezone=True), ["infinity"]))


async def test_a_thousand_names_are_one_text(db: Database) -> None:
    """A function of Postgres takes 100 arguments, and its names have 63 bytes."""
    names = [f"{'n' * 70}{number}" for number in range(1_000)]
    shape: Shape = tuple((name, OwnValue("x")) for name in names)
    text = await text_of(db, (*shape, ("__proto__", FixedText("Odd"))), {"x": literal(1, BigInteger())})
    assert json.loads(text) == {**dict.fromkeys(names, 1), "__proto__": "Odd"}


async def test_an_object_of_which_nothing_is_selected_is_empty(db: Database) -> None:
    assert await text_of(db, (("a", FixedText("T")),), {}) == '{"a":"T"}'
    assert await text_of(db, (), {}) == "{}"


def test_an_attribute_that_no_source_has_is_not_written() -> None:
    for part in (OwnValue("y"), HeldObject("y", ())):
        with pytest.raises(NoTextError):
            Texts((("y", part),), FewValues({"x": literal(1)}))
