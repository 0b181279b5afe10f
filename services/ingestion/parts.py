"""Divides a question by the ids of campaigns or ads, and names such parts in words; knows no more of the question."""

from analytics.enums import EntityLevel
from integrations.ads.questions import Among
from models.ads.entity_ids import campaign_external_ids
from services.ingestion.run import Run
from services.patience import patiently

# Ids stand in the address of a call, of which servers take some thousand characters; a longer list needs a report.
MOST_IDS_AT_ONCE = 150
# The rest, which is what no list has brought, hardly ever has rows: it counts as next to nothing of its day, so that it
# is never divided for its size.
SHARE_OF_THE_REST = 2.0**-20


def halves(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    middle = len(names) // 2
    return names[:middle], names[middle:]


def halved(among: Among) -> list[Among]:
    """These campaigns or ads in two halves; empty for a single one and for the rest, which cannot be divided."""
    return [] if among.is_rest or len(among.ids) == 1 else [Among(among.level, half) for half in halves(among.ids)]


def with_the_rest(level: EntityLevel, ids: tuple[str, ...]) -> list[Among]:
    """These ids in halves, and all others as a third part, since lists may lack some; empty without any id."""
    if not ids:
        return []
    return [*(Among(level, half) for half in halves(ids) if half), Among(level, ids, is_rest=True)]


async def load_campaign_parts(run: Run) -> list[Among]:
    """Everything of the account in parts: its stored campaigns in halves, and those that no list has brought."""

    async def load() -> list[str]:
        async with run.db.read(run.scope) as session:
            return await campaign_external_ids(session, run.account.id)

    return with_the_rest(EntityLevel.CAMPAIGN, tuple(await patiently(load)))


def whose(among: Among | None) -> str:
    """The part in words, for the text of a gap; None stands for all ads."""
    if among is None:
        return "all ads"
    kind = "ad" if among.level is EntityLevel.AD else "campaign"
    if among.is_rest:
        return f"{kind}s that it does not list"
    return f"the {kind} {among.ids[0]}" if len(among.ids) == 1 else f"{len(among.ids)} {kind}s"
