"""Says when an answer about insights is still the right one: until something that it shows changes, or a day ends."""

from datetime import datetime

from analytics.periods import local_day
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.database import Database
from models.insights.accounts import shown_versions
from services.insights.questions import EARLIEST_ZONE


async def load_answers_version(db: Database, viewer: Viewer, *, now: datetime) -> str | None:
    """A text that is another one as soon as any answer about the tenant's insights may be; needs READ.

    It is read before the answer: what changes between the two is in the answer already, and never asked for under this
    text again, since no version comes back. None for a tenant that is gone.
    """
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        found = await shown_versions(session)
    if found is None:
        return None
    # A preset means other days, and other days are settled, as soon as a day has ended in one of the time zones.
    # A question without accounts has the days of the time zone where they begin first.
    days = [f"{(now + EARLIEST_ZONE).date()}", *(f"{zone}:{local_day(now, zone)}" for zone in found.time_zones)]
    return "/".join((found.accounts, found.formulas, found.currency, str(found.naming), str(found.rates), *days))
