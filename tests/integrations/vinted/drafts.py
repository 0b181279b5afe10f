"""Drafts that Vinted takes, for the tests of its session."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.selling.records import ListingDraft, ListingPage, RemoteListing
from integrations.vinted.session import VintedSession
from tests.stand_ins.relay import SITE, ScriptedRelay, quietly


def a_draft(**more: object) -> ListingDraft:
    fields: Mapping[str, Any] = {
        "sku": "DRESS-1",
        "market": SITE,
        "title": "Red dress",
        "description": "Worn once.",
        "price": Decimal("12.50"),
        "currency": "EUR",
        "quantity": 1,
        "category_id": "1904",
        "condition": "2",
        "aspects": {},
        "image_urls": ["https://here.example/files/a.jpg?s=1", "https://here.example/files/b.jpg?s=1"],
        "policies": {"SHIPPING": "1"},
        "policy_kinds": ("SHIPPING",),
    }
    return ListingDraft(**{**fields, **more})


async def published(relay: ScriptedRelay, draft: ListingDraft | None = None, **how: Any) -> RemoteListing:
    async def publish(session: VintedSession) -> RemoteListing:
        return await session.publish(draft or a_draft(), quietly)

    return await relay.until_done(publish, **how)


async def listed(relay: ScriptedRelay) -> list[ListingPage]:
    async def read(session: VintedSession) -> list[ListingPage]:
        return [page async for page in session.listings()]

    return await relay.until_done(read)
