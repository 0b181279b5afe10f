"""Odd values in an answer spoil themselves alone, and are told."""

from decimal import Decimal

import msgspec
import pytest

from integrations.ads.spoiled import Spoiled
from integrations.meta.decoding import RowPage, Tolerant, read
from integrations.meta.insights.ad_days import DECODER
from integrations.meta.records import ActionStat, InsightRecord

NAN = Decimal("NaN")


class Part(msgspec.Struct, frozen=True):
    kind: str
    count: int | Decimal | None = 0


class Row(msgspec.Struct, frozen=True):
    id: str
    name: str | None = None
    size: int | None = None
    parts: list[Part] = []
    main: Part | None = None


LIST: Tolerant[RowPage[Row]] = Tolerant("row", Row, RowPage[Row], {Part: {"count": NAN}})
BY_ID: Tolerant[dict[str, Row]] = Tolerant("row", Row, dict[str, Row])


def rows(text: str) -> tuple[list[Row], list[Spoiled]]:
    spoiled: list[Spoiled] = []
    return read(LIST, f'{{"data": [{text}]}}'.encode(), spoiled).data, spoiled


@pytest.mark.parametrize("nothing", ["null", '""', "[]", "{}"])
def test_null_and_empty_are_absent(nothing: str) -> None:
    text = f'{{"id": "1", "name": {nothing}, "size": {nothing}, "parts": {nothing}, "main": {nothing}}}, {nothing}'
    assert rows(text)[0] == [Row("1")] or nothing == '""'
    assert [row.name or None for row in rows(text)[0]] == [None]
    assert rows(text)[1] == []


def test_a_value_of_another_type_spoils_its_field_alone() -> None:
    found, spoiled = rows('{"id": "1", "name": true, "size": "many", "main": 5}, {"id": "2", "name": "B"}')
    assert found == [Row("1"), Row("2", "B")]
    assert spoiled == [Spoiled("row", name, "1") for name in ("name", "size", "main")]


def test_within_lists_and_objects_too() -> None:
    parts = '[{"kind": "a", "count": "x"}, null, 7, {"count": 3}, {"kind": "b", "count": "2.5"}]'
    found, spoiled = rows(f'{{"id": "1", "parts": {parts}, "main": {{"kind": "c", "count": {{"x": 1}}}}}}')
    assert [(part.kind, str(part.count)) for part in found[0].parts] == [("a", "NaN"), ("b", "2.5")]
    assert str(found[0].main and found[0].main.count) == "NaN"
    assert [each.field_name for each in spoiled] == ["parts.count", "parts", "main.count"]


def test_a_row_that_nobody_could_tell_from_others_is_left_out() -> None:
    found, spoiled = rows('{"name": "A", "date_start": "2026-10-01"}, 7, {"id": {}}, {"id": "2"}')
    assert found == [Row("2")]
    assert spoiled == [Spoiled("row", None, None, "2026-10-01"), Spoiled("row"), Spoiled("row")]


def test_ids_and_names_that_are_numbers_are_texts() -> None:
    assert rows('{"id": 15, "name": 7}') == ([Row("15", "7")], [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (r"bad\u0000name", "badname"),
        (r"half \ud83d pair", "half \ufffd pair"),
        (r"half \uDE00", "half \ufffd"),
        (r"whole \ud83d\ude00", "whole 😀"),
        (r"twice \ud83d\ud83d\ude00", "twice \ufffd😀"),
        (r"written \\u0000 \\ud83d", r"written \u0000 \ud83d"),
        ("\\\\\\u0000", "\\"),
    ],
)
def test_no_text_holds_what_a_text_cannot(text: str, name: str) -> None:
    assert rows(f'{{"id": "1", "name": "{text}"}}') == ([Row("1", name)], [])


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert read(LIST, b'{"data": [{"id": "1", "name": "a\xffb"}]}', []).data == [Row("1", "a\ufffdb")]


def test_rows_by_their_ids() -> None:
    spoiled: list[Spoiled] = []
    body = b'{"1": {"id": "1", "size": "x"}, "2": null, "3": {"id": "3"}}'
    assert [*read(BY_ID, body, spoiled).values()] == [Row("1"), Row("3")]
    assert spoiled == [Spoiled("row", "size", "1")]


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"code": 190, "message": "no"}}',
        b'{"data": [{"id": 1}], "paging": "somewhere"}',
        b'{"data": [{"id": 1}], "paging": {"next": {"x": 1}}}',
        b'{"data": {"id": 1}}',
        b'{"data": [{"id": 1}',
    ],
)
def test_what_is_no_list_or_hides_its_end_is_not_taken_for_one(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read(LIST, body, [])


def test_a_list_of_actions_that_is_none_is_not_taken_for_zero() -> None:
    ids = '"ad_id": "1", "date_start": "2026-10-01"'
    spoiled: list[Spoiled] = []
    row = read(DECODER, f'{{"data": [{{{ids}, "outbound_clicks": "7"}}]}}'.encode(), spoiled).data[0]
    assert isinstance(row, InsightRecord)
    assert [(type(each), each.action_type, str(each.value)) for each in row.outbound_clicks or ()] == [
        (ActionStat, "outbound_click", "NaN")
    ]
    assert spoiled == [Spoiled("row", "outbound_clicks", "1", "2026-10-01")]
