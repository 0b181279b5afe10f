"""Draws the pictures of the demo's products, the same for the same product each time."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO

from PIL import Image, ImageDraw

from services.installation.demo_shop.catalogue import DemoProduct

_SIDE, _QUALITY = 800, 88
_WALL, _FLOOR = (238, 233, 225), (205, 190, 172)
_COLOURS = {
    "beige": "#d9c7a7",
    "black": "#2e2c2b",
    "brown": "#6d4a32",
    "burgundy": "#6e1f33",
    "cream": "#f3ead6",
    "gold": "#c29a45",
    "green": "#4c7a5b",
    "grey": "#8b8d90",
    "light-blue": "#9cc3d9",
    "mustard": "#cc9a2b",
    "navy": "#243a63",
    "orange": "#d97a32",
    "rose": "#d9a1a4",
    "tan": "#b98f62",
    "transparent": "#bcd6d8",
    "white": "#fbfaf7",
    "yellow": "#e6c65a",
}
_DARK = "#3a332d"


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture as somebody would send it."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.content


def draw(product: DemoProduct) -> DrawnPicture:
    """A JPEG of 800 x 800 pixels; takes some milliseconds."""
    image = Image.new("RGB", (_SIDE, _SIDE), _WALL)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 560, _SIDE, _SIDE), fill=_FLOOR)
    dice = blake2b(product.sku.encode(), digest_size=4).digest()
    pen.ellipse((150, 620, 650, 690), fill="#b7a48d")
    _SHAPES[product.shape](pen, _COLOURS[product.colour], dice)
    file = BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return DrawnPicture(file.getvalue())


def _lamp(pen: ImageDraw.ImageDraw, colour: str, dice: bytes) -> None:
    width = 90 + dice[0] % 60
    pen.line((400, 300, 400, 640), fill=_DARK, width=14)
    pen.ellipse((310, 620, 490, 660), fill=_DARK)
    pen.polygon(((400 - width, 160), (400 + width, 160), (400 + 2 * width, 340), (400 - 2 * width, 340)), fill=colour)
    pen.arc((400 - 2 * width, 310, 400 + 2 * width, 370), 0, 180, fill="#ffe9a8", width=10)


def _cloth(pen: ImageDraw.ImageDraw, colour: str, dice: bytes) -> None:
    pen.rounded_rectangle((180, 230, 620, 650), radius=30 + dice[0] % 60, fill=colour)
    for line in range(260, 640, 30 + dice[1] % 30):
        pen.line((200, line, 600, line + dice[2] % 24), fill="#ffffff", width=3)


def _table(pen: ImageDraw.ImageDraw, colour: str, dice: bytes) -> None:
    height = 260 + dice[0] % 120
    pen.rectangle((190, height, 610, height + 36), fill=colour)
    for leg in (210, 560):
        pen.rectangle((leg, height + 36, leg + 30, 650), fill=colour)
    for shelf in range(height + 110, 620, 90):
        pen.rectangle((240, shelf, 560, shelf + 16), fill=colour)


def _vase(pen: ImageDraw.ImageDraw, colour: str, dice: bytes) -> None:
    belly = 110 + dice[0] % 70
    pen.rectangle((350, 250, 450, 430), fill=colour)
    pen.ellipse((400 - belly, 360, 400 + belly, 660), fill=colour)
    pen.ellipse((335, 235, 465, 270), fill=_DARK)
    for rib in range(-belly + 30, belly, 30):
        pen.arc((400 + rib - 20, 390, 400 + rib + 20, 630), 90, 270, fill="#ffffff", width=3)


def _chair(pen: ImageDraw.ImageDraw, colour: str, dice: bytes) -> None:
    back = 180 + dice[0] % 80
    pen.rounded_rectangle((250, back, 550, 470), radius=40, fill=colour)
    pen.rounded_rectangle((220, 430, 580, 520), radius=30, fill=colour)
    for leg in (250, 530):
        pen.line((leg, 520, leg + (dice[1] % 20) - 10, 655), fill=_DARK, width=18)


def _candle(pen: ImageDraw.ImageDraw, colour: str, dice: bytes) -> None:
    for place, left in enumerate((230, 360, 490)):
        top = 330 + dice[place] % 120
        pen.rectangle((left, top, left + 80, 650), fill=colour)
        pen.line((left + 40, top - 24, left + 40, top), fill=_DARK, width=5)
        pen.ellipse((left + 26, top - 70, left + 54, top - 18), fill="#ffd257")


_SHAPES: dict[str, Callable[[ImageDraw.ImageDraw, str, bytes], None]] = {
    "lamp": _lamp,
    "cloth": _cloth,
    "table": _table,
    "vase": _vase,
    "chair": _chair,
    "candle": _candle,
}
