"""The custom metrics that a query names: they are loaded where one is named, and all of an operation at once."""

from collections.abc import Iterable
from typing import NoReturn

from analytics.metrics.custom.formula_book import size_of
from auth.permissions import Permission, require
from errors import BadInput
from resolvers.context import Info, signed_in
from resolvers.insights.selection import Customs, custom_keys_below

# Of the formulas in all places of one question: each is a part of its statements, and parts take time to put together.
_MOST_VALUES = 1000
_LONGEST_SHOWN = 64


async def custom_measures(info: Info) -> Customs:
    """The custom metrics with a key that is named below the field that is being resolved.

    Needs READ where one is named. Raises BadInput for formulas that are too long together.
    """
    named = [*custom_keys_below(info)]
    if not named:
        return {}
    require(signed_in(info), Permission.READ)
    found = await info.context.loaders.custom_measures_by_key.load_many(sorted({*named}))
    customs = {measure.key: measure for measure in found if measure is not None}
    check_formulas(named, customs)
    return customs


def check_formulas(named: Iterable[str], customs: Customs) -> None:
    """Raises BadInput for formulas that are too long together; `named` has a key as often as it is named."""
    if sum(size_of(customs[key].expression) for key in named if key in customs) > _MOST_VALUES:
        raise BadInput(
            f"The formulas of these custom metrics have more than {_MOST_VALUES:,} values together: ask for fewer."
        )


def no_custom_metric(key: str) -> NoReturn:
    """Raises BadInput: there is no custom metric with this key."""
    raise BadInput(f"There is no custom metric `{key[:_LONGEST_SHOWN]}`: `customMetrics` lists those of this tenant.")
