"""Puts the search for links of ads on the queue; called in the transaction of whatever may change them, at its end."""

from models.database import WriteSession
from models.queue.enqueue import enqueue_behind
from models.tenants.tenant import product_tag

AD_LINKS_TASK = "ad_links.find"
# A refresh stores ads in many transactions: one search for those of so many seconds.
_GATHERED_S = 30


async def find_links_anew(session: WriteSession, *, is_hurried: bool = True) -> None:
    """Queues the search, which reads what this transaction stores.

    For each tenant one job waits at most; where one runs, another one waits behind it. It is to be called as the last
    thing that takes a lock, since others of the tenant wait until this transaction ends.
    """
    place = f"ad_links:{session.tenant_id}"
    await enqueue_behind(
        session,
        AD_LINKS_TASK,
        lock=place,
        queueing_lock=place,
        after_s=0 if is_hurried else _GATHERED_S,
        tenant_id=str(session.tenant_id),
    )


async def find_links_by_tags(session: WriteSession, *, is_hurried: bool = True) -> None:
    """The same where tags have changed: nothing for a tenant without a field that holds SKUs."""
    if await product_tag(session) is not None:
        await find_links_anew(session, is_hurried=is_hurried)
