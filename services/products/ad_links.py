"""Which ads advertise a product, as people say."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from models.audit.entry import record
from models.database import Database, WriteSession
from models.products.ad_link import accounts_of_ads, link_by_hand, unlink_by_hand
from models.products.found_links import drop_links_found_for
from models.products.product import Product
from services.ad_links.queueing import find_links_anew
from services.products.locking import product_to_change

# Ads that one call links, and as many that it unlinks.
MOST_AT_ONCE = 1_000


async def set_product_ads(
    db: Database,
    clock: Clock,
    viewer: Viewer,
    product_id: UUID | None,
    *,
    add: Sequence[UUID | None],
    remove: Sequence[UUID | None],
) -> Product:
    """Links ads to a product and takes links away; needs EDIT_CATALOG. All of a call is done, or nothing.

    Raises Refused: NOT_FOUND for a product or an ad, CONFLICT for a deleted product, QUOTA_EXCEEDED for a frozen one,
    INVALID for more than MOST_AT_ONCE ads and for one that is to be linked and unlinked.
    """
    require(viewer, Permission.EDIT_CATALOG)
    _check_sizes(add, remove)
    async with db.write(viewer) as session:
        product = await product_to_change(session, product_id)
        accounts = await _accounts(session, add=add, remove=remove)
        to_add, to_remove = {*add}, {*remove}
        wanted = {ad_id: account_id for ad_id, account_id in accounts.items() if ad_id in to_add}
        added = await link_by_hand(session, product.id, wanted, now=clock())
        removed = await unlink_by_hand(session, product.id, [ad_id for ad_id in accounts if ad_id in to_remove])
        # What a person says counts before what was found, and it is seen at once.
        await drop_links_found_for(session, [*wanted])
        if added or removed:
            record(
                session,
                viewer,
                action="product.ads_set",
                target_type="Product",
                target_id=product.id,
                after={"added": sorted(map(str, added)), "removed": sorted(map(str, removed))},
            )
            await find_links_anew(session)
    return product


def _check_sizes(add: Sequence[UUID | None], remove: Sequence[UUID | None]) -> None:
    for field, ads in (("add", add), ("remove", remove)):
        if len(ads) > MOST_AT_ONCE:
            message = f"One call links at most {MOST_AT_ONCE:,} ads, and unlinks as many."
            raise Refused(UserErrorCode.INVALID, message, field=field)
    both = ({*add} & {*remove}) - {None}
    if both:
        place = next(place for place, ad_id in enumerate(remove) if ad_id in both)
        message = "This ad is also among those that are to be linked."
        raise Refused(UserErrorCode.INVALID, message, field="remove", place=place)


async def _accounts(session: WriteSession, **ads: Sequence[UUID | None]) -> Mapping[UUID, UUID]:
    """The ad account of each ad; raises Refused NOT_FOUND for one that there is not, at its place."""
    accounts = await accounts_of_ads(session, [each for listed in ads.values() for each in listed if each is not None])
    for field, listed in ads.items():
        for place, ad_id in enumerate(listed):
            if ad_id not in accounts:
                raise Refused(UserErrorCode.NOT_FOUND, "There is no such ad.", field=field, place=place)
    return accounts
