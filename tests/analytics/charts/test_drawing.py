"""Drawing by itself: numbers of any size, axes that are true, texts that stay in the picture."""

from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from analytics.charts.drawing import draw
from analytics.charts.labels import TITLE_SIZE
from analytics.charts.picture import Panel, Picture, Slot, Strand
from analytics.charts.words import clean, cut, days_text, number_text, width_of
from analytics.enums import ChartKind, MetricUnit
from analytics.periods import DateRange
from tests.worlds.charts import SVG, Drawing

NUMBERS = {
    "large": (Decimal(10) ** 300, Decimal(3) * Decimal(10) ** 299),
    "small": (Decimal(10) ** -30, Decimal(5) * Decimal(10) ** -31),
    "of many digits": (Decimal("123456789012345678901234567890.123456789"), Decimal(1)),
    "alike": (Decimal(7), Decimal(7)),
    "negative": (Decimal(-5), Decimal("-0.001")),
    "of both signs": (Decimal(-1200), Decimal(3500)),
    "nothing": (Decimal(0), Decimal(0)),
    "one alone": (Decimal(3), None),
    "thousands": (Decimal(999_999), Decimal(1_000_001)),
}


def picture(
    kind: ChartKind,
    *values: Decimal | None,
    unit: MetricUnit = MetricUnit.MONEY,
    names: tuple[str, ...] = (),
    **size: int,
) -> Picture:
    strands = tuple(Strand(name, values, number) for number, name in enumerate(names or ("Spend",)))
    slots = tuple(Slot(f"s{number}", f"s{number}") for number in range(len(values)))
    panel = Panel("Spend, EUR", unit, "EUR" if unit is MetricUnit.MONEY else "", strands)
    pixels = {"width": 640, "height": 300} | size
    return Picture(kind, pixels["width"], pixels["height"], "Title", "Days", slots, (panel,), has_periods=True)


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("unit", MetricUnit, ids=str)
def test_numbers_of_any_size_stand_where_the_axis_says(values: tuple[Decimal | None, ...], unit: MetricUnit) -> None:
    for kind in ChartKind:
        drawn = Drawing(draw(picture(kind, *values, unit=unit)))
        marks = [each for each in drawn.root.iter() if each.find(f"{SVG}title") is not None][1:]
        assert len(marks) == sum(value is not None for value in values)
        for mark in marks:
            places = [float(mark.get(name, "0")) for name in ("x", "y", "cx", "cy", "width", "height")]
            assert all(-0.1 <= place <= 640 for place in places)


def test_columns_are_as_high_as_their_numbers_and_begin_at_0() -> None:
    drawn = Drawing(draw(picture(ChartKind.COLUMN, Decimal(10), Decimal(20), Decimal(-10))))
    heights = [float(each.get("height", "")) for each in drawn.root.iter(f"{SVG}rect") if len(each)]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.1)
    assert heights[2] == pytest.approx(heights[0], abs=0.1)
    assert [round(value) for value in drawn.drawn("rect").values()] == [10, 20, -10]


def test_an_axis_of_percent_has_no_thousands_of_a_percent() -> None:
    drawn = Drawing(draw(picture(ChartKind.LINE, Decimal(15), Decimal(1), unit=MetricUnit.FRACTION)))
    assert {"1,500%", "0"} <= {*drawn.texts}
    drawn = Drawing(draw(picture(ChartKind.LINE, Decimal(15_000_000), Decimal(1))))
    assert {"15M", "5M"} <= {*drawn.texts}


def test_a_picture_has_no_script_and_nothing_that_leads_away() -> None:
    names = ("<script>alert(1)</script>", "javascript:alert(1)", '" onload="alert(1)', "&amp;&lt;")
    for kind in ChartKind:
        drawn = Drawing(draw(picture(kind, Decimal(1), names=names)))
        attributes = {name for each in drawn.root.iter() for name in each.attrib}
        assert not any(name.startswith("on") or "href" in name or name == "style" for name in attributes)
        assert {each.tag for each in drawn.root.iter()} <= {
            SVG + name for name in ("svg", "g", "rect", "path", "circle", "line", "text", "title", "desc")
        }


def test_what_is_not_in_the_legend_is_counted() -> None:
    names = tuple(f"A campaign with quite a long name, No. {number}" for number in range(8))
    drawn = Drawing(draw(picture(ChartKind.LINE, Decimal(1), Decimal(2), names=names, width=320)))
    shown = [text for text in drawn.texts if text.startswith("A campaign")]
    assert 0 < len(shown) < 8
    assert f"+{8 - len(shown)}" in drawn.texts


def test_a_text_is_cut_where_its_room_ends() -> None:
    for text in (
        "\U0001f600" * 400,
        "W" * 300,
        "e\u0301" * 500,
        "\u0645\u0631\u062d\u0628\u0627 " * 80,
        "a\u200db" * 90,
    ):
        short = cut(text, 200, TITLE_SIZE)
        assert width_of(short, TITLE_SIZE) <= 200
        assert short.endswith("\u2026")
    assert cut("Spring sale", 200, TITLE_SIZE) == "Spring sale"
    assert cut("anything", 1, TITLE_SIZE) == "\u2026"


def test_what_xml_cannot_write_is_replaced() -> None:
    odd = "a\0b\u0001c\ud800d\uffffe\x7f\U0010fffff\n g"
    svg = draw(picture(ChartKind.LINE, Decimal(1), names=(odd,)))
    assert "a\ufffdb\ufffdc\ufffdd\ufffde" in svg
    assert ET.fromstring(svg.encode()) is not None
    assert clean(" two \n lines ") == "two lines"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1234567.891", MetricUnit.MONEY, "1,234,567.89 EUR"),
        ("0.0123", MetricUnit.MONEY, "0.0123 EUR"),
        ("0", MetricUnit.MONEY, "0.00 EUR"),
        ("0.01234", MetricUnit.FRACTION, "1.23%"),
        ("2.5", MetricUnit.MULTIPLE, "2.5\u00d7"),
        ("1200", MetricUnit.COUNT, "1,200"),
        ("12.50", MetricUnit.SECONDS, "12.5 s"),
        ("1e20", MetricUnit.COUNT, "1.000e+20"),
    ],
    ids=str,
)
def test_a_number_is_told_with_its_unit(value: str, unit: MetricUnit, text: str) -> None:
    assert number_text(Decimal(value), unit, "EUR") == text


def test_a_range_says_nothing_twice() -> None:
    told = [
        days_text(DateRange(date.fromisoformat(first), date.fromisoformat(last)))
        for first, last in (
            ("2026-11-01", "2026-11-30"),
            ("2026-10-31", "2026-11-02"),
            ("2025-12-31", "2026-01-01"),
            ("2026-11-01", "2026-11-01"),
        )
    ]
    assert told == [
        "1 \u2013 30 Nov 2026",
        "31 Oct \u2013 2 Nov 2026",
        "31 Dec 2025 \u2013 1 Jan 2026",
        "1 Nov 2026",
    ]
