"""Parcels of a receipt: looked up before they are told, so that a repeated call tells of each once."""

from integrations.etsy.calls import EtsyAsk, EtsyRest
from integrations.etsy.receipts import ReceiptReader, shipments_of
from integrations.selling.once import done_once
from integrations.selling.records import Parcel
from integrations.selling.refusals import refused
from integrations.selling.values import bare_code

# Etsy keeps no tracking code of a carrier that it does not know, unless it is called `other`.
_CARRIERS = frozenset(
    {
        "australia-post",
        "canada-post",
        "dhl",
        "dhl-germany",
        "dpd",
        "fedex",
        "gls",
        "hermes-de",
        "japan-post",
        "royal-mail",
        "ups",
        "usps",
    }
)
_OTHER = "other"
_NO_CODE = "A tracking code has letters and digits."
_WHOLE_ONLY = "Etsy is told of parcels of a whole order: name no lines, or all of them."


async def ship(rest: EtsyRest, receipts: ReceiptReader, receipt_id: str, parcel: Parcel) -> None:
    """Tells of the parcel, unless the receipt has one with that tracking code: letters and digits are compared alone.

    Etsy then writes to the buyer.
    """
    code = bare_code(parcel.tracking_code)
    if not code:
        raise refused(_NO_CODE, "tracking_code")

    async def is_told() -> bool:
        known = shipments_of(await receipts.raw(receipt_id))
        return code in {bare_code(each.tracking_code or "") for each in known}

    if await is_told():
        return
    if parcel.line_ids:
        lines = {each.text("transaction_id") for each in (await receipts.raw(receipt_id)).parts("transactions")}
        if lines != set(parcel.line_ids):
            raise refused(_WHOLE_ONLY, "line_ids")
    body = {"tracking_code": parcel.tracking_code.strip(), "carrier_name": _carrier(parcel), "send_bcc": False}
    ask = EtsyAsk("POST", f"{receipts.path(receipt_id)}/tracking", body=body, is_idempotent=False)
    await done_once(lambda: rest.call(ask), is_told)


def _carrier(parcel: Parcel) -> str:
    """In Etsy's spelling: "Royal Mail" is `royal-mail`."""
    name = "-".join(parcel.carrier.casefold().replace("_", " ").split())
    return name if name in _CARRIERS else _OTHER
