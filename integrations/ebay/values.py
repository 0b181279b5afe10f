"""Amounts and instants as eBay writes them."""

from datetime import UTC, datetime

from integrations.selling.values import Fields, Priced


def money_in(raw: Fields, name: str) -> Priced | None:
    """`{"value": "12.34", "currency": "EUR"}`; None for an absent one and for one that cannot be read."""
    part = raw.part(name)
    return Priced.of(part.number("value"), part.text("currency"))


def ebay_time(moment: datetime) -> str:
    """An instant as eBay writes it, in milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
