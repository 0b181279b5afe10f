"""What is generated from the catalogue is what is committed."""

from analytics.enums import Metric
from analytics.metrics.catalogue import METRICS
from schema.insights.generate import DOCUMENT, SCHEMA, document_text, metrics_module_text
from schema.insights.metrics import Metrics


def test_the_metrics_type_is_the_one_of_the_catalogue() -> None:
    assert SCHEMA.read_text() == metrics_module_text(), "run `python -m schema.insights.generate`"


def test_the_documentation_is_the_one_of_the_catalogue() -> None:
    assert DOCUMENT.read_text() == document_text(), "run `python -m schema.insights.generate`"


def test_each_metric_is_a_field_and_a_value_of_the_enum() -> None:
    fields = {field.name for field in Metrics.__strawberry_definition__.fields}  # type: ignore[attr-defined]  # set by Strawberry
    assert fields == {"action", "currency", "custom", "values", *(METRICS[metric].attribute for metric in Metric)}
