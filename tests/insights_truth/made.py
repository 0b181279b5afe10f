"""Small worlds full of what goes wrong, each made by its seed alone: the same seed is the same world, ids included."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from tests.insights_truth.days import DAY, Span, a_year_after, around, days_of
from tests.insights_truth.metrics import AMOUNTS, CONVERSIONS, FACTS, PEOPLE, WINDOWS, Written
from tests.insights_truth.world import Account, AdDay, Entity, Number, People, World

# An ordinary day, one on which the zones' dates differ, and two soon after a 29 February or where one is missing.
_NOWS = (
    datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    datetime(2026, 7, 1, 6, 30, tzinfo=UTC),
    datetime(2024, 3, 10, 23, 30, tzinfo=UTC),
    datetime(2025, 3, 3, 0, 15, tzinfo=UTC),
)
_ZONES = ("Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati")
# Equal ones among them, some of which differ only in case and accents.
NAMES = ("Éclair", "eclair", "Spring sale", "SPRING sale", "Autumn 50% off", "a_b", "Zoé", "")
STATUSES = ("ACTIVE", "PAUSED", "DELETED")
_RECENT_DAYS = 45
_PRESETS = ("YESTERDAY", "LAST_7_DAYS", "LAST_28_DAYS", "LAST_30_DAYS", "THIS_MONTH", "LAST_MONTH")


# The names of everything that an ad-day has a number for.
STORED = sorted(
    f"{name}@{window}" if window else name
    for name in FACTS - PEOPLE
    for window in (None, *(WINDOWS if name in CONVERSIONS else ()))
)


# The tenant's own metrics: of money, of counts and of neither, one of another one, one of people, one never known.
CUSTOMS = {
    "profit": Written("MONEY", "purchaseValue - spend"),
    "margin": Written("RATIO", "(purchaseValue - spend) / purchaseValue"),
    "netPerCart": Written("MONEY", "profit / addsToCart"),
    "events": Written("COUNT", "leads + 0.5 * purchases - registrations"),
    "overlap": Written("RATIO", "frequency - 1"),
    "never": Written("RATIO", "roas / (clicksAll - clicksAll)"),
}
# Sets of breakdowns that are read, with the parts of an ad's day; '' is where the platform names no value.
CELLS: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("AGE",): (("18-24",), ("65+",), ("",)),
    ("AGE", "GENDER"): (("18-24", "female"), ("18-24", ""), ("65+", "male"), ("", "male")),
    ("GENDER",): (("female",), ("male",), ("",)),
    ("COUNTRY",): (("DE",), ("FR",), ("",)),
    ("PUBLISHER_PLATFORM",): (("facebook",), ("instagram",)),
    ("PUBLISHER_PLATFORM", "DEVICE_PLATFORM"): (("facebook", "desktop"), ("facebook", ""), ("instagram", "desktop")),
    ("DEVICE_PLATFORM",): (("desktop",), ("mobile_app",)),
}


# Of ads; None where nothing is said at all. All ads of a campaign have its market, in worlds where no ad has moved.
HOOKS = ("ugc", "demo", "cafe", "caf\u00e9", None)
MARKETS = ("north", "south")


@dataclass(slots=True)
class Maker:
    """`is_tied`: few different numbers, so that rows tie. `is_huge`: money up to ten thousand million."""

    random: Random
    is_tied: bool
    is_huge: bool
    places: dict[UUID, list[tuple[UUID, UUID]]] = field(default_factory=dict)

    def new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def number(self, name: str) -> Number | None:
        chance = self.random.random()
        if chance < 0.1:
            return None
        if chance < 0.3:
            return 0
        if self.is_tied:
            return self.random.choice((1, 2, 4))
        if name not in AMOUNTS:
            return self.random.randrange(1, 10_000)
        most = 10**15 if self.is_huge else 10**6
        places = self.random.choice((0, 2, 2, 6))
        return Decimal(self.random.randrange(1, most)).scaleb(-min(places, 2)) + Decimal(
            self.random.randrange(10**4) if places == 6 else 0
        ).scaleb(-6)

    def facts(self, *, is_video: bool) -> dict[str, Number | None]:
        unknown = () if is_video else ("video", "thruplays", "watch")
        return {name: None if name.startswith(unknown) else self.number(name) for name in STORED}


def world_of(seed: int) -> World:
    """The world of a seed: two or three accounts of at most eight ads each, and two stretches of days a year apart."""
    random = Random(seed)
    maker = Maker(random, is_tied=seed % 4 == 1, is_huge=seed % 4 == 3)
    world = World(seed, random.choice(_NOWS))
    for number in range(2 + seed % 2):
        # A third account is one that is no longer connected: only its id asks for it.
        currency = ("EUR", "EUR" if seed % 4 == 1 else "XTA", "XTC")[number]
        zone = _ZONES[0] if random.random() < 0.5 else _ZONES[number]
        world.accounts.append(Account(maker.new_id(), currency, zone, random.choice(NAMES), is_connected=number < 2))
        _fill(world, maker, world.accounts[-1])
    world.customs = {key: CUSTOMS[key] for key in sorted(CUSTOMS)}
    return world


def _fill(world: World, maker: Maker, account: Account) -> None:
    random = maker.random
    creatives = [Entity(maker.new_id(), account.id, random.choice(NAMES)) for _ in range(2)]
    campaigns = [_entity(maker, account) for _ in range(2)]
    ad_sets = [_entity(maker, account, campaign_id=each.id) for each in campaigns for _ in range(random.choice((1, 2)))]
    ads = []
    for ad_set in ad_sets:
        for _ in range(random.choice((1, 2))):
            shown = random.choice((creatives[0].id, creatives[1].id, None))
            ads.append(_entity(maker, account, campaign_id=ad_set.campaign_id, ad_set_id=ad_set.id, creative_id=shown))
    world.creatives += creatives
    world.campaigns += campaigns
    world.ad_sets += ad_sets
    world.ads += ads
    # Of an ad that no list has brought there are numbers and nothing else. Its campaign may be known, but not where
    # there are markets: the sums of a campaign have the market of the campaign.
    nowhere = Entity(maker.new_id(), account.id, "", campaign_id=maker.new_id())
    stranger_in = nowhere if world.seed % 2 == 1 else random.choice((ad_sets[0], nowhere))
    stranger = Entity(maker.new_id(), account.id, "", campaign_id=stranger_in.campaign_id, ad_set_id=stranger_in.id)
    for ad in (*ads, stranger):
        world.rows += _ad_days(world, maker, account, ad, moved_from=random.choice(ad_sets))
    world.people += _people(world, maker, account)
    _tag(world, maker, account)
    for breakdowns in random.sample(sorted(CELLS), 3):
        first = random.choice(stretches(world, account)).start + random.randrange(30) * DAY
        days = Span(first, first + random.randrange(20) * DAY)
        world.read[account.id, breakdowns] = days
        whole = [row for row in world.rows if row.account_id == account.id and row.day in days]
        world.parts += [part for row in whole for part in _parts(maker, row, breakdowns)]


def _tag(world: World, maker: Maker, account: Account) -> None:
    random = maker.random
    for ad in world.ads:
        hook = random.choice(HOOKS)
        if ad.account_id == account.id and (hook is not None or random.random() < 0.5):
            world.tags[ad.id, "hook"] = hook
    for campaign in world.campaigns:
        if campaign.account_id == account.id and world.seed % 2 == 1:
            ads = (ad.id for ad in world.ads if ad.campaign_id == campaign.id)
            world.tags |= dict.fromkeys(((each, "market") for each in (campaign.id, *ads)), random.choice(MARKETS))


def _entity(maker: Maker, account: Account, **place: UUID | None) -> Entity:
    random = maker.random
    return Entity(maker.new_id(), account.id, random.choice(NAMES), random.choice(STATUSES), **place)


def stretches(world: World, account: Account) -> tuple[Span, Span]:
    """The days with rows: the last ones of the account, today included, and the same a year before."""
    today = days_of({"preset": "TODAY"}, world.now, account.time_zone).end
    recent = Span(today - _RECENT_DAYS * DAY, today)
    first = next(day for day in Span(recent.start - 367 * DAY, recent.start) if a_year_after(day) >= recent.start)
    return Span(first, first + (_RECENT_DAYS + 1) * DAY), recent


def _ad_days(world: World, maker: Maker, account: Account, ad: Entity, *, moved_from: Entity) -> Iterator[AdDay]:
    """Some days only. The ad may have been in another ad set before, and the account's currency another one."""
    random, spans = maker.random, stretches(world, account)
    is_video, moved_on = random.random() < 0.6, random.choice((None, spans[1].start + 20 * DAY))
    moved_on = moved_on if world.seed % 2 == 0 else None
    # In every third world the first account had another currency before; on a day it is the same for all ads.
    changed_on = spans[1].start + 10 * DAY if account == world.accounts[0] and world.seed % 3 == 0 else None
    for chance, span in zip((0.15, 0.4), spans, strict=True):
        for day in span:
            if random.random() > chance:
                continue
            is_moved = moved_on is not None and day < moved_on
            ad_set_id = moved_from.id if is_moved else ad.ad_set_id
            campaign_id = moved_from.campaign_id if is_moved else ad.campaign_id
            assert ad_set_id is not None
            assert campaign_id is not None
            currency = "XTB" if changed_on is not None and day < changed_on else account.currency
            facts = maker.facts(is_video=is_video)
            yield AdDay(day, account.id, campaign_id, ad_set_id, ad.id, currency, facts)


