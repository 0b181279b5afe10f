"""What the columns of a file are called: as in the API, so that a script reads both alike."""

from collections.abc import Sequence

from analytics.enums import Breakdown, EntityLevel
from models.insights.statements.lines import FIRST_COLUMNS, ColumnKind, LineColumn

# Of what kind an entity of each level is, as its id says.
_KINDS = {
    EntityLevel.TENANT: "Tenant",
    EntityLevel.AD_ACCOUNT: "AdAccount",
    EntityLevel.CAMPAIGN: "Campaign",
    EntityLevel.AD_SET: "AdSet",
    EntityLevel.AD: "Ad",
    EntityLevel.CREATIVE: "Creative",
}


def id_kind(level: EntityLevel) -> str:
    """What stands before the id of an entity of the level, in the id that clients know."""
    return f"{_KINDS[level]}:"


def names_of(columns: Sequence[LineColumn]) -> list[str]:
    """The names, each once: a custom metric that is called like another column has `metric.` before its key."""
    return [_name(column) for column in columns]


def _name(column: LineColumn) -> str:
    if column.kind in (ColumnKind.TEXT, ColumnKind.DATE):
        return column.name if column.name.startswith("tag.") else in_camel_case(column.name)
    return f"metric.{column.name}" if column.name in _TAKEN else column.name


def in_camel_case(name: str) -> str:
    """As the API writes it."""
    first, *more = name.split("_")
    return first + "".join(word.capitalize() for word in more)


_TAKEN = {
    in_camel_case(name)
    for name in ("currency", *(each.name for each in FIRST_COLUMNS), *(each.value.lower() for each in Breakdown))
}
