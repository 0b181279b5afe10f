"""Owns the shape of a naming template: which fields a name has, and how they are found in it.

`analytics/naming/checks.py` says which templates are good; nothing here refuses one.
"""

from dataclasses import dataclass
from uuid import UUID

from analytics.enums import DuplicateKeys, ExtraTokens, NamingFieldType, NamingLevel, NamingMode

# The field of the number that a copy has: of "Summer - Copy 3" it is 3. No field of a template can have this key.
COPY_FIELD = "_copy"


@dataclass(frozen=True, slots=True)
class NamingLabel:
    """A code that stands in names, and what people call it."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class NamingField:
    """A field of a template.

    `labels` are the codes of an ENUM, in order, and empty for other types. `date_format` is that of a DATE. `default`
    is the value of entities whose names lack the field, written as a name would write it.
    """

    key: str
    type: NamingFieldType = NamingFieldType.TEXT
    required: bool = False
    labels: tuple[NamingLabel, ...] = ()
    date_format: str | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRules:
    """What a template says of names of its level.

    A higher `priority` is asked first; of equal ones the one that comes first where they are listed. `delimiter` is
    that between parts (POSITION, KEYED) or the kind of brackets (BRACKETED; null for all kinds), `pattern` that of
    REGEX. `ad_account_ids` is empty for all accounts, those of the future included.
    """

    name: str
    level: NamingLevel
    mode: NamingMode
    fields: tuple[NamingField, ...]
    priority: int = 0
    delimiter: str | None = None
    pattern: str | None = None
    trim: bool = True
    on_extra: ExtraTokens = ExtraTokens.ERROR
    on_duplicate: DuplicateKeys = DuplicateKeys.ERROR
    ad_account_ids: frozenset[UUID] = frozenset()
