"""Owns what the seeded members have at the start: a full wardrobe, some sales, some words of buyers.

It does what a person would do at the control routes, once, before anybody looks.
"""

from sandbox.marketplaces.control import ControlRoute
from sandbox.meta.data.dice import choice, throws
from sandbox.vinted.sales.control import Bought, Moved, move, sell
from sandbox.vinted.state import Challenge, VintedSandbox, fresh_book
from sandbox.vinted.talks.control import Written, write
from sandbox.vinted.wardrobe.control import ReadyItems, make_ready
from sandbox.vinted.wardrobe.records import Item

_COLOURS = ("Red", "Blue", "Green", "Cream", "Grey", "Black")
_THINGS = (("ribbed vase", 1936), ("soy candle", 1939), ("velvet cushion", 1922), ("linen tablecloth", 1923))
_HOUR_S, _DAY_S = 3_600, 86_400
# Which items, the newest first, are not simply on sale.
_STATES = {11: "reserved", 12: "hidden", 13: "draft"}
# Of the oldest items: how far the sale of each is.
_SALES = ("paid", "shipped", "completed", "completed", "cancelled", "completed")
_FEWEST = 20
_WORDS = ("Is it still for sale?", "Would you take less for it?", "How wide is it?", "Thank you, it has arrived!")


def begin_anew(sandbox: VintedSandbox) -> None:
    """Everything as it was at the first start: members, items, sales; nobody is signed in, and no challenge stands."""
    sandbox.book, sandbox.challenge = fresh_book(sandbox.config), Challenge()
    furnish(sandbox)


def _begin_anew(sandbox: VintedSandbox, _raw: bytes) -> None:
    begin_anew(sandbox)


def furnish(sandbox: VintedSandbox) -> None:
    """The first member gets all, the second three items of the same titles."""
    config = sandbox.config
    if sandbox.book.is_furnished:
        return
    sandbox.book.is_furnished = True
    items = [_put_up(sandbox, 1, place) for place in range(config.items)]
    for place in range(min(3, config.items)):
        _put_up(sandbox, 2, place)
    if len(items) < _FEWEST:
        return
    for place, state in _STATES.items():
        items[place].state = state
    for place, stage in enumerate(_SALES):
        _sell(sandbox, items[-1 - place], place, stage)
    for place, text in enumerate(_WORDS):
        at_s = sandbox.now_s - place * 5 * _HOUR_S
        talk = write(sandbox, Written(text=text, buyer=f"buyer_{place + 1}", item_id=items[place].item_id, at_s=at_s))
        talk.is_unread = not place


def _put_up(sandbox: VintedSandbox, member: int, place: int) -> Item:
    dice = throws("vinted-item", sandbox.config.seed, member, place)
    name, catalog_id = _THINGS[place % len(_THINGS)]
    order = ReadyItems(
        member=member,
        title=f"{choice(_COLOURS, dice[0])} {name} no. {place + 1}",
        description=f"Used little, no stains.\nFrom a house without smoke.\nV-{1001 + place}",
        price=f"{5 + int(dice[1] * 60)}.50",
        catalog_id=catalog_id,
        at_s=sandbox.now_s - place * 7 * _HOUR_S,
        photos=1 + place % 3,
    )
    (item,) = make_ready(sandbox, order)
    item.views, item.favourites = int(dice[2] * 300), int(dice[3] * 20)
    return item


def _sell(sandbox: VintedSandbox, item: Item, place: int, stage: str) -> None:
    at_s = sandbox.now_s - (1 + 3 * place) * _DAY_S
    made = sell(sandbox, Bought(item_ids=[item.item_id], buyer=f"buyer_{place + 5}", at_s=at_s))
    if stage != made.stage:
        is_sent = stage in ("shipped", "completed")
        order = Moved(
            transaction_id=made.transaction_id,
            stage=stage,
            carrier="DHL" if is_sent else None,
            tracking=f"JJD0000{place}" if is_sent else None,
            at_s=at_s + _DAY_S,
        )
        move(sandbox, order)


CONTROL = (ControlRoute("POST", "anew", _begin_anew),)
