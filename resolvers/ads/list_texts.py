"""What a query selects of a list of entities, as the shape by which Postgres writes the list as JSON."""

from analytics.enums import Metric
from analytics.metrics.catalogue import METRICS
from analytics.periods import AskedRange
from models.insights.entities.texts import EntityShape, EntitySums, Kind, metrics_part
from models.insights.metric_values import AskedMetrics
from models.splicing.shape import HeldObject, NoTextError, OwnValue, Part, Shape
from resolvers.context import Info
from resolvers.inputs.date_ranges import asked_range
from resolvers.shapes import AskedFields, FieldAsked
from services.insights.entity_lists import AskedList

# Each is a sum of its own within the statement: with many of them, Postgres would plan longer than it calculates.
_MOST_METRICS = 8
_METRICS: dict[str, Metric] = {definition.attribute: metric for metric, definition in METRICS.items()}


def asked_list(info: Info, kind: Kind) -> AskedList | None:
    """What is asked of each entity, where it is selected once, as nodes, and nothing of it has to be resolved."""
    nodes = info._raw_info.field_nodes  # noqa: SLF001 - Strawberry has no other name for it
    kept, place = info.context.loaders.of_place, (asked_list, *(id(node) for node in nodes))
    if place not in kept:
        kept[place] = _asked(info, kind)
    found: AskedList | None = kept[place]
    return found


def _asked(info: Info, kind: Kind) -> AskedList | None:
    selected = AskedFields.of_field(info)
    nodes = None if selected.has("edges") else selected.single("nodes")
    if nodes is None:
        return None
    metrics: list[EntitySums] = []
    ranges: list[AskedRange] = []

    def part(asked: FieldAsked, shape: Shape) -> Part:
        if asked.name != "metrics" or len(metrics) == _MOST_METRICS:
            raise NoTextError(asked.name)
        metrics.append(EntitySums(_metrics_of(shape), asked.arguments["attribution"]))
        ranges.append(asked_range(asked.arguments["range_"]))
        return HeldObject(metrics_part(len(metrics) - 1), shape)

    shape = nodes.shape({}, part)
    if shape is None:
        return None
    return AskedList(EntityShape(kind, shape, tuple(metrics), selected.has("pageInfo")), tuple(ranges))


def _metrics_of(shape: Shape) -> AskedMetrics:
    names = {part.name for _, part in shape if isinstance(part, OwnValue)}
    return AskedMetrics(
        frozenset(_METRICS[name] for name in names if name in _METRICS), shows_currency="currency" in names
    )
