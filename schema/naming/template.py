"""NamingTemplate: how names of one level are read, and the mutations on it."""

import strawberry

from analytics.enums import DuplicateKeys, ExtraTokens, NamingFieldType, NamingLevel, NamingMode
from models.naming.template import NamingTemplate as NamingTemplateRow
from resolvers.naming import templates
from schema.ads.ad_account import AdAccount
from schema.field import field
from schema.node import Node, entity
from schema.ok_payload import OkPayload
from schema.user_error import UserError


@strawberry.type(description="A code that names have, and what it stands for.")
class NamingLabel:
    code: str = strawberry.field(description="As names write it; case does not count.")
    label: str = strawberry.field(description="What it stands for.")


@strawberry.type(description="A field of a naming template.")
class NamingField:
    key: str = strawberry.field(description="The `field` of its tags.")
    type: NamingFieldType = strawberry.field(description="What its values are; others are errors.")
    required: bool = strawberry.field(description="Whether a name without a value here does not match.")
    labels: list[NamingLabel] = strawberry.field(description="The codes that an ENUM knows; empty for other types.")
    date_format: str | None = strawberry.field(description="How a DATE is written; null for other types.")
    default: str | None = strawberry.field(description="The value of names that lack the field; null: they have none.")


@entity(NamingTemplateRow, description="How the names of campaigns, ad sets or ads are read for tags.")
class NamingTemplate(Node):
    name: str
    level: NamingLevel = field(description="Whose names it reads.")
    mode: NamingMode = field(description="How fields are found in a name.")
    priority: int = field(
        description="A higher one is asked first, of equal ones the older one. The first that matches counts."
    )
    delimiter: str | None = field(description="Between the parts of a name, or the kind of brackets.")
    pattern: str | None = field(description="Of REGEX, in RE2's syntax.")
    trim: bool = field(description="Whether spaces around a value are no part of it.")
    on_extra: ExtraTokens = field(description="What becomes of parts that no field is left for.")
    on_duplicate: DuplicateKeys = field(description="What becomes of a key that a name has twice.")
    ad_accounts: list[AdAccount] = field(
        templates.ad_accounts,
        description="Whose names it reads; empty: those of all ad accounts.",
        size=templates.ACCOUNTS_LENGTH,
    )
    fields: list[NamingField] = field(templates.fields, description="In the order in which names have them.")
    version: int = field(description="Rises with each change: `expectedVersion` of the next one.")


@strawberry.type
class NamingTemplatePayload:
    template: NamingTemplate | None
    user_errors: list[UserError]


@strawberry.type
class NamingTemplateMutations:
    save_naming_template: NamingTemplatePayload | None = field(
        templates.save_naming_template,
        description="Makes a naming template, or changes the one with this `id`; at most 100 a tenant. When it "
        "answers, everything has the tags that follow, on old days too; that takes about a second for each 10,000 ads. "
        "TEMPLATE_INVALID tells what is wrong where, CONFLICT that somebody else has changed it meanwhile. Needs "
        "EDIT_NAMING.",
    )
    delete_naming_template: OkPayload | None = field(
        templates.delete_naming_template,
        description="Its tags go, those of other templates and of overrides stay. Needs EDIT_NAMING.",
    )
