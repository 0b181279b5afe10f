"""Rules for all inputs: null means the same as left out, lists have a limit, and ids must be ids of the right type."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import strawberry

from errors import BadInput
from resolvers.inputs.ids import wanted_id

T = TypeVar("T")

LONGEST_LIST = 1000


def given(value: T | None) -> T | None:
    """The value; None when it is null or was left out."""
    return None if value is strawberry.UNSET else value


def given_list(values: Sequence[T] | None, name: str) -> tuple[T, ...] | None:
    """The values; None when the list is null or was left out. Raises BadInput for more than 1,000."""
    listed = given(values)
    if listed is None:
        return None
    if len(listed) > LONGEST_LIST:
        raise BadInput(f"`{name}` takes at most 1,000 values.")
    return tuple(listed)


def given_ids(values: Sequence[strawberry.ID] | None, name: str, *, of: str) -> tuple[UUID, ...] | None:
    """The uuids of ids of one type; raises BadInput for a text that is no id of that type.

    Whether the objects exist, and whose they are, is not checked.
    """
    listed = given_list(values, name)
    if listed is None:
        return None
    return tuple(wanted_id(value, of, at=(name, str(place))) for place, value in enumerate(listed))
