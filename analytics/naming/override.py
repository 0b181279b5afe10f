"""Owns the shape of an override: what a person says of a field, whatever names say."""

from dataclasses import dataclass
from uuid import UUID

from analytics.enums import OverrideScope


@dataclass(frozen=True, slots=True)
class OverrideRule:
    r"""For everything that `target` means, the field has this value; null clears it.

    `target` is a uuid for ENTITY (of a campaign, an ad set or an ad) and for CREATIVE, and a text for the others: the
    name, the glob (`*` any characters, `?` one, `\` before either means itself), or the value that is mistaken. Texts
    are compared as names are, without regard to case, and a name with its copy suffix is a name of its own.
    """

    scope: OverrideScope
    target: UUID | str
    field: str
    value: str | None
