"""Reads ids that clients write. A text that is no id of the wanted type is refused, with where to find such ids.

Whether the object of an id exists, and whose it is, is not known here.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from errors import BadInput
from resolvers.node_id import decode_id, split_id

# For each type whose ids arguments take: the query that answers such ids.
SOURCES: Mapping[str, str] = {
    "AccessGrant": "accessGrants { nodes { id } }",
    "Ad": "ads { nodes { id } }",
    "AdAccount": "adAccounts { nodes { id } }",
    "AdSet": "adSets { nodes { id } }",
    "ApiKey": "tenant { apiKeys { nodes { id } } }",
    "Attribute": "attributes(kind: COLOUR) { nodes { id } }",
    "Campaign": "campaigns { nodes { id } }",
    "Channel": "channels { nodes { id } }",
    "ChannelJob": "channelJobs { nodes { id } }",
    "Conversation": "conversations { nodes { id } }",
    "Creative": "creatives { nodes { id } }",
    "Export": "exports { nodes { id } }",
    "Invitation": "tenant { invitations { nodes { id } } }",
    "Listing": "listings { nodes { id } }",
    "NamingOverride": "namingOverrides { nodes { id } }",
    "NamingTemplate": "namingTemplates { id }",
    "Order": "orders { nodes { id } }",
    "OrderCase": "orderCases { nodes { id } }",
    "Product": "products { nodes { id } }",
    "ProductImage": "products { nodes { images { id } } }",
    "RefreshJob": "refreshJobs { nodes { id } }",
    "Session": "viewer { sessions { id } }",
    "Suggestion": "suggestions { nodes { id } }",
    "Tenant": "viewer { memberships { tenant { id } } }",
    "User": "tenant { members { nodes { user { id } } } }",
}
_OF_PLATFORM = re.compile(r"(act_)?\d{1,40}")


class IdNotes(Protocol):
    """The part of a mutation's context in which a wrong id is noted for the frame of mutations."""

    wrong_id: BadInput | None


def wanted_id(value: str, *type_names: str, at: Sequence[str] = ("id",)) -> UUID:
    """The uuid of an id of one of these types; raises BadInput. `at` is the path to the id in the arguments."""
    row_id = decode_id(value, *type_names)
    if row_id is None:
        raise wrong_id(value, *type_names, at=at)
    return row_id


def claimed_id(notes: IdNotes, value: str, *type_names: str, at: Sequence[str] = ("id",)) -> UUID | None:
    """The same in a mutation, where the permission is checked first: a wrong id becomes None, which is no row's id.

    What is wrong is noted. The frame tells it once the service has checked the permission and found no row.
    """
    row_id = decode_id(value, *type_names)
    notes.wrong_id = wrong_id(value, *type_names, at=at) if row_id is None else None
    return row_id


def claimed_ids(notes: IdNotes, values: Sequence[str], type_name: str, *, at: Sequence[str]) -> list[UUID | None]:
    """The same of a list, of which the first wrong id is noted; `at` is the path to the list."""
    found = [decode_id(each, type_name) for each in values]
    if None in found:
        place = found.index(None)
        notes.wrong_id = wrong_id(values[place], type_name, at=[*at, str(place)])
    return found


def wrong_id(value: str, *type_names: str, at: Sequence[str]) -> BadInput:
    parts = split_id(value)
    found = f"is the id of {_a(parts[0])}; it " if parts is not None and parts[0] in SOURCES else ""
    wanted = " or ".join(map(_a, type_names))
    sources = " or ".join(f"`{SOURCES[name]}`" for name in type_names)
    told = f"`{'.'.join(at)}` {found}must be the id of {wanted}, as {sources} gives it.{_hint(value)}"
    return BadInput(told, field=at)


def no_id(value: str, *, at: str) -> BadInput:
    """The error for a place that takes an id of any type."""
    return BadInput(
        f"`{at}` must be the `id` of an object, as an answer of this API gives it.{_hint(value)}", field=[at]
    )


def _a(type_name: str) -> str:
    return f"{'an' if type_name[0] in 'AEIO' else 'a'} {type_name}"


def _hint(value: str) -> str:
    return " This looks like the platform's own id, which is `externalId`." if _OF_PLATFORM.fullmatch(value) else ""
