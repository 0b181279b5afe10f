"""What the columns of files are called: what the API calls the same things."""

from typing import Any

from analytics.enums import Breakdown
from analytics.metrics.catalogue import MEASURES
from models.insights.statements.lines import FIRST_COLUMNS, ColumnKind, LineColumn, kind_of
from schema import build_schema
from services.exports.columns import names_of


def fields_of(type_name: str) -> set[str]:
    found: Any = build_schema().core.type_map[type_name]
    return set(found.fields)


def test_breakdowns_and_metrics_are_called_like_fields_of_rows() -> None:
    broken_down = names_of([LineColumn(each.value.lower(), ColumnKind.TEXT, is_free=True) for each in Breakdown])
    assert len({*broken_down}) == len(Breakdown)
    assert {*broken_down} == fields_of("Dimensions") - {"tags"}
    measured = names_of([LineColumn(each.key, kind_of(each)) for each in MEASURES.values()])
    assert {*measured} <= fields_of("Metrics")
    assert names_of(FIRST_COLUMNS) == ["key", "level", "entityId", "externalId", "name", "periodStart", "periodEnd"]


def test_tags_keep_their_names_and_no_metric_takes_the_name_of_another_column() -> None:
    columns = [
        LineColumn("tag.launch_month", ColumnKind.TEXT, is_free=True),
        LineColumn("currency", ColumnKind.TEXT),
        *(
            LineColumn(key, ColumnKind.DECIMAL)
            for key in ("currency", "platformPosition", "profit_2", "previous.profit_2")
        ),
    ]
    assert names_of(columns) == [
        *("tag.launch_month", "currency"),
        *("metric.currency", "metric.platformPosition", "profit_2", "previous.profit_2"),
    ]
