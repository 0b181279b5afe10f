"""Naming templates: their list, what a template shows, and the mutations that save and delete them."""

from asyncio import gather
from collections.abc import Sequence
from typing import Annotated

import strawberry

from analytics.naming.template import NamingField
from execution.limits.list_sizes import ListLength
from models.ads.ad_account import AdAccount
from models.naming.template import MOST_TEMPLATES, NamingTemplate, rules_of
from resolvers.batching import with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.naming.inputs import NamingTemplateInput, template_rules
from resolvers.ok import OkAnswer, done
from services.naming import templates as saved
from services.naming.templates import TemplateWish

# Few tenants have more, and those that have are paid for as these.
LIST_LENGTH = ListLength(MOST_TEMPLATES // 2)
ACCOUNTS_LENGTH = ListLength(4)


async def naming_templates(info: Info) -> Sequence[NamingTemplate]:
    return await saved.all_naming_templates(info.context.db, signed_in(info))


async def ad_accounts(root: strawberry.Parent[NamingTemplate], info: Info) -> list[AdAccount]:
    """Those of its accounts that are there still."""
    [found] = await _ad_accounts([root], info)
    return found


async def _ad_accounts(root: Sequence[NamingTemplate], info: Info) -> list[list[AdAccount]]:
    loader = info.context.loaders.ad_accounts_by_id
    asked = [gather(*(loader.load(each) for each in template.ad_account_ids)) for template in root]
    return [[each for each in found if each is not None] for found in await gather(*asked)]


with_list_form(ad_accounts, _ad_accounts)


def fields(root: strawberry.Parent[NamingTemplate]) -> tuple[NamingField, ...]:
    return rules_of(root).fields


@mutation("template", called={"template_id": "id"})
async def save_naming_template(info: Info, input: NamingTemplateInput) -> NamingTemplate:  # noqa: A002 - the API's name
    wanted = given(input.id)
    template_id = None if wanted is None else claimed_id(info.context, wanted, "NamingTemplate", at=["input", "id"])
    wish = TemplateWish(
        template_rules(input, info.context, at=("input",)),
        template_id,
        is_new=wanted is None,
        expected_version=given(input.expected_version),
    )
    tools = info.context.tools
    return await saved.save_naming_template(tools.db, tools.clock, signed_in(info), wish)


@mutation(OkAnswer)
async def delete_naming_template(
    info: Info, template_id: Annotated[strawberry.ID, strawberry.argument(name="id")]
) -> OkAnswer:
    wanted = claimed_id(info.context, template_id, "NamingTemplate")
    gone = await saved.delete_naming_template(info.context.tools.db, signed_in(info), wanted)
    return done("NamingTemplate", gone.id)
