"""What the tests of naming share: a tenant with two accounts and their names, one template, and what its ads say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analytics.enums import NamingLevel, NamingMode, OverrideScope, TagSource
from analytics.naming.template import NamingField, TemplateRules
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.entity_tag import tags_by_entity
from models.naming.template import NamingTemplate
from services.naming.overrides import OverridesSet, OverrideWish, set_naming_overrides
from services.naming.templates import TemplateWish, save_naming_template
from services.toolbox import Toolbox
from tests.worlds.ads import EntityWorld, entity_world

Tags = dict[str, tuple[str | None, TagSource]]


@dataclass
class NamingWorld:
    """Ads named `angle_hook` in two ad sets of one campaign, and one ad in another account."""

    tools: Toolbox
    entities: EntityWorld
    account: AdAccount
    campaign: Campaign
    ad_sets: list[AdSet]
    ads: list[Ad] = field(default_factory=list)

    async def save(self, *keys: str, template: NamingTemplate | None = None, **rules: Any) -> NamingTemplate:
        """A template of ads by position, or another one as `rules` say; `template` is the one to change."""
        wanted = position(*keys, **rules)
        wish = TemplateWish(wanted) if template is None else TemplateWish(wanted, template.id, is_new=False)
        return await save_naming_template(self.tools.db, self.tools.clock, self.entities.viewer, wish)

    async def say(self, *wishes: OverrideWish, is_trial: bool = False) -> OverridesSet:
        viewer = self.entities.viewer
        return await set_naming_overrides(self.tools.db, self.tools.clock, viewer, wishes, is_trial=is_trial)

    async def tags(self, *entities: Ad | AdSet | Campaign) -> list[dict[str, str | None]]:
        """The values by field."""
        return [{name: value for name, (value, _) in each.items()} for each in await self.sourced(*entities)]

    async def sourced(self, *entities: Ad | AdSet | Campaign) -> list[Tags]:
        async with self.tools.db.read(self.entities.viewer) as session:
            found = await tags_by_entity(session, [each.id for each in entities])
        return [{tag.field: (tag.value, tag.source) for tag in tags} for tags in found]

    async def version(self) -> int:
        """The `data_version` of the account."""
        async with self.tools.db.read(self.entities.viewer) as session:
            account = await session.get_one(AdAccount, (self.entities.tenant_id, self.account.id))
        return account.data_version


def position(*keys: str, **rules: Any) -> TemplateRules:
    fields = tuple(NamingField(key) for key in keys)
    wanted: Mapping[str, Any] = {
        "name": "Ads",
        "level": NamingLevel.AD,
        "mode": NamingMode.POSITION,
        "delimiter": "_",
        "fields": fields,
    }
    return TemplateRules(**{**wanted, **rules})


def of_name(name: str, key: str, value: str | None) -> OverrideWish:
    return OverrideWish(OverrideScope.EXACT_NAME, name, key, value)


def of(entity: Ad | AdSet | Campaign, key: str, value: str | None) -> OverrideWish:
    levels = {Ad: NamingLevel.AD, AdSet: NamingLevel.AD_SET, Campaign: NamingLevel.CAMPAIGN}
    return OverrideWish(OverrideScope.ENTITY, entity.id, key, value, level=levels[type(entity)])


async def naming_world(tools: Toolbox, names: Sequence[str] = ("ugc_list", "demo_question", "ugc_list")) -> NamingWorld:
    entities = await entity_world(tools.db)
    account = await entities.account()
    [campaign] = await entities.campaigns(account, "DACH_sale")
    ad_sets = await entities.ad_sets(campaign, "broad", "narrow")
    world = NamingWorld(tools, entities, account, campaign, ad_sets)
    for place, name in enumerate(names):
        world.ads += await entities.ads(ad_sets[place % 2], name)
    return world
