"""What eBay would refuse of a draft, as far as it can be seen without offering anything; pure."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from integrations.ebay.app import VENDOR
from integrations.ebay.markets import MARKETS
from integrations.selling.records import ListingDraft, RecordProblem
from integrations.selling.refusals import missing_policy

# eBay's page "Item condition values"; which of them a category takes is told when the offer is published.
CONDITIONS: tuple[str, ...] = (
    "NEW",
    "LIKE_NEW",
    "NEW_OTHER",
    "NEW_WITH_DEFECTS",
    "CERTIFIED_REFURBISHED",
    "EXCELLENT_REFURBISHED",
    "VERY_GOOD_REFURBISHED",
    "GOOD_REFURBISHED",
    "SELLER_REFURBISHED",
    "PRE_OWNED_EXCELLENT",
    "USED_EXCELLENT",
    "PRE_OWNED_FAIR",
    "USED_VERY_GOOD",
    "USED_GOOD",
    "USED_ACCEPTABLE",
    "FOR_PARTS_OR_NOT_WORKING",
)
POLICIES: tuple[str, ...] = ("SHIPPING", "PAYMENT", "RETURN", "LOCATION")
LONGEST_TITLE = 80
_LONGEST_DESCRIPTION = 500_000
# Unconfirmed: public reports name both 12 and 24.
_MOST_IMAGES = 24
# eBay speaks of letters and digits, and takes these signs too.
_SKU = re.compile(r"[A-Za-z0-9._-]{1,50}")


def problems_of(draft: ListingDraft, api_url: str) -> list[RecordProblem]:
    """Without what the category asks for; `api_url` tells whether eBay itself would fetch the pictures."""
    return [
        *_of_words(draft),
        *_of_numbers(draft),
        *_of_choices(draft),
        *_of_images(draft.image_urls, is_sandbox=_is_loopback(api_url)),
    ]


def _of_words(draft: ListingDraft) -> Iterator[RecordProblem]:
    if draft.market not in MARKETS:
        yield RecordProblem(f"New listings cannot be made in the market {draft.market!r}.", "market")
    if not _SKU.fullmatch(draft.sku):
        yield RecordProblem("eBay's SKU has 1 to 50 letters, digits, dots, hyphens and underscores.", "sku")
    if not draft.title.strip():
        yield RecordProblem("The title is missing.", "title")
    elif len(draft.title) > LONGEST_TITLE:
        yield RecordProblem(f"eBay's titles have at most {LONGEST_TITLE} characters.", "title")
    if not draft.description.strip():
        yield RecordProblem("The description is missing.", "description")
    elif len(draft.description) > _LONGEST_DESCRIPTION:
        yield RecordProblem("The description is longer than eBay takes.", "description")


def _of_numbers(draft: ListingDraft) -> Iterator[RecordProblem]:
    if draft.price <= 0:
        yield RecordProblem("The price has to be above 0.", "price")
    elif draft.price != round(draft.price, 2):
        yield RecordProblem("eBay's prices have at most two decimals.", "price")
    if draft.quantity < 1:
        yield RecordProblem("There is nothing to sell: the quantity is 0.", "quantity")


def _of_choices(draft: ListingDraft) -> Iterator[RecordProblem]:
    if not draft.category_id:
        yield RecordProblem("The product has no category.", "category_id")
    if not draft.condition:
        yield RecordProblem("The product has no condition.", "condition")
    elif draft.condition not in CONDITIONS:
        yield RecordProblem(f"eBay does not know the condition {draft.condition!r}.", "condition")
    for kind in POLICIES:
        if not draft.policies.get(kind):
            what = "place that goods are sent from" if kind == "LOCATION" else f"{kind.lower()} policy"
            yield missing_policy(draft, kind, what, VENDOR)


def _of_images(urls: Sequence[str], *, is_sandbox: bool) -> Iterator[RecordProblem]:
    if not urls:
        yield RecordProblem("eBay wants at least one picture.", "image_urls")
    elif len(urls) > _MOST_IMAGES:
        yield RecordProblem(f"eBay takes at most {_MOST_IMAGES} pictures.", "image_urls")
    if any(not _can_be_fetched(url, is_sandbox=is_sandbox) for url in urls):
        reason = "eBay fetches pictures itself, by https: it cannot reach those of an installation on this machine."
        yield RecordProblem(reason, "image_urls")


def _can_be_fetched(url: str, *, is_sandbox: bool) -> bool:
    if _is_loopback(url):
        return is_sandbox
    return url.startswith("https://") and _host(url) != ""


def _is_loopback(url: str) -> bool:
    host = _host(url)
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
