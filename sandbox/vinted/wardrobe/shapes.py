"""Owns how items look in the site's answers: one shape in lists, another for who edits it."""

from sandbox.vinted.calls import Object, money
from sandbox.vinted.members import Member
from sandbox.vinted.terms.catalogue import BRANDS, CONDITIONS, SIZES
from sandbox.vinted.wardrobe.records import Item, Photo


def shown_photo(photo: Photo, url: str, *, is_main: bool = False) -> Object:
    address = f"{url}/images/{photo.photo_id}.jpeg"
    return {
        "id": photo.photo_id,
        "temp_uuid": photo.temp_uuid if photo.item_id is None else None,
        "url": address,
        "full_size_url": address,
        "width": photo.width,
        "height": photo.height,
        "dominant_color": f"#{photo.color.upper()}",
        "is_main": is_main,
        "is_hidden": False,
        "orientation": None,
        "high_resolution": {"id": str(photo.photo_id), "timestamp": photo.at_s, "orientation": None},
        "thumbnails": [{"type": "thumb310x430", "url": address, "width": 310, "height": 430}],
    }


def _photos(member: Member, item: Item, url: str) -> list[Object]:
    return [
        shown_photo(member.photos[photo_id], url, is_main=not place) for place, photo_id in enumerate(item.photo_ids)
    ]


def _flags(item: Item) -> Object:
    return {
        "is_draft": item.state == "draft",
        "is_closed": item.state == "sold",
        "is_reserved": item.state == "reserved",
        "is_hidden": item.state == "hidden",
        "item_closing_action": "sold" if item.state == "sold" else None,
    }


def listed_item(member: Member, item: Item, url: str) -> Object:
    """`status` is the condition in words, not how the item stands. There is no description."""
    given = item.given
    photos = _photos(member, item, url)
    shown: Object = {
        "id": item.item_id,
        "title": given["title"],
        "price": money(given["price"], given["currency"]),
        "brand": given["brand"],
        "size": _size(given),
        "status": CONDITIONS[given["condition_id"]],
        "path": f"/items/{item.item_id}",
        "url": f"{url}/items/{item.item_id}",
        "user": {"id": member.member_id, "login": member.login},
        "user_id": member.member_id,
        "photo": photos[0] if photos else None,
        "photos": photos,
        "view_count": item.views,
        "favourite_count": item.favourites,
        "is_visible": item.state in ("live", "reserved"),
        "can_edit": item.state != "sold",
        **_flags(item),
    }
    if item.state not in ("draft", "sold"):
        # Reports have it in seconds, and absent for these two.
        shown["created_at_ts"] = item.created_s
    return shown | item.shown


def edited_item(member: Member, item: Item, url: str, *, has_money: bool) -> Object:
    """As the form for changing it is filled. The price is a number beside a currency, or asked for as money, that."""
    given = item.given
    price: object = money(given["price"], given["currency"]) if has_money else float(given["price"])
    colours = [*given["color_ids"], None, None]
    shown: Object = {
        "id": item.item_id,
        "title": given["title"],
        "description": given["description"],
        "price": price,
        "currency": given["currency"],
        "catalog_id": given["catalog_id"],
        "brand_id": given["brand_id"],
        "brand_dto": _brand(given),
        "size_id": given["size_id"],
        "color1_id": colours[0],
        "color2_id": colours[1],
        "package_size_id": given["package_size_id"],
        "item_attributes": _attributes(given),
        "photos": _photos(member, item, url),
        "is_unisex": given["is_unisex"],
        "isbn": None,
        "measurement_length": None,
        "measurement_width": None,
        "shipment_prices": {"domestic": None, "international": None},
        "manufacturer": None,
        "manufacturer_labelling": None,
        "created_at": item.created_s,
        **_flags(item),
    }
    return shown | item.shown


def _attributes(given: Object) -> list[Object]:
    found = [{"code": "condition", "ids": [given["condition_id"]]}]
    if given["size_id"] is not None:
        found.append({"code": "size", "ids": [given["size_id"]]})
    if given["material_ids"]:
        found.append({"code": "material", "ids": given["material_ids"]})
    return found


def _brand(given: Object) -> Object | None:
    brand_id = given["brand_id"]
    if brand_id is None:
        return {"id": None, "title": given["brand"]} if given["brand"] else None
    return {"id": brand_id, "title": BRANDS[brand_id]}


def _size(given: Object) -> str:
    return next((sizes[given["size_id"]] for sizes in SIZES.values() if given["size_id"] in sizes), "")
