"""A model of naming: whatever is done in whatever order, tags are what deriving everything anew gives.

It does at random what people and refreshes do, each through the product's own code.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

from analytics.enums import NamingLevel, OverrideScope
from analytics.naming.deriver import derive
from analytics.naming.template import NamingField
from integrations.ads.records import AdRecord, AdSetRecord, CampaignRecord
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_tag import tags_by_entity
from models.ads.named_entities import named_page
from models.naming.override import NamingOverride, naming_overrides, rule_of
from models.naming.template import NamingTemplate, naming_templates, rules_of
from services.ingestion.entities.storing import Known, store_ad_sets, store_ads, store_campaigns
from services.naming.overrides import OverrideWish, remove_naming_override
from services.naming.templates import TemplateWish, delete_naming_template, save_naming_template
from services.toolbox import Toolbox
from tests.worlds.ads import NOON
from tests.worlds.naming import NamingWorld, naming_world, of, position

_NAMES = ["ugc_list", "UGC_list - Copy", "demo", "a_b_c", "ugc_", "demo_question", " \u200b ", "\U0001f600_list"]
_VALUES = ["ugc", "demo", "x", None]
_KEYS = ["angle", "hook", "market"]
_LIVING: dict[str, Any] = {"status": "ACTIVE", "created_at": NOON, "updated_at": NOON}
_BUDGET: dict[str, Any] = {"daily_budget": None, "lifetime_budget": None}

Entity = Campaign | AdSet | Ad


@dataclass
class NamingModel:
    world: NamingWorld
    campaigns: list[Campaign]
    creatives: list[Creative]
    templates: list[NamingTemplate] = field(default_factory=list)
    overrides: list[NamingOverride] = field(default_factory=list)

    async def do(self, action: "Action", seed: int) -> None:
        await action(self, Random(seed))
        assert await self.tags() == await self.derived(), (action, seed)

    async def tags(self) -> dict[Any, Any]:
        """What is stored of everything."""
        async with self.world.tools.db.write(self.world.entities.viewer) as session:
            ids = [each.id for level in NamingLevel for each in await named_page(session, level, None, 1_000)]
        async with self.world.tools.db.read(self.world.entities.viewer) as session:
            found = await tags_by_entity(session, ids)
        return {of: [(tag.field, tag.value, tag.source) for tag in tags] for of, tags in zip(ids, found, strict=True)}

    async def derived(self) -> dict[Any, Any]:
        """What deriving everything anew gives."""
        async with self.world.tools.db.write(self.world.entities.viewer) as session:
            templates = [rules_of(each) for each in await naming_templates(session)]
            overrides = [rule_of(each) for each in await naming_overrides(session)]
            everything = [each for level in NamingLevel for each in await named_page(session, level, None, 1_000)]
        return {each.entity_id: [tuple(tag) for tag in each.tags] for each in derive(templates, overrides, everything)}

    async def save(self, random: Random) -> None:
        known = random.choice([None, *self.templates])
        keys = random.sample(_KEYS, random.randint(1, 2))
        fields = tuple(NamingField(key, default=random.choice(["x", None])) for key in keys)
        accounts = random.choice([frozenset(), frozenset([self.world.account.id])])
        level, priority = random.choice(list(NamingLevel)), random.randint(0, 2)
        rules = position(fields=fields, level=level, priority=priority, ad_account_ids=accounts)
        wish = TemplateWish(rules, None if known is None else known.id, is_new=known is None)
        tools = self.world.tools
        saved = await save_naming_template(tools.db, tools.clock, self.world.entities.viewer, wish)
        self.templates += [] if known else [saved]

    async def delete(self, random: Random) -> None:
        if self.templates:
            gone = self.templates.pop(random.randrange(len(self.templates)))
            await delete_naming_template(self.world.tools.db, self.world.entities.viewer, gone.id)

    async def say(self, random: Random) -> None:
        wishes = [self._wish(random) for _ in range(random.randint(1, 3))]
        before = await self.tags()
        trial = await self.world.say(*wishes, is_trial=True)
        assert await self.tags() == before
        done = await self.world.say(*wishes)
        after = await self.tags()
        assert trial.changed == done.changed == sum(after[of] != tags for of, tags in before.items())
        assert trial.conflicts == done.conflicts
        known = {each.id for each in self.overrides}
        self.overrides += {each.id: each for each in done.overrides if each.id not in known}.values()

    async def undo(self, random: Random) -> None:
        async with self.world.tools.db.write(self.world.entities.viewer) as session:
            stored = await naming_overrides(session)
        if stored:
            gone = random.choice(stored)
            await remove_naming_override(self.world.tools.db, self.world.entities.viewer, gone.id)

    async def refresh(self, random: Random) -> None:
        """The platform lists some of them with new names and in other places, and one more ad."""
        level, ads = random.choice(list(NamingLevel)), [f"ad {random.randint(0, 5)}" for _ in range(2)]

        async with self.world.tools.db.write(self.world.entities.viewer) as session:
            run: Any = SimpleNamespace(scope=self.world.entities.viewer, account=self.world.account, started_at=NOON)
            if level is NamingLevel.CAMPAIGN:
                await store_campaigns(session, run, [_campaign(random.choice(self.campaigns), random)])
            elif level is NamingLevel.AD_SET:
                chosen = random.choice(self.world.ad_sets)
                await store_ad_sets(session, run, Known(), [self._ad_set(chosen, random)])
            else:
                known = Known(creatives={each.external_id: each.id for each in self.creatives})
                await store_ads(session, run, known, [self._ad(each, random) for each in dict.fromkeys(ads)])

    def _wish(self, random: Random) -> OverrideWish:
        key, value = random.choice(_KEYS), random.choice(_VALUES)
        match random.choice(list(OverrideScope)):
            case OverrideScope.ENTITY:
                entities: list[Entity] = [*self.campaigns, *self.world.ad_sets, *self.world.ads]
                return of(random.choice(entities), key, value)
            case OverrideScope.CREATIVE:
                return OverrideWish(OverrideScope.CREATIVE, random.choice(self.creatives).id, key, value)
            case OverrideScope.EXACT_NAME as scope:
                return OverrideWish(scope, random.choice(_NAMES[:6]), key, value)
            case OverrideScope.NAME_PATTERN as scope:
                return OverrideWish(scope, random.choice(["ugc*", "*list", "*", "?emo"]), key, value)
            case OverrideScope.VALUE as scope:
                return OverrideWish(scope, random.choice(["ugc", "demo", "list"]), key, value)

    def _ad_set(self, chosen: AdSet, random: Random) -> AdSetRecord:
        return AdSetRecord(
            external_id=chosen.external_id,
            campaign_external_id=random.choice(self.campaigns).external_id,
            name=random.choice(_NAMES),
            optimization_goal=None,
            **_BUDGET,
            **_LIVING,
        )

    def _ad(self, external_id: str, random: Random) -> AdRecord:
        return AdRecord(
            external_id=f"{self.world.account.external_id} {external_id}",
            ad_set_external_id=random.choice(self.world.ad_sets).external_id,
            campaign_external_id=random.choice(self.campaigns).external_id,
            creative_external_id=random.choice([None, *(each.external_id for each in self.creatives)]),
            name=random.choice(_NAMES),
            **_LIVING,
        )


Action = Callable[[NamingModel, Random], Awaitable[None]]
ACTIONS: tuple[Action, ...] = (
    NamingModel.save,
    NamingModel.delete,
    NamingModel.say,
    NamingModel.undo,
    NamingModel.refresh,
)


def _campaign(chosen: Campaign, random: Random) -> CampaignRecord:
    return CampaignRecord(
        external_id=chosen.external_id,
        name=random.choice(_NAMES),
        objective=None,
        starts_at=None,
        ends_at=None,
        **_BUDGET,
        **_LIVING,
    )


async def naming_model(tools: Toolbox) -> NamingModel:
    """Two campaigns, three ad sets and four ads in one account, an ad in another, and two creatives."""
    world = await naming_world(tools)
    [second] = await world.entities.campaigns(world.account, "a_b")
    world.ad_sets += await world.entities.ad_sets(second, "ugc")
    creatives = await world.entities.creatives(world.account, "film", "image")
    world.ads += await world.entities.ads(world.ad_sets[2], "demo_question", creative_id=creatives[0].id)
    other: AdAccount = await world.entities.account()
    [theirs] = await world.entities.campaigns(other, "ugc_list")
    [ad_set] = await world.entities.ad_sets(theirs, "demo")
    world.ads += await world.entities.ads(ad_set, "ugc_list")
    return NamingModel(world, [world.campaign, second], creatives)
