"""Reads the platform's own ids, which clients may give in place of ours."""

import re
from collections.abc import Sequence

from errors import BadInput
from resolvers.inputs.given import given_list

_ACCOUNT = re.compile(r"act_[0-9]{1,30}")
_LONGEST = 200


def given_external_ids(values: Sequence[str] | None, name: str) -> tuple[str, ...] | None:
    """The ids; None when they are null or left out. Raises BadInput for a text that cannot be an id of a platform."""
    listed = given_list(values, name)
    for value in listed or ():
        if len(value) > _LONGEST or not value.isprintable():
            raise BadInput(f"`{name}` must hold the platform's own ids, as `externalId` gives them.")
    return listed


def given_account_ids(values: Sequence[str] | None, name: str) -> tuple[str, ...] | None:
    """The same for ids of ad accounts, which all have the form act_<digits>."""
    listed = given_list(values, name)
    for value in listed or ():
        check_account_id(value, name)
    return listed


def check_account_id(value: str, name: str) -> None:
    """Raises BadInput unless the value has the form of an ad account's id."""
    if not _ACCOUNT.fullmatch(value):
        raise BadInput(f"`{name}` takes an ad account's id of the platform, act_ and a number such as act_1001.")
