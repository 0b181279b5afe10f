"""What follows when there is another number of a product: the job that tells a listing of it, or ends it."""

from uuid import UUID

from models.channel_jobs.job import ChannelJobKind, SubjectKind
from models.ids import new_id
from services.channel_jobs.requests import JobWish

# In the payload of UPDATE: the quantity is that of the product at the moment in which the job runs.
OF_STOCK = "of_stock"


def stock_wish(listing_id: UUID, left: int) -> JobWish:
    """END where none is left, else UPDATE.

    Each change of the number is a job of its own: one that runs already may have read an older number. Whichever comes
    last tells the last one, since a channel does one thing at a time.
    """
    if left < 1:
        return JobWish(ChannelJobKind.END, SubjectKind.LISTING, listing_id)
    sameness = f"{listing_id}:stock:{new_id()}"
    return JobWish(ChannelJobKind.UPDATE, SubjectKind.LISTING, listing_id, sameness, {OF_STOCK: True})
