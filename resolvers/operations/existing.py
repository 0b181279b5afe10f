"""How many entities a root field can lead to at most: those of the ad accounts that it names, otherwise of all."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from models.ads.entity_counts import EntityCounts
from resolvers.node_id import decode_id

Arguments = Mapping[str, Any]
# From a root field's arguments to the ids of the accounts that it names; None if it names none.
Names = Callable[[EntityCounts, Arguments], set[UUID] | None]


def existing_below(counts: EntityCounts, name: str, arguments: Arguments) -> dict[str, int]:
    """The counts by the name of a type. The arguments are as the client wrote them, so they may be invalid."""
    named = _ACCOUNTS_NAMED.get(name, _nothing)(counts, arguments)
    return {
        kind.__name__: sum(number for account, number in numbers.items() if named is None or account in named)
        for kind, numbers in counts.by_kind.items()
    }


def _nothing(_counts: EntityCounts, _arguments: Arguments) -> None:
    return None


def _of_account(counts: EntityCounts, arguments: Arguments) -> set[UUID] | None:
    return _ids(arguments.get("id")) if arguments.get("id") else _by_external(counts, arguments.get("externalId"))


def _of_accounts(counts: EntityCounts, arguments: Arguments) -> set[UUID] | None:
    return _by_external(counts, _inside(arguments, "filter").get("externalIds"))


def _of_entities(counts: EntityCounts, arguments: Arguments) -> set[UUID] | None:
    wanted = _inside(arguments, "filter")
    by_id, by_external = _ids(wanted.get("adAccountIds")), _by_external(counts, wanted.get("adAccountExternalIds"))
    return by_external if by_id is None else by_id


def _of_insights(_counts: EntityCounts, arguments: Arguments) -> set[UUID] | None:
    return _ids(_inside(arguments, "input").get("adAccountIds"))


# Root fields that are not listed lead to no entities whose number is known.
_ACCOUNTS_NAMED: Mapping[str, Names] = {
    "adAccount": _of_account,
    "adAccounts": _of_accounts,
    "campaigns": _of_entities,
    "adSets": _of_entities,
    "ads": _of_entities,
    "creatives": _of_entities,
    "insights": _of_insights,
}


def _inside(arguments: Arguments, name: str) -> Arguments:
    value = arguments.get(name)
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterable[str] | None:
    """The texts of a list, or of a single value, which GraphQL takes for a list of one; None for anything else."""
    values = value if isinstance(value, list) else [value]
    return values if value is not None and all(isinstance(each, str) for each in values) else None


def _ids(value: Any) -> set[UUID] | None:
    texts = _texts(value)
    return None if texts is None else {found for each in texts if (found := decode_id(each, "AdAccount")) is not None}


def _by_external(counts: EntityCounts, value: Any) -> set[UUID] | None:
    texts = _texts(value)
    if texts is None:
        return None
    wanted = set(texts)
    return {account_id for account_id, external_id in counts.external_ids.items() if external_id in wanted}
