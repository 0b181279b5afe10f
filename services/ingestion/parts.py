"""Parts of a question by the ids of campaigns or ads, and what they are called; knows no more of the question."""

from analytics.enums import EntityLevel
from integrations.meta.insights.asking import Among
from models.ads.entity_ids import campaign_external_ids
from services.ingestion.run import Run
from services.patience import patiently

# They stand in an address, of which servers take some thousand characters.
MOST_IDS_AT_ONCE = 150
# Of what no list has brought: hardly ever one.
SHARE_OF_THE_REST = 2.0**-20


def halves(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    middle = len(names) // 2
    return names[:middle], names[middle:]


def halved(among: Among) -> list[Among]:
    """Both halves of these; empty for a single one, and for the rest of them all."""
    return [] if among.is_rest or len(among.ids) == 1 else [Among(among.level, half) for half in halves(among.ids)]


def with_the_rest(level: EntityLevel, ids: tuple[str, ...]) -> list[Among]:
    """These in halves, and whatever else there is; empty without any."""
    if not ids:
        return []
    return [*(Among(level, half) for half in halves(ids) if half), Among(level, ids, is_rest=True)]


async def load_campaign_parts(run: Run) -> list[Among]:
    """All that the account has: its campaigns in halves, and those that no list has brought."""

    async def load() -> list[str]:
        async with run.tools.db.read(run.scope) as session:
            return await campaign_external_ids(session, run.account.id)

    return with_the_rest(EntityLevel.CAMPAIGN, tuple(await patiently(load)))


def whose(among: Among | None) -> str:
    """In words; none stands for all ads."""
    if among is None:
        return "all ads"
    kind = "ad" if among.level is EntityLevel.AD else "campaign"
    if among.is_rest:
        return f"{kind}s that it does not list"
    return f"the {kind} {among.ids[0]}" if len(among.ids) == 1 else f"{len(among.ids)} {kind}s"
