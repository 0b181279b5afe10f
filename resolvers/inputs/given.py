"""What all inputs share: left out and null mean the same, lists have a limit, ids in them must be ids."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import strawberry

from errors import BadInput
from resolvers.inputs.ids import wanted_id

T = TypeVar("T")

LONGEST_LIST = 1000


def given(value: T | None) -> T | None:
    """The value, or None when it is null or was left out."""
    return None if value is strawberry.UNSET else value


def given_list(values: Sequence[T] | None, name: str) -> tuple[T, ...] | None:
    """The values, or None when they are null or were left out; raises BadInput above 1,000."""
    listed = given(values)
    if listed is None:
        return None
    if len(listed) > LONGEST_LIST:
        raise BadInput(f"`{name}` takes at most 1,000 values.")
    return tuple(listed)


def given_ids(values: Sequence[strawberry.ID] | None, name: str, *, of: str) -> tuple[UUID, ...] | None:
    """The ids of one type; raises BadInput for what is no id of that type. Another tenant's id is an id like any."""
    listed = given_list(values, name)
    if listed is None:
        return None
    return tuple(wanted_id(value, of, at=(name, str(place))) for place, value in enumerate(listed))
