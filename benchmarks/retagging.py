"""Deriving the tags of a whole team anew: how long a change of naming takes for 10,000 and for 100,000 ads."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter, process_time
from typing import NamedTuple
from uuid import UUID

from analytics.enums import NamingLevel, NamingMode, OverrideScope
from analytics.naming.template import NamingField, TemplateRules
from auth.viewer import Viewer
from benchmarks.graphql.servers import postgres_cpu_s
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.world import Place, new_owner, own_postgres, run, toolbox
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.entity_upsert import upsert_entities
from models.database import Database
from models.ids import new_id
from models.platform import Platform
from services.naming.overrides import OverrideWish, set_naming_overrides
from services.naming.templates import TemplateWish, save_naming_template
from services.toolbox import Toolbox
from startup.collector import settle_collector

SIZES = (10_000, 100_000)
KEYS = ("market", "angle", "hook", "format", "day", "number")
ADS_OF_A_SET = 20


def row(account: AdAccount, name: str, **places: UUID | None) -> dict[str, object]:
    now = account.created_at
    return {
        "tenant_id": account.tenant_id,
        "id": new_id(),
        "ad_account_id": account.id,
        "platform": Platform.META,
        "external_id": name,
        "name": name,
        "status": DeliveryStatus.ACTIVE,
        "created_at": now,
        "updated_at": now,
        "last_seen_at": now,
        **places,
    }


async def fill(db: Database, viewer: Viewer, account: AdAccount, ads: int) -> list[str]:
    """Ads with distinct names of six fields, twenty in an ad set; answers the names."""
    campaign = row(account, "sale")
    ad_sets = [row(account, f"set {n}", campaign_id=campaign["id"]) for n in range(ads // ADS_OF_A_SET)]  # type: ignore[arg-type]  # a uuid
    names = [f"DE_ugc{n % 50}_hook{n % 7}_9x16_2026-01-{n % 28 + 1:02}_{n}" for n in range(ads)]
    made = [
        row(account, name, campaign_id=campaign["id"], ad_set_id=ad_sets[n // ADS_OF_A_SET]["id"], creative_id=None)  # type: ignore[arg-type]  # uuids
        for n, name in enumerate(names)
    ]
    for kind, rows in ((Campaign, [campaign]), (AdSet, ad_sets), (Ad, made)):
        for start in range(0, len(rows), 5_000):
            async with db.write(viewer) as session:
                await upsert_entities(session, kind, rows[start : start + 5_000])
    return names


class Spent(NamedTuple):
    """Of a change: seconds, those of our CPU and of Postgres', and of our CPU in the longest turn of the event loop."""

    s: float
    own_cpu_s: float
    postgres_cpu_s: float
    longest_turn_s: float


class Gaps:
    """The most CPU time for which the event loop did nothing else, to about a millisecond."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            began = process_time()
            await asyncio.sleep(0.001)  # a loop that never rests would count as CPU time of ours
            self.longest_s = max(self.longest_s, process_time() - began)

    def end(self) -> float:
        self._task.cancel()
        return self.longest_s


async def changes(tools: Toolbox, place: Place, viewer: Viewer, names: list[str]) -> dict[str, Spent]:
    """What each change takes, one after the other."""

    async def template(*keys: str) -> None:
        fields = tuple(NamingField(key) for key in keys)
        rules = TemplateRules(name="Ads", level=NamingLevel.AD, mode=NamingMode.POSITION, delimiter="_", fields=fields)
        known = saved[0] if saved else None
        wish = TemplateWish(rules, known, is_new=known is None)
        saved.append((await save_naming_template(tools.db, tools.clock, viewer, wish)).id)

    async def say(*wishes: OverrideWish, is_trial: bool = False) -> None:
        await set_naming_overrides(tools.db, tools.clock, viewer, wishes, is_trial=is_trial)

    saved: list[UUID] = []
    many = [OverrideWish(OverrideScope.EXACT_NAME, name, "angle", "said") for name in names[:10_000]]
    steps: dict[str, Callable[[], Awaitable[None]]] = {
        "first template, every tag is new": lambda: template(*KEYS),
        "one field of six renamed": lambda: template(*KEYS[:5], "serial"),
        "one pattern of all names": lambda: say(OverrideWish(OverrideScope.NAME_PATTERN, "*", "team", "growth")),
        "dry run of 10,000 overrides": lambda: say(*many, is_trial=True),
        "10,000 overrides": lambda: say(*many),
    }
    found = {}
    for name, step in steps.items():
        gaps, began, own, postgres = Gaps(), perf_counter(), process_time(), postgres_cpu_s(place)
        await step()
        took, own = perf_counter() - began, process_time() - own
        found[name] = Spent(took, own, postgres_cpu_s(place) - postgres, gaps.end())
    return found


async def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    measured: dict[int, dict[str, Spent]] = {}
    settle_collector()
    with own_postgres() as place:
        async with toolbox(place) as tools:
            for size in sizes:
                viewer = await new_owner(tools)
                account = AdAccount(
                    tenant_id=viewer.tenant_id or new_id(),
                    platform=Platform.META,
                    external_id="act_1",
                    name="One",
                    currency="EUR",
                    time_zone="UTC",
                    created_at=tools.clock(),
                )
                async with tools.db.write(viewer) as session:
                    session.add(account)
                names = await fill(tools.db, viewer, account, size)
                measured[size] = await changes(tools, place, viewer, names)
    print_table("retagging: a change of naming", readings_of(measured), ratios_of(measured))


def readings_of(measured: Mapping[int, Mapping[str, Spent]]) -> list[Reading]:
    return [
        Reading(f"{size:,} ads: {name}", unit, [value])
        for size, found in measured.items()
        for name, spent in found.items()
        for unit, value in (
            ("s", spent.s),
            ("s of our CPU", spent.own_cpu_s),
            ("s of Postgres' CPU", spent.postgres_cpu_s),
            ("ms of our CPU, longest turn of the event loop", spent.longest_turn_s * 1_000),
        )
    ]


def ratios_of(measured: Mapping[int, Mapping[str, Spent]]) -> list[Ratio]:
    """An ad among many is compared by CPU time, which is the same beside other work."""
    few, *more = measured.items()
    size, found = few
    ratios = [
        Ratio(f"{size:,} ads, seconds: {name}", each.s, "at most 2", is_met=each.s <= 2) for name, each in found.items()
    ]
    for many, others in more:
        for name, each in found.items():
            cpu, before = (spent.own_cpu_s + spent.postgres_cpu_s for spent in (others[name], each))
            per_ad = (cpu / many) / (before / size)
            ratios.append(
                Ratio(f"CPU of an ad among {many:,} by one of {size:,}: {name}", per_ad, "at most 1.3", per_ad <= 1.3)
            )
    return ratios


if __name__ == "__main__":
    run(main())
