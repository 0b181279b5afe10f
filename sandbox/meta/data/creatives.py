"""Owns assets and the creatives made of them; must not know ads beyond their number."""

from dataclasses import dataclass
from hashlib import blake2b

from sandbox.meta.data.accounts import AccountPlan
from sandbox.meta.data.dice import throws
from sandbox.meta.data.landings import landings_of
from sandbox.meta.data.pictures import PLACE

# More ads than assets, so that one asset is used by several ads.
_ADS_PER_ASSET = 1.6
_KINDS = (("VIDEO", 0.42), ("IMAGE", 0.8), ("CAROUSEL", 1.0))


@dataclass(frozen=True, slots=True)
class Asset:
    number: int
    kind: str
    key: str
    seconds: int


def asset_for(seed: int, plan: AccountPlan, *, ad_number: int) -> Asset:
    number = int(ad_number / _ADS_PER_ASSET)
    dice = throws(seed, "asset", plan.account_id, number)
    kind = next(name for name, upper in _KINDS if dice[0] < upper)
    return Asset(number, kind, _key(kind, plan.account_id, number=number), 6 + int(40 * dice[1] ** 2))


def _key(kind: str, account_id: str, *, number: int) -> str:
    if kind == "VIDEO":
        return f"88{account_id}{number:09d}"
    return image_hash(account_id, number)


def image_hash(account_id: str, number: int, *, card: int = 0) -> str:
    return blake2b(f"{account_id}|{number}|{card}".encode(), digest_size=16).hexdigest()


def creative_fields(plan: AccountPlan, asset: Asset, *, creative_id: str, status: str) -> dict[str, object]:
    title = f"{plan.name} #{asset.number + 1}"
    # Creatives of one asset show one post, also a carousel, which no hash or video id names.
    story_id = f"{_page_id(plan)}_{4_000_000_000 + asset.number}"
    common: dict[str, object] = {
        "id": creative_id,
        "account_id": plan.account_id,
        "name": f"{title} {asset.kind.lower()} {creative_id[-4:]}",
        "title": title,
        "body": f"{plan.name}: {asset.kind.lower()} {asset.number + 1}",
        "status": "DELETED" if status == "DELETED" else "ACTIVE",
        "call_to_action_type": "SHOP_NOW",
        "object_type": "VIDEO" if asset.kind == "VIDEO" else "SHARE",
        "object_story_id": story_id,
        "effective_object_story_id": story_id,
        "thumbnail_url": f"{PLACE}/{asset.key}.png",
        "link_url": landings_of(plan.account_id, asset.number).page,
        "url_tags": "utm_source=facebook&utm_campaign={{campaign.id}}&utm_content={{ad.id}}",
        "instagram_user_id": f"178{plan.account_id}00",
    }
    return common | _ASSET_FIELDS[asset.kind](plan, asset)


def _page_id(plan: AccountPlan) -> str:
    return f"10{plan.account_id}77"


def _video(plan: AccountPlan, asset: Asset) -> dict[str, object]:
    button = {"type": "SHOP_NOW", "value": {"link": landings_of(plan.account_id, asset.number).page}}
    data = {
        "video_id": asset.key,
        "title": plan.name,
        "image_url": f"{PLACE}/{asset.key}.png",
        "call_to_action": button,
    }
    return {"video_id": asset.key, "object_story_spec": {"page_id": _page_id(plan), "video_data": data}}


def _image(plan: AccountPlan, asset: Asset) -> dict[str, object]:
    page = landings_of(plan.account_id, asset.number).page
    link = {"link": page, "image_hash": asset.key, "message": plan.name}
    return {
        "image_hash": asset.key,
        "image_url": f"{PLACE}/{asset.key}.png",
        "object_story_spec": {"page_id": _page_id(plan), "link_data": link},
    }


def _carousel(plan: AccountPlan, asset: Asset) -> dict[str, object]:
    landings = landings_of(plan.account_id, asset.number)
    cards = [
        {"link": page, "image_hash": image_hash(plan.account_id, asset.number, card=card)}
        for card, page in enumerate(landings.cards, 1)
    ]
    link = {"link": landings.page, "child_attachments": cards}
    return {"object_story_spec": {"page_id": _page_id(plan), "link_data": link}}


_ASSET_FIELDS = {"VIDEO": _video, "IMAGE": _image, "CAROUSEL": _carousel}
