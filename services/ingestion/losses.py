"""Lists of which the platform refuses something: what helped is remembered for the next refresh, losses are told."""

from integrations.ads.list_memory import ListMemory, Loss
from models.database import WriteSession
from services.ingestion.entities.storing import Known
from services.ingestion.memory import TRY_AGAIN_EVERY, is_outdated, load_memories, store_refused
from services.ingestion.pace import REFUSALS_KEPT_FOR
from services.ingestion.run import Run

_PAGES = "LISTS"
_SINGULAR = {"campaigns": "campaign", "ad sets": "ad set", "ads": "ad", "creatives": "creative"}


def _fields_kind(run: Run) -> str:
    """The key of the refused fields: they are kept by the version of the platform's API, since another one may answer
    them.
    """
    return f"LISTS:{run.source.version}"


async def load_list_memory(run: Run) -> None:
    """Begins with what earlier refreshes learned: sizes of pages and rows without ids for a week, refused fields for a
    day.
    """
    pages, fields = await load_memories(run, _PAGES, _fields_kind(run))
    memory = run.source.lists
    # What has become too old is not taken over, so the end of this refresh stores that it is gone.
    if is_outdated(run, pages, REFUSALS_KEPT_FOR):
        memory.is_changed = True
    else:
        memory.page_rows |= {kind: int(rows) for kind, rows in pages.worked}
        for listing, second in pages.refused:
            memory.unnamed[listing].add(second)
    if is_outdated(run, fields, TRY_AGAIN_EVERY):
        memory.is_changed = True
    else:
        for kind, name in fields.refused:
            memory.left_out[kind].add(name)


async def store_list_memory(session: WriteSession, run: Run) -> None:
    """Stores the memory of lists in the caller's transaction, when there is something new."""
    memory = run.source.lists
    if not memory.is_changed:
        return
    names = [[kind, name] for kind, names in memory.left_out.items() for name in sorted(names)]
    seconds = [[listing, second] for listing, seconds in memory.unnamed.items() for second in sorted(seconds)]
    pages = [[kind, rows] for kind, rows in memory.page_rows.items()]
    await store_refused(session, run, _PAGES, seconds, worked=pages, kept_for=REFUSALS_KEPT_FOR)
    await store_refused(session, run, _fields_kind(run), names, kept_for=TRY_AGAIN_EVERY)


def tell_losses(run: Run, known: Known | None = None) -> None:
    """Adds to the run a gap for each loss since the last call, and a warning for each field that is left out.

    With `known`, objects that are refused even for their id are noted there, so that nobody asks for them again.
    """
    memory = run.source.lists
    for loss in memory.take_losses():
        run.miss(_gap(loss), field_name=loss.field_name or loss.kind)
        if known is not None and loss.object_id is not None and loss.field_name is None:
            known.unreadable.add(loss.object_id)
    # Told also where an earlier refresh met the refusal: this one did not ask for the field, and lacks it as well.
    for kind, names in memory.left_out.items():
        for name in sorted(names):
            run.warn(f"The platform refuses the field {name} of {kind}: it is left out, and asked for again daily.")


def _gap(loss: Loss) -> str:
    # Nothing but the instant is known of such an object: the platform refuses the id, so it is searched by time.
    if loss.changed is not None:
        return (
            f"The platform refuses one of the {loss.kind} even for its id, which was last changed {loss.changed}."
            f" What else was changed then could not be read either: {loss.message}"
        )
    if loss.object_id is None:
        return f"The rest of the list of {loss.kind} could not be read: {loss.message}"
    thing = f"the {_SINGULAR.get(loss.kind, loss.kind)} {loss.object_id}"
    if loss.field_name is None:
        return f"The platform refuses {thing}: {loss.message}"
    return f"The platform refuses the field {loss.field_name} of {thing}: {loss.message}"


def is_whole(memory: ListMemory, kind: str) -> bool:
    """Whether everything of the kind was read; only then may what no list has brought be taken for deleted."""
    return memory.lost_objects(kind) == 0
