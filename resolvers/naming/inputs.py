"""How clients write a naming template, and how it is read."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from analytics.enums import DuplicateKeys, ExtraTokens, NamingFieldType, NamingLevel, NamingMode
from analytics.naming.template import NamingField, NamingLabel, TemplateRules
from resolvers.inputs.given import given, given_list
from resolvers.inputs.ids import IdNotes, claimed_ids


@strawberry.input
class NamingLabelInput:
    code: str = strawberry.field(description="As names write it; case does not count.")
    label: str = strawberry.field(description="What it stands for.")


@strawberry.input
class NamingFieldInput:
    key: str = strawberry.field(
        description="1 to 50 letters, digits and underscores, a letter first: the `field` of its tags."
    )
    type: NamingFieldType = strawberry.field(
        default=NamingFieldType.TEXT, description="What its values are; others are errors."
    )
    required: bool = strawberry.field(default=False, description="A name without a value here does not match.")
    labels: list[NamingLabelInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The codes that an ENUM knows."
    )
    date_format: str | None = strawberry.field(
        default=strawberry.UNSET, description="How a DATE is written, such as `YYYY-MM-DD` or `DD.MM.YY`."
    )
    default: str | None = strawberry.field(
        default=strawberry.UNSET, description="The value of names that lack the field, as a name would write it."
    )


@strawberry.input
class NamingTemplateInput:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The template to change; absent: a new one."
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="The version that was read; another one is CONFLICT."
    )
    name: str = strawberry.field(description="1 to 100 characters.")
    level: NamingLevel = strawberry.field(description="Whose names it reads.")
    mode: NamingMode = strawberry.field(description="How fields are found in a name.")
    priority: int = strawberry.field(default=0, description="A higher one is asked first.")
    delimiter: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Between the parts of a name (POSITION, KEYED), or the kind of brackets (BRACKETED; null: all).",
    )
    pattern: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of REGEX: RE2's syntax, with a group named like each field."
    )
    trim: bool = strawberry.field(default=True, description="Spaces around a value are no part of it.")
    on_extra: ExtraTokens = strawberry.field(
        default=ExtraTokens.ERROR, description="What becomes of parts that no field is left for."
    )
    on_duplicate: DuplicateKeys = strawberry.field(
        default=DuplicateKeys.ERROR, description="What becomes of a key that a name has twice (KEYED)."
    )
    ad_account_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Absent, null or empty: all ad accounts, those of the future too."
    )
    fields: list[NamingFieldInput] = strawberry.field(description="In the order in which names have them; at most 50.")


# No row's id.
_NOTHING = UUID(int=0)


def template_rules(wanted: NamingTemplateInput, notes: IdNotes, *, at: Sequence[str]) -> TemplateRules:
    """The template as it is checked, and as names are read by it.

    `at` is the path to the input in the arguments. A text that is no id of an ad account becomes the id of none, and is
    noted, as `claimed_id` does.
    """
    return TemplateRules(
        name=wanted.name,
        level=wanted.level,
        mode=wanted.mode,
        fields=tuple(_field(each) for each in wanted.fields),
        priority=wanted.priority,
        delimiter=given(wanted.delimiter),
        pattern=given(wanted.pattern),
        trim=wanted.trim,
        on_extra=wanted.on_extra,
        on_duplicate=wanted.on_duplicate,
        ad_account_ids=_accounts(wanted.ad_account_ids, notes, at),
    )


def _accounts(ids: Sequence[strawberry.ID] | None, notes: IdNotes, at: Sequence[str]) -> frozenset[UUID]:
    listed = given_list(ids, "adAccountIds") or ()
    found = claimed_ids(notes, listed, "AdAccount", at=[*at, "adAccountIds"])
    return frozenset(each or _NOTHING for each in found)


def _field(wanted: NamingFieldInput) -> NamingField:
    return NamingField(
        key=wanted.key,
        type=wanted.type,
        required=wanted.required,
        labels=tuple(NamingLabel(each.code, each.label) for each in given(wanted.labels) or ()),
        date_format=given(wanted.date_format),
        default=given(wanted.default),
    )