def _people(world: World, maker: Maker, account: Account) -> Iterator[People]:
    """Of ads by day; of campaigns and the account by some days, months and presets."""
    random, mine = maker.random, [row for row in world.rows if row.account_id == account.id]
    about = {("AD", row.ad_id, row.day, row.day) for row in mine if random.random() < 0.8}
    for row in mine:
        for level, entity_id in (("CAMPAIGN", row.campaign_id), ("AD_ACCOUNT", account.id)):
            span = around(row.day, random.choice(("DAY", "DAY", "MONTH")))
            about.add((level, entity_id, *_ends(span)))
            preset = days_of({"preset": random.choice(_PRESETS)}, world.now, account.time_zone)
            about.add((level, entity_id, *_ends(preset)))
    for level, entity_id, start, end in sorted(about):
        reach, clicks = (None if random.random() < 0.1 else random.randrange(2_000) for _ in range(2))
        yield People(level, account.id, entity_id, start, end, reach, clicks)


def _parts(maker: Maker, row: AdDay, breakdowns: tuple[str, ...]) -> Iterator[AdDay]:
    """The ad's day in parts, which add up to it fact by fact."""
    random = maker.random
    cells = random.sample(CELLS[breakdowns], random.randint(1, len(CELLS[breakdowns])))
    left = dict(row.facts)
    for cell in cells:
        is_last = cell == cells[-1]
        share = {name: value if is_last or value is None else value // 3 for name, value in left.items()}
        left = {name: None if value is None else value - (share[name] or 0) for name, value in left.items()}
        yield replace(row, facts=share, breakdowns=breakdowns, values=cell)


def _ends(span: Span) -> tuple[date, date]:
    return span.start, span.end
