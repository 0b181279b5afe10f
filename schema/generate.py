"""Writes schema/metrics.py and docs/metrics.md from the catalogue: `python -m schema.generate`."""

from pathlib import Path
from textwrap import wrap

from analytics.enums import MetricCategory, MetricUnit
from analytics.registry import METRICS, MetricDefinition

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema" / "metrics.py"
DOCUMENT = ROOT / "docs" / "metrics.md"

_LINE = 121  # the project's line length and the line break

_HEAD = '''"""Generated from the catalogue by `python -m schema.generate`; change analytics/metrics/ instead."""

from decimal import Decimal

import strawberry

from resolvers import metrics
from resolvers.scalars import BigInt, Currency
from schema.field import field
from schema.metric_value import ActionValue, MetricValue

DESCRIPTION = (
    "Built-in metrics: what is selected is what is computed. Definitions, formulas and units: Query.metricDefinitions."
)


@strawberry.type(description=DESCRIPTION)
class Metrics:
    currency: Currency | None = field(description="That of all money here; null when the numbers mix currencies.")
'''
_TAIL = """    values: list[MetricValue] = field(
        metrics.values, description="The same numbers as generic pairs, for clients that choose metrics at run time."
    )
    action: ActionValue | None = field(
        metrics.action,
        description="Any other action type as the platform names it, e.g. offsite_conversion.custom.123. Not among "
        "them: catalogue actions of collaborative ads, which the platform lists apart (catalog_segment_actions).",
    )
"""
_UNITS = {
    MetricUnit.COUNT: "count",
    MetricUnit.MONEY: "money",
    MetricUnit.FRACTION: "fraction (0.0123 is 1.23 %)",
    MetricUnit.MULTIPLE: "multiple",
    MetricUnit.SECONDS: "seconds",
}
_INTRODUCTION = """# Metrics

Every metric of the API, generated from the catalogue by `python -m schema.generate`.

Ratios are computed from sums over the group that a row is about, never averaged. A metric is null when a fact behind
it was not reported or its denominator is zero: spend without purchases has no `cpaPurchase`, and a `roas` of 0.
Counts of people (reach and what stands on it) are never added up: they are null but for ads by day, and for campaigns
and accounts by day, by calendar month and over the last 7, 28 and 30 days, each as the platform counted it.
Conversions count in the ad account's own attribution unless another window is asked for; windows of clicks nest, so
they are alternatives. Of several names under which the platform lists the same conversions the most complete one
counts: `omni_purchase`, else `purchase`, else the pixel's.
Catalogue actions are not among the conversions: what people did on a retailer's site or app with the products that a
brand advertises for it (collaborative ads). See [meta.md](meta.md#the-numbers-and-ads-manager).

`watchSeconds`, `reach` and the like in a formula are the stored sums behind the metric.
"""
_TABLE_HEAD = "| field | formula | unit | what it is |\n| --- | --- | --- | --- |\n"


def metrics_module_text() -> str:
    return _HEAD + "".join(_field(definition) for definition in METRICS.values()) + _TAIL


def _field(definition: MetricDefinition) -> str:
    """As the formatter leaves it: on one line where it fits."""
    description = f"{definition.name}. {definition.description}".replace('"', "'")
    head = f"    {definition.attribute}: {_type(definition)} | None = field("
    short = f'{head}description="{description}")\n'
    if len(short) <= _LINE:
        return short
    if len(description) <= _LINE - len('        description=""\n'):
        return f'{head}\n        description="{description}"\n    )\n'
    pieces = wrap(description, 88, break_on_hyphens=False)
    quoted = [f'"{piece} "' for piece in pieces[:-1]] + [f'"{pieces[-1]}"']
    return f"{head}\n        description=" + "\n        ".join(quoted) + ",\n    )\n"


def _type(definition: MetricDefinition) -> str:
    if definition.is_whole:
        return "BigInt"
    return "Decimal" if definition.unit in (MetricUnit.COUNT, MetricUnit.MONEY) else "float"


def document_text() -> str:
    parts = [_INTRODUCTION]
    for category in MetricCategory:
        definitions = [definition for definition in METRICS.values() if definition.category is category]
        if not definitions:
            continue
        parts.append(f"\n## {category.value.capitalize()}\n\n{_TABLE_HEAD}")
        parts += [_line(definition) for definition in definitions]
    return "".join(parts)


def _line(definition: MetricDefinition) -> str:
    source = f" Platform: `{definition.platform_field}`." if definition.platform_field else ""
    return (
        f"| `{definition.key}` | `{definition.formula}` | {_UNITS[definition.unit]}"
        f" | {definition.name}. {definition.description}{source} |\n"
    )


def main() -> None:
    SCHEMA.write_text(metrics_module_text())
    DOCUMENT.write_text(document_text())


if __name__ == "__main__":
    main()
